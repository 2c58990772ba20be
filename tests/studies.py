"""Made-up studies: their plans, their jobs, and files as if a job had written them.

A stage reads what another has written, or what a test writes in its place: `job_of` gives the job
that the file would be of, and its `write_arrays`, `write_table` and so on put the file where it
belongs, made by the spec that its readers expect.
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
    """A configuration: these models, one data set unless others are given, and what else is."""
    base = {"datasets": {"here": {"kind": "moons"}}, "report": {"title": "Made up"}}
    return {**base, "models": models, **more}


def without_sweeps(root: Path) -> dict[str, Any]:
    """The values of config.yaml, but for sweeps and ladders, which have tests of their own."""
    values = yaml.safe_load((root / "config.yaml").read_text())
    return {**values, "sweeps": None, "ladders": None}


def plan_of(values: dict[str, Any]) -> Plan:
    return Plan(STAGES, config.load(values))


def spec_of(plan: Plan, stage: str, **cell: str) -> str:
    return plan.spec(STAGES[stage], cell)


def specs_of(plan: Plan) -> dict[tuple[str, ...], str]:
    """The spec of every job of a study, by its stage and the values of its wildcards."""
    return {stage.key(cell): plan.spec(stage, cell) for stage, cell in plan.jobs(STAGES.values())}


def job_of(plan: Plan, results: Path, stage: str, **cell: str) -> Job:
    """A job that has not run."""
    return Job(spec_of(plan, stage, **cell), results)


def done(plan: Plan, results: Path, stage: str, **cell: str) -> Job:
    """A job that has run, on files that are there."""
    return run_job(plan, STAGES[stage], cell, results)


def written(job: Job, output: str) -> Path:
    """Where a job writes one of its files."""
    return job.results / job.stage.writes[output].format_map(job.cell)


def table_of(job: Job, output: str) -> pd.DataFrame:
    """A table that a job wrote, once it is found to be of its spec."""
    return files.read_table(written(job, output), spec=job.digest)


def arrays_of(job: Job, output: str, *names: str) -> tuple[np.ndarray, ...]:
    """Arrays that a job wrote, once they are found to be of its spec."""
    return files.read_arrays(written(job, output), *names, spec=job.digest)


def find(path: str) -> tuple[Stage, Cell] | None:
    """The stage that makes a file of the results, and its job's cell, by how the path ends.

    With a file goes the job's benchmark.
    """
    for stage in STAGES.values():
        for written in (*stage.outputs.values(), f"benchmarks/{stage.log_path}.tsv"):
            pattern = re.escape(written).replace(r"\{", "{").replace(r"\}", "}")
            for wildcard, values in WILDCARDS.items():
                pattern = pattern.replace(f"{{{wildcard}}}", f"(?P<{wildcard}>{values})")
            if match := re.search(f"(^|/){pattern}$", path):
                return stage, match.groupdict()
    return None
