"""Which methods work: samples of all, their errors beside a kernel density estimate's, failures."""

import pandas as pd

from gen2d.metrics.aggregates import by_error
from gen2d.metrics.status import DIVERGED, INFINITE
from gen2d.metrics.verdicts import JUDGE
from gen2d.report.inputs import Inputs
from gen2d.report.words import readable


def content(inputs: Inputs) -> dict[str, object]:
    return {
        "samples": inputs.job.figure("figure_samples"),
        "errors": inputs.job.figure("figure_errors"),
        "wins": wins(inputs.comparisons, inputs.overall, inputs.judged, inputs.alpha),
        "missing": missing_values(inputs.metrics),
    }


def wins(
    comparisons: pd.DataFrame, overall: pd.DataFrame, models: list[str], alpha: float
) -> dict[str, list]:
    """On how many data sets the model of a row is shown better than that of a column.

    Models are in the order of their errors in units of kde's, where these are known.
    """
    order = by_error(models, overall)
    rows = comparisons[(comparisons["metric"] == JUDGE) & comparisons["p_holm"].notna()]
    won = rows[(rows["p_holm"] < alpha) & (rows["difference"] < 0)]
    counts = won.groupby(["model", "other"]).size()
    tested = set(zip(rows["model"], rows["other"], strict=True))

    def cell(model: str, other: str) -> str:
        return str(counts.get((model, other), 0)) if (model, other) in tested else ""

    table = [[readable(m), *(cell(m, other) for other in order)] for m in order]
    return {"header": ["", *map(readable, order)], "rows": table if len(order) > 1 else []}


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
