"""gen2d config: the knobs of a study."""

import argparse
from typing import Any

from gen2d.cli.listing import Row, as_yaml, lines, rows
from gen2d.config.recipes import recipes
from gen2d.config.study import Study


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds nothing: the command has no arguments."""


def run(arguments: argparse.Namespace) -> None:
    """Prints every knob with its value in config.yaml, and its default if that differs."""
    found = []
    for key, default, says in rows(Study):
        value = said(key.split("."), recipes())
        if value is None or as_yaml(value) == default:
            found.append(Row(key, default, says))
        elif isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(one, dict) for one in value)
        ):
            names = f": {', '.join(value)}" if isinstance(value, dict) else ""
            found.append(Row(key, f"({len(value)} of them)", says.rstrip(".") + names))
        else:
            found.append(Row(key, as_yaml(value), f"{says} (default: {default})"))
    print(*lines(found), sep="\n")


def said(keys: list[str], values: Any) -> Any:
    """The value of a configuration at a path of keys; None if there is none."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values
