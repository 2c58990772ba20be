"""Which methods work: samples of all, their errors beside a kernel density estimate's, failures."""

import pandas as pd

from gen2d.metrics.status import DIVERGED, INFINITE
from gen2d.report.inputs import Inputs
from gen2d.report.words import readable


def content(inputs: Inputs) -> dict[str, object]:
    return {
        "samples": inputs.job.figure("figure_samples"),
        "errors": inputs.job.figure("figure_errors"),
        "missing": missing_values(inputs.metrics),
    }


def missing_values(metrics: pd.DataFrame) -> list[str]:
    """What happened to the seeds whose values are missing: of which model, on which data set."""
    rows = metrics[metrics["status"].isin([DIVERGED, INFINITE])]
    rows = rows.assign(
        note=rows["note"]
        .str.replace(r"at training step \d+", "in training", regex=True)
        .str.replace(r": \d.*", "", regex=True)
    )
    n_seeds = metrics["seed"].nunique()
    parts = []
    for (note, model), part in rows.groupby(["note", "model"], sort=False):
        n_missing = part.groupby("dataset", sort=False)["seed"].nunique()
        cells = [
            f"{readable(dataset)} ({n} of {n_seeds} seeds)" for dataset, n in n_missing.items()
        ]
        parts.append(f"{readable(model)} on {', '.join(cells)}: {note}")
    return parts
