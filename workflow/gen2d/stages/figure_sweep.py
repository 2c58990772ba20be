"""Draws what one sweep found."""

import pandas as pd

from gen2d.figures.sweep import METRICS, draw
from gen2d.job import Job
from gen2d.plan.knobs import SweepFigureKnobs
from gen2d.stages.summary import with_intervals


def run(job: Job[SweepFigureKnobs]) -> None:
    """Writes the figure, and its table: every seed's score with the mean and interval it joins."""
    knobs, sweep = job.knobs, job.knobs.sweep
    parts = []
    for shown in sweep.cells:
        text = "" if shown.place is None else sweep.labels[shown.place]
        own = {"dataset": shown.dataset, "model": shown.model, "place": shown.place, "value": text}
        for _, table in job.tables("metrics", dataset=shown.cell_dataset, model=shown.cell_model):
            measured = table[table["metric"].isin(METRICS)].rename(columns={"value": "score"})
            parts.append(measured.assign(**own))
    scores = pd.concat(parts, ignore_index=True).astype({"place": float, "score": float})
    key = ["dataset", "model", "place", "metric"]
    drawn = with_intervals(scores[[*key, "value", "seed", "score"]], key, "score", knobs.level)
    job.write_table("table", drawn)
    job.write_figure(
        draw(drawn, sweep.key, sweep.values, sweep.labels, dict(knobs.methods), knobs.marker_size)
    )
