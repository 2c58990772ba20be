"""Draws learned scores against exact ones, by noise level."""

import pandas as pd

from gen2d.figures.scores import draw
from gen2d.job import Job
from gen2d.plan.knobs import ScoresFigureKnobs
from gen2d.stages.exact import LOSSES
from gen2d.stages.summary import with_intervals

COLUMNS = ["dataset", "series", "noise_level", "seed", "value"]


def run(job: Job[ScoresFigureKnobs]) -> None:
    """Writes the figure, and its table: every value with the mean and interval that it joins."""
    knobs = job.knobs
    floors = pd.concat([table.assign(**cell) for cell, table in job.tables("exact")])
    floors = floors.rename(columns={"quantity": "series"})
    floors = floors[floors["series"].isin(LOSSES) & floors["noise_level"].isin(knobs.noise_levels)]
    measured = job.table("metrics")
    parts = []
    for level in knobs.noise_levels:
        rows = measured[measured["metric"] == f"fisher_divergence_{level:g}"]
        excess = level**2 * rows["value"].astype(float)
        parts.append(rows.assign(series=rows["model"], noise_level=level, value=excess))
    shown = pd.concat([floors.assign(seed=None), *parts], ignore_index=True)[COLUMNS]
    shown = shown.astype({"value": float})
    drawn = with_intervals(shown, ["dataset", "series", "noise_level"], "value", knobs.level)
    job.write_table("table", drawn)
    job.write_figure(draw(drawn, dict(knobs.methods), knobs.marker_size))
