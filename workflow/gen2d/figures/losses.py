"""Training and hold-out losses of one model on every data set, with the exact floor."""

import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLACK, BLUE, ORANGE, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import LossesFigureKnobs

SPREADS = 5  # range of an axis around the median, in distances between the outer tenths
CURVES = {"loss_train": ("training", BLUE), "loss_holdout": ("hold-out", ORANGE)}
# method -> the least possible loss, from the exact quantities at the model's noise level
FLOORS: dict[str, Callable[[pd.Series], float]] = {
    "dsm_single": lambda known: known.get("dsm_loss_floor", math.nan),
    "sm_single": lambda known: -known.get("fisher_information", math.nan),
}


def table(job: Job[LossesFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, seed and step: loss_train, loss_holdout and floor.

    The floor is missing if it is unknown.
    """
    parts = []
    floor_of = FLOORS.get(job.knobs.method, lambda known: math.nan)
    for cell, known in job.tables("exact"):
        known = known[known["noise_level"] == job.knobs.noise_level].set_index("quantity")["value"]
        blocks = [losses for _, losses in job.tables("losses", **cell)]
        parts.append(pd.concat(blocks).assign(**cell, floor=floor_of(known)))
    columns = ["dataset", "seed", "step", "loss_train", "loss_holdout", "floor"]
    return pd.concat(parts, ignore_index=True)[columns].astype({"floor": float})


def draw(table: pd.DataFrame, knobs: LossesFigureKnobs) -> Figure:
    """One column per data set: the losses, and below, on a log axis, their excess over the floor.

    Without any known floor there is no lower row. Medians are opaque.
    """
    datasets = table["dataset"].unique()
    with_floor = bool(table["floor"].notna().any())
    n_rows = 2 if with_floor else 1
    figure, grid = plt.subplots(
        n_rows,
        len(datasets),
        figsize=(1.75 * max(len(datasets), 4), 1.7 * n_rows + 0.3),
        sharex=True,
        squeeze=False,
    )
    for column, dataset in zip(grid.T, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        floor = part["floor"].iloc[0]
        axes = column[0]
        axes.set_title(title(dataset))
        _draw_seeds(axes, part, 0.0, knobs.seed_opacity)
        finite = part[list(CURVES)].to_numpy()
        finite = finite[np.isfinite(finite)]
        if len(finite):
            # The first steps and single spikes would flatten the rest of the curve.
            least, lower, middle, upper, most = np.quantile(finite, [0.002, 0.1, 0.5, 0.9, 0.998])
            reach = SPREADS * (upper - lower)
            low, high = np.fmin(max(least, middle - reach), floor), min(most, middle + reach)
            margin = 0.06 * (high - low) or 1.0
            axes.set_ylim(low - margin, high + margin)
        else:
            axes.text(0.5, 0.5, "every seed diverged", ha="center", transform=axes.transAxes)
        if with_floor and np.isnan(floor):
            note = "no floor is known"
            column[1].text(0.5, 0.5, note, ha="center", transform=column[1].transAxes)
            column[1].set_yticks([])
        elif with_floor:
            axes.axhline(floor, color=BLACK, linestyle="--", linewidth=0.9)
            _draw_seeds(column[1], part, floor, knobs.seed_opacity)
            column[1].set_yscale("log", nonpositive="mask")
        column[-1].set_xlabel("optimiser step")
    grid[0, 0].set_ylabel("loss")
    if with_floor:
        grid[1, 0].set_ylabel("loss - exact floor")
    lines = [plt.Line2D([], [], color=color, label=name) for name, color in CURVES.values()]
    if with_floor:
        lines.append(plt.Line2D([], [], color=BLACK, linestyle="--", label="exact floor"))
    figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))
    return figure


def _draw_seeds(axes: plt.Axes, table: pd.DataFrame, offset: float, opacity: float) -> None:
    for column, (_, color) in CURVES.items():
        wide = table.pivot(index="step", columns="seed", values=column) - offset
        marker = "." if len(wide) == 1 else None  # a single record has no line
        axes.plot(wide.index, wide, color=color, alpha=opacity, linewidth=0.4, marker=marker)
        axes.plot(wide.index, wide.median(axis=1), color=color, linewidth=1.2, marker=marker)
