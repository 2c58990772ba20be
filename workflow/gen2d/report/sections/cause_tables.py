"""Tables of causes: shares of scores learned, shares of chains far away, shares of modes."""

from typing import Any

import numpy as np
import pandas as pd

from gen2d.report.inputs import Inputs
from gen2d.report.sections.causes import fate
from gen2d.report.words import interval, p_value, percent, readable


def content(inputs: Inputs) -> dict[str, object]:
    datasets = [dataset.name for dataset in inputs.knobs.datasets]
    return {
        "score_learned": score_learned(inputs.causes, datasets, inputs.knobs.noise_levels),
        "chains": chains(inputs.causes, inputs.alpha),
        "modes": modes(inputs.summary, [*inputs.models], inputs.baselines.get("truth", "")),
    }


def _percentages(row: Any) -> str:
    return interval(100 * row.mean, 100 * row.low, 100 * row.high, percent)


def score_learned(
    causes: pd.DataFrame, datasets: list[str], levels: list[float]
) -> list[list[str]]:
    """One row per model and noise level: the share of the score learned on each data set.

    Only noise levels of models that train at one level are shown, if there are any.
    """
    rows = []
    learned = causes[causes["cause"] == "score_learned"]
    if learned["at"].isin(levels).any():
        learned = learned[learned["at"].isin(levels)]
    for (model, level), part in learned.groupby(["model", "at"], sort=False):
        cells = {row.dataset: _percentages(row) for row in part.itertuples()}
        shown = [cells.get(dataset, "–") for dataset in datasets]
        rows.append([readable(model), f"{level:g}", *shown])
    return rows


def chains(causes: pd.DataFrame, alpha: float) -> list[list[str]]:
    """One row per model and data set: first and last share far from the data, and the fate."""
    rows = []
    for (model, dataset), part in causes.groupby(["model", "dataset"], sort=False):
        along = part[part["cause"] == "outside"].sort_values("at")
        if along.empty:
            continue
        gained = part[part["cause"] == "outside_gained"].iloc[0]
        first, last = (_percentages(row) for row in along.iloc[[0, -1]].itertuples())
        p = "no test" if pd.isna(gained["p_holm"]) else p_value(gained["p_holm"])
        rows.append(
            [
                readable(model),
                readable(dataset),
                first,
                last,
                f"{fate(gained, along.iloc[-1], alpha)} ({p})",
            ]
        )
    return rows


def modes(summary: pd.DataFrame, models: list[str], truth: str) -> list[list[str]]:
    """One row per model and data set with modes: shares of the least and the most filled mode.

    Shown are the truth, and models whose least filled mode is below the truth's interval.
    """
    rows = []
    cells = summary.set_index(["dataset", "model", "metric"])[["mean", "low", "high"]]
    known = summary.loc[summary["metric"] == "least_mode", "dataset"].unique()
    for dataset in known:
        least = cells["low"].get((dataset, truth, "least_mode"), np.inf)
        for model in models:
            ends = [(dataset, model, name) for name in ("least_mode", "largest_mode")]
            if not all(end in cells.index for end in ends):
                continue
            if model == truth or not cells.loc[ends[0], "high"] >= least:
                every = [cells.loc[end].tolist() for end in ends]
                shown = [interval(m, low, high, "{:.2f}".format) for m, low, high in every]
                rows.append([readable(model), readable(dataset), *shown])
    return rows
