"""Draws the samples of one model over true points, for the first seed."""

from gen2d.figures.samples import draw
from gen2d.job import Job
from gen2d.plan.knobs import SamplesFigureKnobs


def run(job: Job[SamplesFigureKnobs]) -> None:
    """Writes the figure, and the points that it shows."""
    knobs = job.knobs
    true, drawn = {}, {}
    for cell in job.cells("reference"):
        (points,) = job.arrays("reference", "points", **cell)
        (samples,) = job.arrays("samples", "samples", **cell)
        true[cell["dataset"]] = points[: knobs.n_points]
        drawn[cell["dataset"]] = samples[0, : knobs.n_points]
    rows = [
        (dataset, source, *point)
        for source, shown in (("true points", true), (knobs.model, drawn))
        for dataset, x in shown.items()
        for point in x
    ]
    columns = ("dataset", "source", "x1", "x2")
    job.write_table("table", dict(zip(columns, zip(*rows, strict=True), strict=True)))
    job.write_figure(draw(true, drawn, knobs.model, knobs.point_size))
