"""The data sets and models that the package comes with: those of config.yaml, by name."""

from functools import cache
from pathlib import Path
from typing import Any

from gen2d.config.reading import read_file

PACKED = Path(__file__).with_name("recipes.yaml")
"""Where a wheel has it."""
SOURCE = Path(__file__).parents[3] / "config.yaml"


@cache
def recipes() -> dict[str, Any]:
    """What config.yaml holds, by section; not to be changed."""
    return read_file(PACKED if PACKED.exists() else SOURCE)
