"""Where the time of a finished study went: computing, starting processes, idle cores.

    python tests/benchmarks/workflow.py RESULTS CORES

Reads the benchmark files of a study that was made in one run. The run begins when Snakemake takes
the lock of the results' folder and ends with the last job. A job's start is what a process costs
that imports what the job does, measured here in CPU time. Cores that wait for Snakemake are idle.
On a machine with other work jobs take longer, so that starts and idling seem less than they are.
"""

import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

N_RUNS = 5
STAGES = {
    "models": "train",
    "samples": "sample",
    "metrics": "evaluate",
    "likelihoods": "likelihood",
    "histories": "record_history",
    "error_sources": "error_sources",
    "traces": "trace",
}
"""Folder of benchmark files -> stage."""
NAMES = {"explorer": "explorer_page"}
"""Name of another benchmark file -> stage, where they differ."""


class Job(NamedTuple):
    """The stages whose imports a job makes, and when it ran, in seconds."""

    imports: tuple[str, ...]
    start: float
    end: float


class Split(NamedTuple):
    """Seconds of wall time; the other three are of all cores, and sum to it times the cores."""

    wall: float
    computing: float
    starting: float
    idle: float


def imports(path: Path, trained: bool) -> tuple[str, ...]:
    """By a benchmark file's path in its folder; jobs on a trained model import torch."""
    folder, name = path.parts[0], path.stem
    if folder in STAGES:
        stage = STAGES[folder]
        return (stage, "train") if trained and stage in ("sample", "likelihood") else (stage,)
    if folder == "figures":
        return (f"figure_{name.partition('-')[0]}",)
    return ("data",) if name.startswith("seeds") else (NAMES.get(name, name),)


def jobs(results: Path) -> list[Job]:
    root, found = results / "benchmarks", []
    for path in sorted(root.rglob("*.tsv")):
        within = path.relative_to(root)
        trained = (root / "models" / Path(*within.parts[1:])).exists()
        seconds = float(path.read_text().split("\n")[1].split("\t")[0])
        end = path.stat().st_mtime
        found.append(Job(imports(within, trained), end - seconds, end))
    return found


def split(made: list[Job], begin: float, starts: dict[tuple[str, ...], float], cores: int) -> Split:
    """Raises ValueError for jobs of an earlier run."""
    early = begin - min(job.start for job in made)
    if early > 1:
        raise ValueError(f"expected jobs of one run; got one from {early:.0f} s before it began")
    wall = max(job.end for job in made) - begin
    busy = sum(job.end - job.start for job in made)
    starting = sum(min(starts[job.imports], job.end - job.start) for job in made)
    return Split(wall, busy - starting, starting, cores * wall - busy)


def start_up(stages: tuple[str, ...]) -> float:
    """CPU seconds of a process that imports the stages, the median of 5."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    code = "; ".join(f"import gen2d.stages.{stage}" for stage in stages)
    times = [spent()]
    for _ in range(N_RUNS):
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(spent())
    return float(np.median(np.diff(times)))


def main(arguments: list[str]) -> None:
    results, cores = Path(arguments[0]), int(arguments[1])
    made = jobs(results)
    starts = {stages: start_up(stages) for stages in {job.imports for job in made}}
    found = split(made, (results / ".lock").stat().st_mtime, starts, cores)
    print(f"{len(made)} jobs in {found.wall:.0f} s on {cores} cores")
    for name, seconds in list(found._asdict().items())[1:]:
        print(f"{name:<10}{seconds:>8.0f} s{seconds / (found.wall * cores):>8.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
