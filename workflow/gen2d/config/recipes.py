"""The data sets and models that come with the package: the entries of config.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

from gen2d.config.reading import read_file

PACKED = Path(__file__).with_name("recipes.yaml")
"""Path of config.yaml in a wheel."""
SOURCE = Path(__file__).parents[3] / "config.yaml"


@cache
def recipes() -> dict[str, Any]:
    """The content of config.yaml, by section; cached, so callers must not modify it."""
    return read_file(PACKED if PACKED.exists() else SOURCE)
