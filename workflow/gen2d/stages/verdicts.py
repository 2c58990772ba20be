"""Judges every cell by paired tests, with its costs, and every model over all its cells."""

import pandas as pd

from gen2d.job import Job
from gen2d.metrics.aggregates import COLUMNS, aggregates
from gen2d.metrics.status import SKIPPED
from gen2d.metrics.verdicts import verdicts
from gen2d.plan.knobs import VerdictsKnobs


def seconds(job: Job[VerdictsKnobs], dataset: str, model: str) -> float:
    """Mean time to train and sample one seed, in seconds."""
    stages = ["train", "sample"] if model in job.knobs.trained else ["sample"]
    taken = [
        job.seconds(stage, dataset=dataset, model=model, seeds=block)
        for stage in stages
        for block in job.knobs.blocks
    ]
    return sum(taken) / job.knobs.n_seeds


def run(job: Job[VerdictsKnobs]) -> None:
    """Writes the verdicts, one row per cell, and the overall errors, one row per model.

    The overall table is empty without a kernel density estimate, since that is the unit. Costs are
    missing for samples made elsewhere.
    """
    knobs, runs = job.knobs, job.table("metrics")
    groups, baselines = dict(knobs.groups), dict(knobs.baselines)
    judged = verdicts(
        runs[runs["status"] != SKIPPED],
        job.table("summary"),
        job.table("comparisons"),
        groups,
        baselines,
        round(1 - knobs.confidence, 10),
        knobs.margin,
    )
    evaluations = dict(knobs.evaluations)
    costs = [
        None if row.group == "made elsewhere" else seconds(job, row.dataset, row.model)
        for row in judged.itertuples()
    ]
    with_answers = judged.assign(
        evaluations=[evaluations[name] for name in judged["model"]], seconds=costs
    )
    pooled = pd.DataFrame(columns=COLUMNS)
    if "kde" in baselines:
        pooled = aggregates(runs, groups, baselines["kde"], knobs.confidence)
    job.write_table("table", with_answers)
    job.write_table("overall", pooled)
