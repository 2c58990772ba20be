"""What was found of each model, and whose values are missing, as sentences that tests decide."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import paired_test
from gen2d.metrics.status import DIVERGED, INFINITE
from gen2d.report.inputs import Inputs
from gen2d.report.judging import judge
from gen2d.report.words import nats, readable, signed


def content(inputs: Inputs) -> dict[str, object]:
    floors = [inputs.baselines[m] for m in ("truth", "resample") if m in inputs.baselines]
    return {
        "findings": [
            {
                "name": readable(model),
                "sentences": about_model(
                    model,
                    inputs.losses.get(model),
                    inputs.summary,
                    inputs.comparisons,
                    floors[:1],
                    inputs.alpha,
                ),
            }
            for model in inputs.judged
        ],
        "missing": missing_values(inputs.metrics),
    }


def loss_trend(losses: pd.DataFrame, alpha: float) -> list[str]:
    """Whether the training loss ends below where it begins: its first tenth against its last."""
    parts = [
        f"{word} on {', '.join(f'{readable(name)} ({values})' for name, values, _ in cells)}"
        for word, cells in loss_trends(losses, alpha).items()
        if cells
    ]
    if not parts:
        return []
    return [f"Its training loss, first against last tenth of training, {'; '.join(parts)}."]


def loss_trends(losses: pd.DataFrame, alpha: float) -> dict[str, list[tuple[str, str, float]]]:
    """Data sets, with first and last loss and the p-value of a paired t-test, by what that says.

    Without those of which there is no test.
    """
    trends: dict[str, list[tuple[str, str, float]]] = {
        "falls": [],
        "rises": [],
        "does not change": [],
    }
    for dataset, part in losses.groupby("dataset", sort=False):
        wide = part.pivot(index="step", columns="seed", values="loss_train")
        wide = wide.dropna(axis="columns")
        if len(wide) < 2:
            continue
        tenth = max(1, len(wide) // 10)
        first, last = wide.iloc[:tenth].mean(), wide.iloc[-tenth:].mean()
        test = paired_test(last.to_numpy(), first.to_numpy())
        if np.isnan(test.p_value):
            continue
        values = f"{signed(f'{first.mean():.3g}')} to {signed(f'{last.mean():.3g}')}"
        direction = "falls" if test.mean_difference < 0 else "rises"
        trend = direction if test.p_value < alpha else "does not change"
        trends[trend].append((dataset, values, test.p_value))
    return trends


def loss_excess(losses: pd.DataFrame) -> list[str]:
    """How far above the exact floor the hold-out loss ends."""
    parts = []
    for dataset, part in losses.groupby("dataset", sort=False):
        last = part["step"] > 0.8 * part["step"].max()
        seeds = part[last].groupby("seed")["loss_holdout"].mean().dropna()
        floor = part["floor"].iloc[0]
        if np.isnan(floor) or seeds.empty:
            continue
        beside = f"floor {nats(floor)}, {nats(seeds.mean() - floor)} above"
        parts.append(f"{readable(dataset)} {nats(seeds.mean())} ({beside})")
    if not parts:
        return []
    return [
        "Its hold-out loss over the last fifth of training, beside the least that any function can"
        f" reach: {'; '.join(parts)}. A curve that looks flat can be a good fit, and curves of"
        " different data sets cannot be compared."
    ]


def divergence(summary: pd.DataFrame, model: str) -> list[str]:
    """Which seeds diverged, if any did."""
    cells = summary.query("model == @model").drop_duplicates("dataset")
    cells = cells[cells["n_diverged"] > 0]
    if cells.empty:
        return []
    parts = [f"{r.n_diverged} of {r.n_seeds} on {readable(r.dataset)}" for r in cells.itertuples()]
    return [
        f"Seeds that diverged: {', '.join(parts)}; they are left out of means and tests of the"
        " metrics."
    ]


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


def about_model(
    model: str,
    losses: pd.DataFrame | None,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    others: Iterable[str],
    alpha: float,
) -> list[str]:
    """All sentences on one model; `losses` of one that was trained."""
    sentences = [*divergence(summary, model)]
    for other in others:
        for metric in ("energy_distance", "mmd2_small"):
            sentences += judge(comparisons, model, other, metric, alpha)
    if losses is None:
        return sentences
    return [*sentences, *loss_excess(losses), *loss_trend(losses, alpha)]
