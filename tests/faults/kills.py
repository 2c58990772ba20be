"""Kills a study at random, continues it to its end and compares its numbers, again and again.

`python tests/faults/kills.py 50` asks for 50 kills of the smoke study (half an hour on two cores);
the tests ask for a few of the tiny one. Before each kill the files of a stage, for a cell drawn at
random, are removed from a finished study with all that follows from them.
"""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
MAKE = ("--cores", "2", "--rerun-incomplete", "--nolock")
CONFIG, RESULTS = "tests/configs/tiny.yaml", "results/tiny"  # what the tests run
STAGES = ("data", "models", "samples", "metrics")
KINDS = ("workflow", "job", "everything")


def copy(folder: Path) -> None:
    """Copies what a study needs."""
    for name in ("workflow", "tests/configs"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder / name)


def start(
    folder: Path,
    *arguments: str,
    study: str = "tiny",
    said: str = "said.txt",
) -> subprocess.Popen[str]:
    """Starts a study as `make` does; what it says goes to a file, which is emptied."""
    snakemake = Path(sys.executable).with_name("snakemake")
    with open(folder / said, "w") as stream:
        return subprocess.Popen(
            [snakemake, "--configfile", f"tests/configs/{study}.yaml", *MAKE, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def run(folder: Path, *arguments: str, **options) -> tuple[int, str]:
    """Runs a study to its end: the exit status and what it said."""
    status = start(folder, *arguments, **options).wait()
    return status, (folder / options.get("said", "said.txt")).read_text()


def numbers(results: Path) -> dict[str, str]:
    """Digests of all files that hold numbers and no seconds, metrics.csv among them."""
    paths = [results / "metrics.csv", *(path for s in STAGES for path in (results / s).rglob("*"))]
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file() or path.name == "metrics.csv"
    }


def complete(folder: Path, results: Path) -> dict[Path, int]:
    """When each file of the results was made that Snakemake takes for complete."""
    marks = (folder / ".snakemake/incomplete").rglob("*")
    incomplete = {base64.b64decode(mark.name).decode() for mark in marks if mark.is_file()}
    made = [
        path for stage in (*STAGES, "figures", "histories") for path in (results / stage).rglob("*")
    ]
    return {
        path: path.stat().st_mtime_ns
        for path in made
        if path.is_file()
        and not path.parent.name.startswith(".")  # half-written
        and str(path.relative_to(folder)) not in incomplete
    }


def jobs_of(workflow: subprocess.Popen[str]) -> dict[int, str]:
    """The stages of the jobs that are running, by their processes."""
    jobs = {}
    for child in psutil.Process(workflow.pid).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:  # it has ended
            continue
        if words[1:4] == ["-m", "gen2d", "job"]:
            jobs[child.pid] = words[4]
    return jobs


def kill(workflow: subprocess.Popen[str], kind: str) -> str:
    """Kills the workflow, one of its jobs, or both with all jobs: says what was running."""
    jobs = jobs_of(workflow)
    if kind == "everything":
        os.killpg(workflow.pid, signal.SIGKILL)
    elif kind == "job" and jobs:
        os.kill(min(jobs), signal.SIGKILL)
    else:
        workflow.kill()
    workflow.wait()
    return "+".join(sorted(jobs.values())) or "no job"


def remove(results: Path, rng: np.random.Generator) -> str:
    """Removes the files of a stage for a random cell, and all that follows; says of which stage."""
    stage = str(rng.choice([*STAGES, "figures"]))
    dataset = rng.choice(sorted(path.name for path in (results / "data").iterdir()))
    model = rng.choice(sorted(path.name for path in (results / "samples" / dataset).iterdir()))
    for left in (*STAGES, "figures")[(*STAGES, "figures").index(stage) :]:
        cell = {"data": dataset, "figures": ""}.get(left, f"{dataset}/{model}")
        if stage == "data" and left in STAGES:
            cell = dataset  # of all models
        shutil.rmtree(results / left / cell, ignore_errors=True)
    shutil.rmtree(results / "histories", ignore_errors=True)
    for path in results.glob("*.*"):
        path.unlink()
    return stage


def histories(folder: Path, n_kills: int, study: str = "tiny", seed: int = 0) -> Counter:
    """Kills a finished study as it remakes what was removed, and counts what was running.

    Each kill is followed by a continuation. Raises if it fails, makes again what was complete, ends
    with other numbers than undisturbed, or leaves something behind.
    """
    rng = np.random.default_rng(seed)
    results = folder / "results" / study
    undisturbed = numbers(results)
    killed: Counter = Counter()
    longest: Counter = Counter()
    while killed.total() < n_kills:
        removed = remove(results, rng)
        # Up to the tables, or, where the figures alone were removed, to the report.
        target = () if removed == "figures" else ("metrics",)
        started = time.monotonic()
        workflow = start(folder, *target, study=study)
        running = ""
        try:
            if workflow.wait(rng.uniform(1.5, longest[removed] or 5)):
                raise RuntimeError((folder / "said.txt").read_text())
        except subprocess.TimeoutExpired:
            running = kill(workflow, KINDS[killed.total() % len(KINDS)])
        kept = complete(folder, results)
        status, said = run(folder, *target, study=study)
        if status:
            raise RuntimeError(said)
        longest[removed] = max(longest[removed], time.monotonic() - started)
        now = complete(folder, results)
        if again := [path for path, made in kept.items() if now.get(path) != made]:
            raise RuntimeError(f"complete, and made again: {again}")
        made = numbers(results)
        if other := [path for path in made if made[path] != undisturbed[path]]:
            raise RuntimeError(f"other numbers than undisturbed: {other}")
        if left := [path for path in results.rglob(".*") if path.name != ".lock"]:
            raise RuntimeError(f"left behind: {left}")
        if running:
            killed[running] += 1
            seconds = time.monotonic() - started
            print(
                f"{killed.total():3d} {removed} removed, killed during {running}, continued:"
                f" metrics.csv is identical ({seconds:.0f} s)",
                flush=True,
            )
    return killed


if __name__ == "__main__":
    n_kills, study = int(sys.argv[1]), (*sys.argv[2:], "smoke")[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "study")
        copy(folder)
        status, said = run(folder, study=study)
        if status:
            sys.exit(said)
        counts = histories(folder, n_kills, study)
    for running, count in counts.most_common():
        print(f"{count:4d} kills during {running}")
    print(f"{counts.total()} kills, after each the same metrics.csv as undisturbed")
