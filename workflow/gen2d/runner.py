"""A whole study in one process: the jobs that Snakemake would run, one after the other.

Unlike Snakemake, `run` reuses no files and starts no processes.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from gen2d.job import Job, Progress
from gen2d.plan.knobs import JobKnobs
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Cell, Stage
from gen2d.storage import files


def unwatched(step: int, n_steps: int) -> None:
    """The default progress callback: does nothing."""


def run_job(
    plan: Plan, stage: Stage, cell: Cell, results: Path, progress: Progress = unwatched
) -> Job[JobKnobs]:
    """Runs the job of a cell, writes a benchmark file as Snakemake does, and returns the job."""
    job: Job[JobKnobs] = Job(plan.spec(stage, cell), results, progress=progress)
    start = time.perf_counter()
    job.run()
    seconds = f"s\n{time.perf_counter() - start:.4f}\n"
    path = results / f"benchmarks/{stage.log_path.format_map(cell)}.tsv"
    files.write_bytes(path, seconds.encode())
    return job


def run(plan: Plan, results: Path, stages: Iterable[str] = ()) -> None:
    """Runs the jobs of these stages (default: all), and the jobs whose files they read."""
    wanted = [plan.stages[name] for name in stages or plan.stages]
    for stage, cell in plan.jobs(wanted):
        run_job(plan, stage, cell, results)


def make(plan: Plan, stage: Stage, cell: Cell, results: Path, progress: Progress) -> None:
    """Runs the job of a cell, after the jobs whose files it reads; skips jobs whose files exist.

    The folder must hold files of this plan only: whether another plan made them is not checked.
    """
    first = next(iter(stage.writes.values()))
    if (results / first.format_map(cell)).exists():
        return
    for upstream, _, cells in plan.inputs(stage, cell).values():
        for one in cells:
            make(plan, upstream, one, results, progress)
    run_job(plan, stage, cell, results, progress)
