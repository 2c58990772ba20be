"""Every command line and every block of Python that README.md shows runs as it stands.

What takes long is planned alone, by `make -n` and `snakemake -n`; models and measures are small.
"""

import runpy
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import gen2d
import readme
from commands import command, shorten

ROOT = Path(__file__).parents[2]
LINES = readme.command_lines(ROOT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where somebody types, with points and samples of their own; the lines share it."""
    made = tmp_path_factory.mktemp("typed")
    np.savetxt(made / "mine.csv", gen2d.density("moons").sample(400, rng=0), delimiter=",")
    np.save(made / "mine.npy", gen2d.density("checkerboard").sample(400, rng=0))
    return made


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("gen2d ")])
def test_a_command_of_gen2d_runs(line, folder, monkeypatch):
    monkeypatch.chdir(folder)
    shorten(monkeypatch)
    words = shlex.split(line)[1:]
    status, out, error = command(*words)
    assert (status, error) == (0, "") and out + "".join(w for w in words if w.endswith(".gif"))
    for flag, path in pairwise(words):
        assert flag != "--plot" or Path(path).exists()


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("gen2d ")])
def test_a_command_of_the_study_is_planned(line, root, sources):
    name, *words = shlex.split(line)
    folder = root if name == "make" else sources.path
    if name == "source":
        line, folder = f"{line} && command -v gen2d snakemake", root
    elif "--unlock" not in words:
        line = shlex.join([name, "-n", *(word for word in words if word != "-n")])
    shell = f'PATH="{root}/.venv/bin:$PATH"; {line}'
    done = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_lines_of_each_kind():
    assert {line.split()[0] for line in LINES} == {"make", "snakemake", "source", "gen2d"}
    assert len(LINES) > 20


@pytest.mark.parametrize("number", range(len(readme.blocks(ROOT))))
def test_a_block_of_python_runs(number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shorten(monkeypatch)
    path = tmp_path / "block.py"
    path.write_text(readme.blocks(ROOT)[number])
    runpy.run_path(str(path))
