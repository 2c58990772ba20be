"""Each recipe of CONTRIBUTING.md works as it is written, in a copy of the project."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from recipes import apply, recipes

ROOT = Path(__file__).parents[2]
RECIPES = recipes(ROOT)
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "results", "data", "notebooks")


def copy(folder):
    """The project without what its tests made; its environment is the one that runs this."""
    for name in ("Snakefile", "Makefile", "config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("workflow", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)
    (folder / "results").mkdir()
    (folder / ".venv").symlink_to(ROOT / ".venv")


def run(folder, line):
    """What a line of the shell prints, which must not fail."""
    line = re.sub("^make ", "make -o .venv/study -o .venv/test ", line)
    environment = {
        **os.environ,
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "workflow"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}"
    return done.stdout


def test_there_is_a_recipe_for_what_people_add():
    assert [*RECIPES] == [
        "A metric",
        "A figure",
        "A stage",
        "A method",
        "A method as a plug-in",
        "A density",
        "A knob",
    ]
    assert all(recipe.commands and recipe.prints + recipe.makes for recipe in RECIPES.values())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_works_as_it_is_written(name, tmp_path):
    recipe = RECIPES[name]
    copy(tmp_path)
    apply(tmp_path, recipe)
    run(tmp_path, "ruff format --no-cache . && ruff check --no-cache .")
    printed = "".join(run(tmp_path, line) for line in recipe.commands)
    for words in recipe.prints:
        assert words in printed
    for path in recipe.makes:
        assert (tmp_path / path).is_file()
