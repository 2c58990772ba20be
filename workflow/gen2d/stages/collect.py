"""Stacks the metrics of every cell and block into one table."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files


def run(spec: SimpleNamespace, metrics: str, table: str) -> None:
    """Writes results/metrics.csv; `metrics` is the pattern of the cells' tables."""
    cells = product(spec.datasets, spec.models, spec.blocks)
    tables = [files.read_table(metrics.format(dataset=d, model=m, seeds=b)) for d, m, b in cells]
    files.write_table(table, pd.concat(tables, ignore_index=True))
