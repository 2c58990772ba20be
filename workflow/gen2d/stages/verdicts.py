"""Judges every cell by the paired tests, beside what it cost, and every model over its cells."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.report.aggregates import COLUMNS, aggregates
from gen2d.report.verdicts import verdicts


def run(
    spec: SimpleNamespace,
    metrics: str,
    summary: str,
    comparisons: str,
    train: str,
    sample: str,
    table: str,
    overall: str,
) -> None:
    """Writes the verdicts, and of every model the one number over all its cells.

    Without training points to measure by there are none of the latter. `train` and `sample` are
    patterns of the cells' benchmarks; what samples cost that were made elsewhere is not known.
    """
    runs = files.read_table(metrics, spec=spec.inputs.metrics)
    judged = verdicts(
        files.read_table(summary, spec=spec.inputs.summary),
        files.read_table(comparisons, spec=spec.inputs.comparisons),
        vars(spec.groups),
        vars(spec.baselines),
        round(1 - spec.level, 10),
    )
    evaluations = [getattr(spec.evaluations, name) for name in judged["model"]]
    costs = []
    for row in judged.itertuples():
        patterns = [train, sample] if row.model in spec.trained else [sample]
        jobs = [
            pattern.format(dataset=row.dataset, model=row.model, seeds=block)
            for pattern, block in product(patterns, spec.blocks)
        ]
        elsewhere = row.group == "made elsewhere"
        costs.append(None if elsewhere else files.job_seconds(jobs) / spec.n_seeds)
    stated = judged.assign(evaluations=evaluations, seconds=costs)
    pooled, unit = pd.DataFrame(columns=COLUMNS), vars(spec.baselines).get("resample")
    if unit:
        pooled = aggregates(runs, vars(spec.groups), unit, spec.level)
    files.write_table(table, stated, spec=spec.digest)
    files.write_table(overall, pooled, spec=spec.digest)
