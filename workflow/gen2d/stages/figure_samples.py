"""Draws the samples of one model over true points, for the first seed."""

from types import SimpleNamespace

from gen2d import files
from gen2d.figures.samples import draw


def run(
    spec: SimpleNamespace, samples: str, reference: str, svg: str, png: str, table: str
) -> None:
    """Writes the figure, and the points that it shows; `samples`, `reference` are patterns."""
    n = spec.style.n_points
    shown = {
        "true points": {
            dataset: files.read_arrays(reference.format(dataset=dataset), "points")[0][:n]
            for dataset in spec.datasets
        },
        spec.model: {
            dataset: files.read_arrays(samples.format(dataset=dataset), "samples")[0][0, :n]
            for dataset in spec.datasets
        },
    }
    rows = [
        (dataset, source, *point)
        for source, cells in shown.items()
        for dataset, x in cells.items()
        for point in x
    ]
    columns = ("dataset", "source", "x1", "x2")
    files.write_table(table, dict(zip(columns, zip(*rows, strict=True), strict=True)))
    files.write_figure(draw(*shown.values(), spec.model, spec.style.point_size), svg, png)
