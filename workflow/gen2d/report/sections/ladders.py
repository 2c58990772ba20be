"""Ladders: the rungs from one model to another, and which gains are significant."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gen2d.plan.ladders import ShownLadder
from gen2d.plan.sweeps import SKILL
from gen2d.report.inputs import Inputs
from gen2d.report.words import (
    interval,
    listed,
    p_cell,
    p_value,
    percent,
    readable,
    signed,
    thousandths,
)

MMD2 = "MMD² × 10³"
MOST_FAR = 0.5
"""Share of samples far from the data, above which MMD² cannot rank rungs."""


def content(inputs: Inputs) -> dict[str, object]:
    ladders, entries = dict(inputs.knobs.ladders), []
    for cell, table in inputs.job.tables("figure_ladder"):
        entry = section(table, ladders[cell["ladder"]], inputs.titles, inputs.alpha)
        entries.append({**entry, "path": inputs.job.figure("figure_ladder", **cell)})
    return {"ladders": entries}


def section(
    table: pd.DataFrame, ladder: ShownLadder, titles: Mapping[str, str], alpha: float
) -> dict[str, Any]:
    """The content of one ladder's section.

    Args:
        table: the figure's table.
        titles: titles of the study's models, by name.
    """
    rungs = table.dropna(subset="place").drop_duplicates(["dataset", "place"])
    by_dataset = dict(iter(rungs.groupby("dataset", sort=False)))
    groups = {place: rung.group for place, rung in enumerate(ladder.rungs)}
    units = set(rungs["unit"])
    return {
        "first": readable(titles[ladder.rungs[0].model]),
        "last": readable(titles[ladder.rungs[-1].model]),
        "unit": "skill, %" if SKILL in units else MMD2,
        "skilled": SKILL in units,
        "rungs": [
            {
                "name": rung.name,
                "changes": [str(change) for change in rung.changes],
                "along": rung.along,
                "rows": [
                    _row(dataset, rows[rows["place"] == place].iloc[0], SKILL in units)
                    for dataset, rows in by_dataset.items()
                ],
            }
            for place, rung in enumerate(ladder.rungs)
        ],
        "headline": headline(by_dataset, alpha),
        "sentences": [sentence(d, rows, groups, alpha) for d, rows in by_dataset.items()],
    }


def ranked(rungs: pd.DataFrame) -> pd.DataFrame:
    """Rungs that MMD² can rank, since most of their samples are near the data."""
    return rungs[rungs["outside"].fillna(0.0) <= MOST_FAR]


def headline(by_dataset: Mapping[str, pd.DataFrame], alpha: float) -> str:
    """The section's claim: the rungs with the largest gains that tests decide."""
    best: dict[str, list[str]] = {}
    for dataset, rungs in by_dataset.items():
        won = ranked(rungs)
        won = won[(won["p_holm"] < alpha) & (won["gain"] > 0)]
        if len(won):
            best.setdefault(won.loc[won["gain"].idxmax(), "rung"], []).append(dataset)
    parts = [f"“{rung}” on {listed(datasets)}" for rung, datasets in best.items()]
    return f"most is gained by {listed(parts)}" if parts else ""


def _row(dataset: str, rung: pd.Series, skilled: bool) -> list[str]:
    """The table's row of a rung on a data set."""
    unit = rung["unit"]
    mean, low, high = (rung[f"{unit}{end}"] for end in ("", "_low", "_high"))
    prefix = f"{MMD2}: " if skilled and unit != SKILL else ""
    distance = [rung[f"energy_distance{end}"] for end in ("", "_low", "_high")]
    shown, gained = (percent, points) if unit == SKILL else (thousandths, thousandths)
    gain = "–" if np.isnan(rung["gain"]) else gained(rung["gain"])
    plus = "+" if rung["gain"] > 0 else ""
    return [
        readable(dataset),
        prefix + interval(mean, low, high, shown),
        plus + gain,
        p_cell(rung["p_holm"]),
        interval(*distance),
    ]


def points(value: float) -> str:
    """A difference of skills: whole, or two digits if it is small."""
    return signed(f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}")


def sentence(dataset: str, rungs: pd.DataFrame, groups: Mapping[int, str], alpha: float) -> str:
    """A sentence on the largest gain that the tests decide, and on what they cannot show.

    Args:
        rungs: the data set's rungs, in order: rung, place, unit, n_seeds, gain with its ends,
            p_holm.
        groups: groups of the models, by place.
    """
    on, tested = f"On {readable(dataset)}", rungs.dropna(subset="p_holm")
    if tested.empty:
        return f"{on} nothing is tested, which takes two seeds of two rungs."
    decided = ranked(rungs)
    decided = decided[decided["p_holm"] < alpha]
    parts = []
    for words, found in (
        ("gains", decided[decided["gain"] > 0]),
        ("loses", decided[decided["gain"] < 0]),
    ):
        if len(found):
            most = found.loc[found["gain"].abs().idxmax()]
            by = f"{amount(abs(most['gain']), most['unit'])} ({p_value(most['p_holm'])})"
            parts.append(f"“{most['rung']}” {words} most, {by}")
    widths = (tested["gain_high"] - tested["gain_low"]) / 2
    tuned = widths[tested["place"].map(groups) == "tuned"]
    least = amount((widths if tuned.empty else tuned).median(), tested["unit"].iloc[0])
    fewest, most = tested["n_seeds"].min(), tested["n_seeds"].max()
    n_seeds = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    entry = " and ".join(parts) or "no change is decided by a test"
    return (
        f"{on}, {entry}; with {n_seeds} seeds the interval of a change reaches ± {least} (median)."
    )


def amount(gain: float, unit: str) -> str:
    return f"{points(gain)} points" if unit == SKILL else f"{thousandths(gain)} × 10⁻³ of MMD²"
