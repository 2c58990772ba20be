"""Judges every cell by the paired tests, beside what it cost, and every model over its cells."""

import pandas as pd

from gen2d.job import Job
from gen2d.metrics.aggregates import COLUMNS, aggregates
from gen2d.metrics.status import SKIPPED
from gen2d.metrics.verdicts import verdicts
from gen2d.plan.knobs import VerdictsKnobs


def seconds(job: Job[VerdictsKnobs], dataset: str, model: str) -> float:
    """What a seed takes to train and sample."""
    stages = ["train", "sample"] if model in job.knobs.trained else ["sample"]
    taken = [
        job.seconds(stage, dataset=dataset, model=model, seeds=block)
        for stage in stages
        for block in job.knobs.blocks
    ]
    return sum(taken) / job.knobs.n_seeds


def run(job: Job[VerdictsKnobs]) -> None:
    """Writes the verdicts, and of every model the one number over all its cells.

    Without a kernel density estimate to measure by there are none of the latter. What samples cost
    that were made elsewhere is not known.
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
