"""Stacks the metrics of every cell and block into one table."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files


def run(spec: SimpleNamespace, metrics: str, likelihoods: str, table: str) -> None:
    """Writes results/metrics.csv; `metrics` and `likelihoods` are patterns of the cells' tables."""
    paths: dict[str, list[str]] = {metrics: [], likelihoods: []}
    tables = []
    for dataset, model, seeds in product(spec.datasets, spec.models, spec.blocks):
        for pattern in paths if model in spec.stating else [metrics]:
            path = pattern.format(dataset=dataset, model=model, seeds=seeds)
            tables.append(files.read_table(path, sealed=True))
            paths[pattern].append(path)
    files.check_specs(paths[metrics], spec.inputs.metrics)
    if spec.stating:
        files.check_specs(paths[likelihoods], spec.inputs.likelihoods)
    files.write_table(table, pd.concat(tables, ignore_index=True), spec=spec.digest)
