"""Kills the tiny study again and again at random, continues it, and compares its metrics.

`python tests/faults/kills.py 50` asks for 50 kills (ten minutes); the tests ask for a few.
"""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
CONFIG = "tests/configs/tiny.yaml"
RESULTS = "results/tiny"
MAKE = ("--cores", "2", "--rerun-incomplete", "--nolock")
KILLS_PER_HISTORY = 6


def copy(folder: Path) -> None:
    """Copies what a study needs."""
    for name in ("workflow", "tests/configs"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder / name)


def start(
    folder: Path, *arguments: str, within: tuple[str, ...] = (), said: str = "said.txt"
) -> subprocess.Popen[str]:
    """Starts the tiny study as `make` does; what it says goes to a file, which is emptied."""
    snakemake = Path(sys.executable).with_name("snakemake")
    with open(folder / said, "w") as stream:
        return subprocess.Popen(
            [*within, snakemake, "--configfile", CONFIG, *MAKE, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def run(folder: Path, *arguments: str, **options) -> tuple[int, str]:
    """Runs the tiny study to its end: the exit status and what it said."""
    status = start(folder, *arguments, **options).wait()
    return status, (folder / options.get("said", "said.txt")).read_text()


def complete(folder: Path) -> dict[Path, int]:
    """When each file of the results was made that Snakemake takes for complete."""
    marks = (folder / ".snakemake/incomplete").rglob("*")
    incomplete = {base64.b64decode(mark.name).decode() for mark in marks if mark.is_file()}
    made = [
        path
        for stage in ("data", "models", "samples", "metrics", "figures")
        for path in (folder / RESULTS / stage).rglob("*")
    ]
    return {
        path: path.stat().st_mtime_ns
        for path in made
        if path.is_file()
        and not path.parent.name.startswith(".")  # half-written
        and str(path.relative_to(folder)) not in incomplete
    }


def kill(workflow: subprocess.Popen[str], kind: str) -> str:
    """Kills the workflow, one of its jobs, or both with all jobs: says what was running."""
    children = psutil.Process(workflow.pid).children(recursive=True)
    jobs = {}
    for child in children:
        try:
            words = child.cmdline()
        except psutil.Error:  # it has ended
            continue
        if words[1:3] == ["-m", "gen2d"]:
            jobs[child.pid] = words[3]
    if kind == "everything":
        os.killpg(workflow.pid, signal.SIGKILL)
    elif kind == "job" and jobs:
        os.kill(min(jobs), signal.SIGKILL)
    else:
        workflow.kill()
    workflow.wait()
    return "+".join(sorted(jobs.values())) or "no job"


def histories(folder: Path, n_kills: int, undisturbed: bytes, seed: int = 0) -> Counter:
    """Runs studies that are killed until there were `n_kills`, and counts what was running.

    Each study is killed up to `KILLS_PER_HISTORY` times, then ends undisturbed. Raises if it ends
    otherwise than `undisturbed`, the metrics.csv of a study that nobody killed.
    """
    rng = np.random.default_rng(seed)
    copy(folder)
    killed: Counter = Counter()
    while killed.total() < n_kills:
        for written in ("results", ".snakemake"):
            shutil.rmtree(folder / written, ignore_errors=True)
        kept: dict[Path, int] = {}
        for _ in range(min(KILLS_PER_HISTORY, n_kills - killed.total())):
            workflow = start(folder)
            try:
                workflow.wait(rng.uniform(2, 8))
                break
            except subprocess.TimeoutExpired:
                running = kill(workflow, rng.choice(["workflow", "job", "everything"]))
            killed[running] += 1
            now = complete(folder)
            again = [path for path, made in kept.items() if now.get(path) != made]
            if again:
                raise RuntimeError(f"complete, and made again: {again}")
            kept = now
        status, said = run(folder)
        if status:
            raise RuntimeError(said)
        if (folder / RESULTS / "metrics.csv").read_bytes() != undisturbed:
            raise RuntimeError(f"other metrics than undisturbed, after {killed.total()} kills")
        left = [str(path) for path in (folder / RESULTS).rglob(".*") if path.name != ".lock"]
        if left:
            raise RuntimeError(f"left behind: {left}")
        print(f"{killed.total()} kills so far: metrics.csv is identical", flush=True)
    return killed


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        quiet, disturbed = Path(temporary, "quiet"), Path(temporary, "disturbed")
        copy(quiet)
        run(quiet)
        expected = (quiet / RESULTS / "metrics.csv").read_bytes()
        counts = histories(disturbed, int(sys.argv[1]), expected)
    for running, count in counts.most_common():
        print(f"{count:4d} kills during {running}")
    print(f"{counts.total()} kills, every metrics.csv identical to the undisturbed one")
