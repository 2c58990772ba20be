"""Where the error of score models comes from: a table, and sentences decided by paired tests."""

from typing import Any

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import holm, paired_test
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, p_value, readable, thousandths

JUDGED = "mmd2_small"


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
    """What each rung adds to MMD² at the smallest bandwidth, a row a data set, way and rung.

    The first rung is compared with 0, the mean of two samples of one law; each later one with the
    rung before, by paired t-tests over seeds, adjusted by Holm's method over the model. Successive
    steps add up to the whole: all are of the seeds that have a value on every rung.

    Args:
        table: dataset, rung, denoised, own, seed, metric, value, as the figure's.
    """
    rows = []
    judged = table[table["metric"] == JUDGED]
    for (dataset, denoised, own), part in judged.groupby(
        ["dataset", "denoised", "own"], sort=False
    ):
        wide = part.pivot(index="seed", columns="rung", values="value").astype(float).dropna()
        before = np.zeros(len(wide))
        for rung in part["rung"].unique():
            values = wide[rung].to_numpy()
            test = paired_test(values, before, level)
            before = values
            rows.append((dataset, denoised, own, rung, wide[rung].mean(), *test[1:]))
    columns = ["dataset", "denoised", "own", "rung", "value", "step", "low", "high", "p"]
    found = pd.DataFrame(rows, columns=columns)
    return found.assign(p_holm=holm(found["p"].to_numpy()))


def sentences(found: pd.DataFrame, alpha: float) -> list[str]:
    """Which errors the model's own samples have, the largest first."""
    told = []
    for dataset, rows in found[found["own"]].groupby("dataset", sort=False):
        if rows["p_holm"].isna().all():
            continue
        seen = rows[(rows["p_holm"] < alpha) & (rows["step"] > 0)].sort_values("step")[::-1]
        parts = [
            f"{row.rung} (+{thousandths(row.step)}, {p_value(row.p_holm)})"
            for row in seen.itertuples()
        ]
        told.append(
            f"On {readable(dataset)} the error comes from {', then '.join(parts)}."
            if parts
            else f"On {readable(dataset)} no rung adds an error that the tests see."
        )
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
    for row in found.dropna(subset="value").itertuples():
        p = "–" if np.isnan(row.p_holm) else p_value(row.p_holm)
        way = "denoised" if row.denoised else "as they are"
        p = p.removeprefix("p = ").removeprefix("p ")
        added = interval(row.step, row.low, row.high)
        rows.append(
            [readable(row.dataset), way, row.rung, interval(row.value, np.nan, np.nan), added, p]
        )
    return {
        "name": readable(model),
        "own": "denoised" if table.loc[table["own"], "denoised"].all() else "as they are",
        "rows": rows,
        "sentences": [*sentences(found, alpha), *_missing(table)],
    }
