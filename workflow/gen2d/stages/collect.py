"""Stacks the metrics of every cell and block into one table."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files


def run(spec: SimpleNamespace, metrics: str, likelihoods: str, table: str) -> None:
    """Writes results/metrics.csv; `metrics` and `likelihoods` are patterns of the cells' tables."""
    tables = []
    for dataset, model, seeds in product(spec.datasets, spec.models, spec.blocks):
        patterns = [metrics, likelihoods] if model in spec.with_density else [metrics]
        tables += [
            files.read_table(pattern.format(dataset=dataset, model=model, seeds=seeds), sealed=True)
            for pattern in patterns
        ]
    files.write_table(table, pd.concat(tables, ignore_index=True))
