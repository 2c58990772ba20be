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


def with_changes(entry: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """An entry with some keys changed, in sections and in sections of them."""
    merged = dict(entry)
    for key, value in changes.items():
        own = merged.get(key)
        if isinstance(own, dict) and isinstance(value, dict):
            merged[key] = with_changes(own, value)
        else:
            merged[key] = plain(value)
    return merged


def plain(value: Any) -> Any:
    """A value as YAML would have it: tuples and numpy's arrays and numbers as lists and numbers."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value
