"""gen2d doctor: what is wrong with the environment or the folder, and what to do about it.

It imports only the lock from the package, so that it runs in a broken environment.
"""

import argparse
import importlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from gen2d.storage import lock

CHECKOUT = Path(__file__).parents[3]
PINS = CHECKOUT / "workflow/envs/requirements.txt"
OLDEST_PYTHON = (3, 11)
IMPORTED = ("numpy", "scipy", "pandas", "matplotlib", "torch", "snakemake", "typst", "bokeh")
FREE = 1.0  # GB; the study of config.yaml takes a fifth of that
INSTALL = f"run: {Path(sys.executable).name} -m pip install -r {PINS}"


def _python() -> Iterator[str]:
    if sys.version_info[:2] < OLDEST_PYTHON:
        oldest, got = (".".join(map(str, v[:3])) for v in (OLDEST_PYTHON, sys.version_info))
        yield f"expected {oldest} or newer; got {got}; remake .venv with: make PYTHON=..."


def _packages() -> Iterator[str]:
    if not PINS.exists():
        yield f"{PINS}: expected the list of packages; got no file; restore the project's copy"
        return
    for name, pinned in re.findall(r"^([\w-]+)==(\S+)", PINS.read_text(), flags=re.MULTILINE):
        try:
            got = metadata.version(name).partition("+")[0]  # 2.13.0+cpu is 2.13.0
        except metadata.PackageNotFoundError:
            got = "none"
        if got != pinned:
            yield f"{name}: expected version {pinned}; got {got}; {INSTALL}"


def _imports() -> Iterator[str]:
    for name in IMPORTED:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a broken package raises
            yield f"{name}: expected to import it; got {error!r}; {INSTALL}"


def _results(folder: Path) -> Iterator[str]:
    there = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except NotADirectoryError:
        yield f"{there}: expected a folder; got a file; name another"
    except OSError as error:
        yield f"{there}: expected a folder to write to; got {error.strerror}; change its rights"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _space(folder: Path) -> Iterator[str]:
    free = shutil.disk_usage(_existing(folder)).free / 1e9
    if free < FREE:
        yield f"{folder}: expected {FREE:g} GB of free disk; got {free:.2g}; make room"


def _locks(folder: Path) -> Iterator[str]:
    # Runs with other folders of results share .snakemake.
    others = sorted(path.parent for path in Path("results").rglob(".lock"))
    at_work = [path for path in dict.fromkeys([folder, *others]) if lock.is_held(path)]
    for path in at_work:
        yield f"{path}: another run is at work there; wait for it, or stop it"
    if at_work:
        return  # the locks below are those runs'
    if any(Path(".snakemake/locks").glob("*")):
        yield ".snakemake/locks: left by a run that was killed; run: snakemake --unlock"
    if any(path.is_file() for path in Path(".snakemake/incomplete").rglob("*")):
        yield ".snakemake/incomplete: a run was killed; `make` goes on from what is complete"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "results", nargs="?", default="results", type=Path, help="results folder (default: results)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints one line per fault, or per check without one; returns 1 if there is a fault."""
    checks = {
        "Python": _python(),
        "packages": _packages(),
        "imports": _imports(),
        "results": _results(arguments.results),
        "disk": _space(arguments.results),
        "locks": _locks(arguments.results),
    }
    if (CHECKOUT / "Snakefile").exists():
        print(f"checkout: {CHECKOUT}")
    else:
        print("checkout: none; Python and the command line need none, `make` and snakemake do")
        del checks["packages"]  # the pins are in a checkout
    wrong = 0
    for name, complaints in checks.items():
        lines = list(complaints)
        for line in lines or ["well"]:
            print(f"{name}: {line}")
        wrong += len(lines)
    return int(wrong > 0)
