"""Draws one metric of every model on every data set."""

from gen2d.figures.metrics import draw
from gen2d.job import Job
from gen2d.plan.knobs import MetricsFigureKnobs


def run(job: Job[MetricsFigureKnobs]) -> None:
    """Writes the figure, and its table: every seed's value with the mean and interval it joins."""
    stacked = (job.table("metrics"), job.table("summary"))
    seeds, cells = (rows[rows["metric"] == job.knobs.metric] for rows in stacked)
    job.write_table("table", seeds.merge(cells, on=["dataset", "model", "metric"]))
    job.write_figure(draw(seeds, cells, dict(job.knobs.methods), job.knobs.marker_size))
