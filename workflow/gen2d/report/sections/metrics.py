"""The metrics of every model, what they cost, and the paired comparisons."""

from collections.abc import Callable

import pandas as pd

from gen2d.metrics.catalogue import METRICS
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, nats, p_value, readable, thousandths

# Of models with which baseline, in which unit.
COMPARED = (
    ("energy_distance", "truth", thousandths, " × 10³"),
    ("kl", "kde", nats, ", nats"),
)


def content(inputs: Inputs) -> dict[str, object]:
    stated = set(inputs.summary["metric"])
    compared = [
        (
            METRICS[metric].title,
            f"difference{unit}",
            _comparison_rows(inputs, metric, inputs.baselines.get(method), shown),
        )
        for metric, method, shown, unit in COMPARED
    ]
    return {
        "metrics": [
            {
                "name": METRICS[metric].heading,
                "path": inputs.job.figure("figure_metrics", metric=metric),
            }
            for metric in inputs.knobs.metrics
            if metric in stated
        ],
        "cost": inputs.job.figure("figure_cost"),
        "comparisons": [told for told in compared if told[-1]],
    }


def _comparison_rows(
    inputs: Inputs, metric: str, other: str | None, shown: Callable[[float], str]
) -> list[list[str]]:
    """Models against a baseline; every pair is in comparisons.csv."""
    compared, n_seeds = inputs.comparisons, inputs.knobs.n_seeds
    against = compared["model"].isin(inputs.judged) & (compared["other"] == other)
    rows = []
    for row in compared[against & (compared["metric"] == metric)].itertuples():
        difference = interval(row.difference, row.low, row.high, shown)
        if row.n_seeds < n_seeds:
            difference += f" ({row.n_seeds} of {n_seeds} seeds)"
        p = "none"
        if pd.notna(row.p_holm):
            p = p_value(row.p_holm).removeprefix("p = ").removeprefix("p ")
        rows.append([*map(readable, (row.dataset, row.model, row.other)), difference, p])
    return rows
