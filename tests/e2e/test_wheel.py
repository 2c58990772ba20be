"""A wheel is enough for all of the Python interface but `load`: in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CODE = """
import gen2d
assert {site!r} in gen2d.__file__, gen2d.__file__
board = gen2d.density("checkerboard", n_train=200)
x = board.sample(500, rng=0)
assert not gen2d.score(x, "checkerboard").differs
models = gen2d.fit("dsm", board, seeds=1, training={{"n_steps": 20}})
assert models.sample(50).shape == (1, 50, 2)
models.animate("sampling.gif")
try:
    gen2d.load("results")
except ValueError as error:
    print(error)
"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Built as by anybody, which downloads the build backend unless it is there."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps"]
    done = subprocess.run(
        [*pip, "--wheel-dir", folder, root], capture_output=True, text=True, check=False
    )
    if "No matching distribution found for hatchling" in done.stderr:
        pytest.skip("to build a wheel needs hatchling, and there is no network to get it by")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("gen2d-*.whl")
    return built


def test_a_wheel_holds_the_recipes_and_the_types(wheel, root):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read("gen2d/config/recipes.yaml") == (root / "config.yaml").read_bytes()
    package = root / "workflow/gen2d"
    sources = {str(p.relative_to(package.parent)) for p in package.rglob("*.py*")}
    assert {name for name in sources if "__pycache__" not in name} <= names
    assert "gen2d/py.typed" in names


def test_it_works_in_an_empty_folder(wheel, tmp_path):
    """Libraries are those of this environment, whose own copy of the package is not seen."""
    venv, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    python = venv / "bin/python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python))
    run(*pip, "install", "--no-deps", "--quiet", str(wheel))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = run(python, "-c", CODE.format(site=str(site)), cwd=empty, env=environment)
    expected = "results/config.yaml: expected a file of a finished study; got No such file"
    assert said.startswith(expected)
    assert [path.name for path in empty.iterdir()] == ["sampling.gif"]
    gen2d = {"cwd": empty, "env": environment}
    run(venv / "bin/gen2d", "new", "method", "mine/blob.py", **gen2d)
    quick = ("--seeds", "1", "--set", "training.n_steps=20")
    said = run(venv / "bin/gen2d", "fit", "mine/blob.py", "moons", *quick, **gen2d)
    assert said.startswith("blob on moons, 1 seed, trained in ")
    assert "checkout: none" in run(venv / "bin/gen2d", "doctor", **gen2d)
