"""Draws a figure: first its table, then the drawing from that table alone."""

from importlib import import_module

from gen2d.figures import style
from gen2d.job import Job
from gen2d.plan.knobs import JobKnobs


def run(job: Job[JobKnobs]) -> None:
    """Writes the stage's figure, as vector and raster, and its table."""
    style.configure_matplotlib()
    figure = import_module(job.stage.modules[-1])
    table = figure.table(job)
    job.write_table("table", table)
    job.write_figure(figure.draw(table, job.knobs))
