"""Judges every cell by the paired tests, beside what it cost."""

from itertools import product
from types import SimpleNamespace

from gen2d import files
from gen2d.report.verdicts import verdicts


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
        costs.append(files.job_seconds(jobs) / spec.n_seeds)
    stated = judged.assign(evaluations=evaluations, seconds=costs)
    files.write_table(table, stated, spec=spec.digest)
