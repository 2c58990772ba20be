"""A whole study in one process: the jobs that Snakemake would run, one after the other.

Snakemake is the way to the cached study. This makes everything anew, and starts no process.
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
    """The progress that nobody looks at."""


def run_job(
    plan: Plan, stage: Stage, cell: Cell, results: Path, progress: Progress = unwatched
) -> Job[JobKnobs]:
    """The job of a cell, which has written its files, and a benchmark as Snakemake writes it."""
    job: Job[JobKnobs] = Job(plan.spec(stage, cell), results, progress=progress)
    start = time.perf_counter()
    job.run()
    seconds = f"s\n{time.perf_counter() - start:.4f}\n"
    path = results / f"benchmarks/{stage.log_path.format_map(cell)}.tsv"
    files.write_bytes(path, seconds.encode())
    return job


def run(plan: Plan, results: Path, stages: Iterable[str] = ()) -> None:
    """Runs the jobs of these stages, or of all, and of all that they read."""
    wanted = [plan.stages[name] for name in stages or plan.stages]
    for stage, cell in plan.jobs(wanted):
        run_job(plan, stage, cell, results)


def make(plan: Plan, stage: Stage, cell: Cell, results: Path, progress: Progress) -> None:
    """Runs the job of a cell, and before it those that it reads, but for what is there already.

    That is to be a folder of this plan's jobs alone: whether files are of it is not asked.
    """
    first = next(iter(stage.writes.values()))
    if (results / first.format_map(cell)).exists():
        return
    for upstream, _, cells in plan.inputs(stage, cell).values():
        for one in cells:
            make(plan, upstream, one, results, progress)
    run_job(plan, stage, cell, results, progress)
