"""Meaning of a command's words: models, data sets, points, changes of knobs."""

import sys
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gen2d.api.densities import declared, known_names
from gen2d.api.fitting import fit
from gen2d.api.scoring import read_sample
from gen2d.config import ConfigError
from gen2d.config.base import with_changes
from gen2d.config.recipes import recipes
from gen2d.storage.points import LABEL, PointsFile

if TYPE_CHECKING:
    import numpy as np

OPTIONS = signature(fit).parameters.keys() - {"knobs"}
"""Arguments of `gen2d.fit` other than knobs of a model."""


def of_plugin(word: str, tag: str) -> tuple[str, list[str]]:
    """The name that a word stands for, and the plug-in that declares it, if any.

    `mine/blob.py` stands for its only method or density; `mine/blob.py:blob` picks one of several.

    Args:
        word: what was typed.
        tag: `method` or `kind`.
    """
    path, _, name = word.rpartition(":") if ".py:" in word else (word, "", "")
    if not path.endswith(".py"):
        return word, []
    names = declared(path)[tag]
    if name or len(names) == 1:
        return name or names[0], [path]
    what = {"method": "one method", "kind": "one density"}[tag]
    more = f"{', '.join(names)}; name one, {path}:{names[0]}" if names else "none"
    raise ConfigError(f"{path}: expected {what}; got {more}")


def data_of(word: str) -> tuple[str | PointsFile, list[str]]:
    """The name of a data set, or the content of a file of points; and its plug-in, if any.

    Notes on a file are printed.

    Raises:
        ConfigError, FileError: there is no such data set, or the file cannot be read.
    """
    name, plugins = of_plugin(word, "kind")
    known = known_names()
    if plugins or name in known:
        return name, plugins
    if not Path(word).exists():
        names = ", ".join(known)
        expected = f"data: expected a file of points, a plug-in or one of {names}"
        raise ConfigError(f"{expected}; got '{word}'")
    found = read_sample(word)
    _say(word, found.all_notes)
    return found, []


def points_of(
    path: str, columns: Sequence[str] = (), seed: int | None = None, *, is_reference: bool = False
) -> "np.ndarray":
    """The points [N, 2] of a file, as `read_sample` reads them; prints notes on the file."""
    found = read_sample(path, columns, seed, is_reference=is_reference)
    _say(path, found.notes)
    if found.labels is not None:
        _say(path, [f"the column {LABEL} is left out: it is no coordinate"])
    return found.points


def _say(path: str, notes: Sequence[str]) -> None:
    for note in notes:
        print(f"{path}: {note}", file=sys.stderr)


def all_plugins(*own: str) -> list[str]:
    """The plug-ins that config.yaml names, then the given ones."""
    return list(dict.fromkeys([*recipes().get("plugins", []), *own]))


def changes(words: list[str]) -> dict[str, Any]:
    """Changes of a model's entry, from words such as `training.n_steps=1000`."""
    changed: dict[str, Any] = {}
    for word in words:
        key, sign, text = word.partition("=")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            sign = ""
        if not (key and sign):
            raise ConfigError(f"--set: expected training.n_steps=100 or its like; got {word}")
        if key in OPTIONS:
            raise ConfigError(f"--set: expected a knob of the model; got {key}")
        for section in reversed(key.split(".")):
            value = {section: value}
        changed = with_changes(changed, value)
    return changed
