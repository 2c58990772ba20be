"""Draws the samples of one model over true points, for the first seed."""

from types import SimpleNamespace

from gen2d import files
from gen2d.figures.samples import draw


def run(
    spec: SimpleNamespace, samples: str, reference: str, svg: str, png: str, table: str
) -> None:
    """Writes the figure, and the points that it shows; `samples`, `reference` are patterns."""
    n = spec.style.n_points
    true = {dataset: reference.format(dataset=dataset) for dataset in spec.datasets}
    drawn = {dataset: samples.format(dataset=dataset) for dataset in spec.datasets}
    shown = {
        "true points": {d: files.read_arrays(path, "points")[0][:n] for d, path in true.items()},
        spec.model: {d: files.read_arrays(path, "samples")[0][0, :n] for d, path in drawn.items()},
    }
    files.check_specs(true.values(), spec.inputs.reference)
    files.check_specs(drawn.values(), spec.inputs.samples)
    rows = [
        (dataset, source, *point)
        for source, cells in shown.items()
        for dataset, x in cells.items()
        for point in x
    ]
    columns = ("dataset", "source", "x1", "x2")
    points = dict(zip(columns, zip(*rows, strict=True), strict=True))
    files.write_table(table, points, spec=spec.digest)
    files.write_figure(draw(*shown.values(), spec.model, spec.style.point_size), svg, png)
