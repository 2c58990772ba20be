"""Where the error of score models comes from: a table, and sentences decided by paired tests."""

from typing import Any

import numpy as np
import pandas as pd

from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import holm, paired_test
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, p_value, readable, thousandths

JUDGED = ("mmd2_small", "energy_distance")
"""The metrics that errors are split in; their answers differ, since the first is bounded."""


def content(inputs: Inputs) -> dict[str, object]:
    told = [
        {
            **section(inputs.titles[cell["model"]], table, inputs.knobs.level),
            "path": inputs.job.figure("figure_split", **cell),
        }
        for cell, table in inputs.job.tables("figure_split")
    ]
    return {"splits": told, "n_split": inputs.knobs.n_split}


def steps(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """What each rung adds to the error of a model's own samples, a row a metric, data set and rung.

    The first rung is compared with 0, the mean of two samples of one law; each later one with the
    rung before, by paired t-tests over seeds, adjusted by Holm's method over the data sets of a
    metric and rung. Successive steps add up to the whole: all are of the seeds that have a value on
    every rung.

    Args:
        table: dataset, rung, denoised, own, seed, metric, value, as the figure's.
    """
    rows = []
    judged = table[table["metric"].isin(JUDGED) & table["own"]]
    for (metric, dataset), part in judged.groupby(["metric", "dataset"], sort=False):
        wide = part.pivot(index="seed", columns="rung", values="value").astype(float).dropna()
        before = np.zeros(len(wide))
        for rung in part["rung"].unique():
            values = wide[rung].to_numpy()
            test = paired_test(values, before, level)
            before = values
            rows.append((metric, dataset, rung, wide[rung].mean(), *test[1:]))
    columns = ["metric", "dataset", "rung", "value", "step", "low", "high", "p"]
    found = pd.DataFrame(rows, columns=columns)
    families = found.groupby(["metric", "rung"])["p"]
    return found.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())))


def sentences(found: pd.DataFrame, alpha: float) -> list[str]:
    """Which errors the model's own samples have in each metric, the largest first."""
    told = []
    for dataset, of_dataset in found.groupby("dataset", sort=False):
        answers = []
        for metric in JUDGED:
            rows = of_dataset[of_dataset["metric"] == metric]
            if rows["p_holm"].isna().all():
                continue
            seen = rows[(rows["p_holm"] < alpha) & (rows["step"] > 0)].sort_values("step")[::-1]
            parts = [
                f"{row.rung} (+{thousandths(row.step)}, {p_value(row.p_holm)})"
                for row in seen.itertuples()
            ]
            where = f"from {', then '.join(parts)}" if parts else "from no source that is shown"
            answers.append(f"{where} by {METRICS[metric].title}")
        if answers:
            told.append(f"On {readable(dataset)} the error comes {'; '.join(answers)}.")
    return told


def _missing(table: pd.DataFrame) -> list[str]:
    """Why there is nothing to say of a data set."""
    none = table.groupby("dataset", sort=False).filter(lambda rows: rows["value"].isna().all())
    notes = none.groupby("dataset", sort=False)["note"].first()
    return [f"On {readable(dataset)} nothing is split: {note}." for dataset, note in notes.items()]


def section(model: str, table: pd.DataFrame, level: float) -> dict[str, Any]:
    """The content of one model's section."""
    alpha = round(1 - level, 10)
    found = steps(table, level)
    rows = []
    for (dataset, rung), part in found.dropna(subset="value").groupby(
        ["dataset", "rung"], sort=False
    ):
        cells = []
        for metric in JUDGED:
            (row,) = part[part["metric"] == metric].itertuples()
            p = "–" if np.isnan(row.p_holm) else p_value(row.p_holm)
            p = p.removeprefix("p = ").removeprefix("p ")
            cells += [thousandths(row.value), interval(row.step, row.low, row.high), p]
        rows.append([readable(dataset), rung, *cells])
    return {
        "name": readable(model),
        "own": "denoised" if table.loc[table["own"], "denoised"].all() else "as they are",
        "rows": rows,
        "sentences": [*sentences(found, alpha), *_missing(table)],
    }
