"""Draws the samples of every model over true points, for the first seed."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.figures.samples import draw


def run(
    spec: SimpleNamespace, samples: str, reference: str, svg: str, png: str, table: str
) -> None:
    """Writes the figure, and the points that it shows; `samples`, `reference` are patterns."""
    n = spec.style.n_points
    true = {
        dataset: files.read_arrays(reference.format(dataset=dataset), "points")[0][:n]
        for dataset in spec.datasets
    }
    drawn = {
        cell: files.read_arrays(samples.format(dataset=cell[0], model=cell[1]), "samples")[0][0, :n]
        for cell in product(spec.datasets, spec.models)
    }
    shown = {**{(dataset, "true points"): x for dataset, x in true.items()}, **drawn}
    points = pd.concat(
        pd.DataFrame({"dataset": dataset, "source": source, "x1": x[:, 0], "x2": x[:, 1]})
        for (dataset, source), x in shown.items()
    )
    files.write_table(table, points)
    files.write_figure(draw(true, drawn, spec.style.point_size), svg, png)
