"""Judges every cell by the paired tests, beside what it cost."""

from itertools import product
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.report.verdicts import verdicts


def job_seconds(patterns: list[str], cell: dict[str, str], blocks: list[str]) -> float:
    """Wall-clock seconds of a cell's jobs, from Snakemake's benchmarks, over all blocks.

    A job computes on one core, so that this bounds its CPU time; Snakemake's own `cpu_time` is that
    of its last look at the job, up to 30 s before the end.
    """
    tables = [
        pd.read_csv(pattern.format(**cell, seeds=block), sep="\t")
        for pattern, block in product(patterns, blocks)
    ]
    return pd.concat(tables)["s"].sum()


def run(
    spec: SimpleNamespace,
    summary: str,
    comparisons: str,
    train: str,
    sample: str,
    table: str,
) -> None:
    """Writes results/verdicts.csv; `train` and `sample` are patterns of the cells' benchmarks."""
    judged = verdicts(
        files.read_table(summary),
        files.read_table(comparisons),
        vars(spec.groups),
        vars(spec.baselines),
        round(1 - spec.level, 10),
    )
    costs = [
        job_seconds(
            [train, sample] if row.model in spec.trained else [sample],
            {"dataset": row.dataset, "model": row.model},
            spec.blocks,
        )
        / spec.n_seeds
        for row in judged.itertuples()
    ]
    files.write_table(table, judged.assign(seconds=costs))
