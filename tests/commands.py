"""Commands of gen2d, run in this process."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from gen2d.__main__ import main
from gen2d.api import scoring
from gen2d.cli import score
from gen2d.config.recipes import recipes
from small_study import FEW, SHORT

N_REFERENCE = 2000


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens what commands compute: the models of config.yaml, and their measurement."""
    for name, value in SHORT.items():
        monkeypatch.setitem(recipes(), name, value)
    short = {
        name: {**entry, "training": {**entry["training"], **FEW["training"]}}
        for name, entry in recipes()["models"].items()
        if "training" in entry
    }
    monkeypatch.setitem(recipes(), "models", {**recipes()["models"], **short})
    for module in (scoring, score):
        monkeypatch.setattr(module, "N_REFERENCE", N_REFERENCE)


def command(*words: object) -> tuple[int, str, str]:
    """The exit status of a command, its stdout, and its stderr."""
    out, error = StringIO(), StringIO()
    path = list(sys.path)
    with redirect_stdout(out), redirect_stderr(error), pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    sys.path[:] = path
    return stopped.value.code or 0, out.getvalue(), error.getvalue()
