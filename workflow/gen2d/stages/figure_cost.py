"""Draws what the samples of every model are worth against what they cost."""

from gen2d.figures.cost import COLUMNS, draw
from gen2d.job import Job
from gen2d.plan.knobs import CostFigureKnobs


def run(job: Job[CostFigureKnobs]) -> None:
    """Writes the figure, and its table: the verdicts' columns that it shows."""
    shown = job.table("verdicts")[COLUMNS]
    job.write_table("table", shown)
    job.write_figure(draw(shown, dict(job.knobs.methods), job.knobs.marker_size))
