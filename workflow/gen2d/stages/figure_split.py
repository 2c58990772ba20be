"""Draws where the error of one model comes from, on every data set."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.figures.split import draw
from gen2d.stages.summary import with_intervals


def run(spec: SimpleNamespace, splits: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: every seed's value with the mean and interval it joins.

    `splits` is the pattern of the cells' tables.
    """
    cells = product(spec.datasets, spec.blocks)
    paths = [splits.format(dataset=dataset, seeds=block) for dataset, block in cells]
    parts = [files.read_table(path, sealed=True) for path in paths]
    files.check_specs(paths, spec.inputs.splits)
    values = pd.concat(parts, ignore_index=True).astype({"value": float})
    key = ["dataset", "rung", "denoised", "metric"]
    drawn = with_intervals(values, key, "value", spec.level)
    files.write_table(table, drawn, spec=spec.digest)
    files.write_figure(draw(drawn, spec.style.marker_size), svg, png)
