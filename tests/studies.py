"""Synthetic studies: plans, jobs, and files written in place of jobs.

A test can write a stage's inputs itself: `job_of` returns the job that would write a file, and its
`write_arrays`, `write_table` and so on write it to its place, with the spec that readers expect.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from gen2d import config
from gen2d.job import Job
from gen2d.plan.spec import Plan
from gen2d.plan.stage import WILDCARDS, Cell, Stage
from gen2d.plan.stages import STAGES
from gen2d.runner import run_job
from gen2d.storage import files


def values_of(models: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Values of a configuration: these models, one data set by default, and other keys."""
    base = {"datasets": {"here": {"kind": "moons"}}, "report": {"title": "Made up"}}
    return {**base, "models": models, **more}


def without_sweeps(root: Path) -> dict[str, Any]:
    """The values of config.yaml without sweeps and ladders, which have their own tests."""
    values = yaml.safe_load((root / "config.yaml").read_text())
    return {**values, "sweeps": None, "ladders": None}


def plan_of(values: dict[str, Any]) -> Plan:
    return Plan(STAGES, config.load(values))


def spec_of(plan: Plan, stage: str, **cell: str) -> str:
    return plan.spec(STAGES[stage], cell)


def specs_of(plan: Plan) -> dict[tuple[str, ...], str]:
    """Specs of a study's jobs, by stage and values of wildcards."""
    return {stage.key(cell): plan.spec(stage, cell) for stage, cell in plan.jobs(STAGES.values())}


def job_of(plan: Plan, results: Path, stage: str, **cell: str) -> Job:
    """A job that has not run."""
    return Job(spec_of(plan, stage, **cell), results)


def done(plan: Plan, results: Path, stage: str, **cell: str) -> Job:
    """A job that has run, on input files that exist."""
    return run_job(plan, STAGES[stage], cell, results)


def written(job: Job, output: str) -> Path:
    """The path of a job's output."""
    return job.results / job.stage.writes[output].format_map(job.cell)


def table_of(job: Job, output: str) -> pd.DataFrame:
    """A table that a job wrote, checked to have the job's spec."""
    return files.read_table(written(job, output), spec=job.digest)


def arrays_of(job: Job, output: str, *names: str) -> tuple[np.ndarray, ...]:
    """Arrays that a job wrote, checked to have the job's spec."""
    return files.read_arrays(written(job, output), *names, spec=job.digest)


def find(path: str) -> tuple[Stage, Cell] | None:
    """The stage and cell of the job that writes a file of the results or a benchmark; or None.

    The path may have folders in front.
    """
    for stage in STAGES.values():
        for written in (*stage.outputs.values(), f"benchmarks/{stage.log_path}.tsv"):
            pattern = re.escape(written).replace(r"\{", "{").replace(r"\}", "}")
            for wildcard, values in WILDCARDS.items():
                pattern = pattern.replace(f"{{{wildcard}}}", f"(?P<{wildcard}>{values})")
            if match := re.search(f"(^|/){pattern}$", path):
                return stage, match.groupdict()
    return None
