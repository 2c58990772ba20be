"""Draws where the error of one model comes from, on every data set."""

import pandas as pd

from gen2d.figures.split import draw
from gen2d.job import Job
from gen2d.plan.knobs import SplitFigureKnobs
from gen2d.stages.summary import with_intervals


def run(job: Job[SplitFigureKnobs]) -> None:
    """Writes the figure, and its table: every seed's value with the mean and interval it joins."""
    parts = [table for _, table in job.tables("splits")]
    values = pd.concat(parts, ignore_index=True).astype({"value": float})
    key = ["dataset", "rung", "denoised", "metric"]
    drawn = with_intervals(values, key, "value", job.knobs.level)
    job.write_table("table", drawn)
    job.write_figure(draw(drawn, job.knobs.marker_size))
