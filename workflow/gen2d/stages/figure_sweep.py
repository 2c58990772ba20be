"""Draws what one sweep found."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.figures.sweep import METRICS, draw
from gen2d.stages.summary import with_intervals


def run(spec: SimpleNamespace, metrics: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: every seed's score with the mean and interval it joins.

    `metrics` is the pattern of the cells' tables.
    """
    values = []
    for cell in spec.cells:
        if cell.value is not None and cell.value not in values:
            values.append(cell.value)
    parts, paths = [], []
    for cell, block in product(spec.cells, spec.blocks):
        path = metrics.format(dataset=cell.cell_dataset, model=cell.cell_model, seeds=block)
        measured = files.read_table(path, sealed=True).rename(columns={"value": "score"})
        paths.append(path)
        place = None if cell.value is None else values.index(cell.value)
        told = {"dataset": cell.dataset, "model": cell.model, "place": place}
        text = "" if cell.value is None else spec.labels[place]
        parts.append(measured[measured["metric"].isin(METRICS)].assign(**told, value=text))
    files.check_specs(paths, spec.inputs.metrics)
    scores = pd.concat(parts, ignore_index=True).astype({"place": float, "score": float})
    key = ["dataset", "model", "place", "metric"]
    drawn = with_intervals(scores[[*key, "value", "seed", "score"]], key, "score", spec.level)
    files.write_table(table, drawn, spec=spec.digest)
    figure = draw(drawn, spec.key, values, spec.labels, vars(spec.methods), spec.style.marker_size)
    files.write_figure(figure, svg, png)
