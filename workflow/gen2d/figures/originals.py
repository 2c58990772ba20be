"""A training loss in the form of a published figure, beside the published final value."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, ORANGE, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import OriginalsFigureKnobs

REACH = 0.02  # share of the records that an axis may leave out, half at each end


def table(job: Job[OriginalsFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, seed and step: loss, and the original's final value, low and high.

    The loss is the mean training loss since the last record, times the original's factor. The final
    value is missing if it is unknown.
    """
    shown, parts = job.knobs.shown, []
    for cell, losses in job.tables("losses"):
        low, high = shown.get(cell["dataset"], (np.nan, np.nan))
        loss = job.knobs.factor * losses["loss_train"].astype(float)
        row = {"dataset": cell["dataset"], "loss": loss, "low": low, "high": high}
        parts.append(losses.assign(**row)[["dataset", "seed", "step", "loss", "low", "high"]])
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, knobs: OriginalsFigureKnobs) -> Figure:
    """One column per data set, on linear axes: every seed faint, the first strong.

    The bar at the right spans the original's final value, up to the precision of reading it.
    """
    datasets = table["dataset"].unique()
    size = 1.75 * max(len(datasets), 4), 1.9
    figure, (row,) = plt.subplots(1, len(datasets), figsize=size, sharex=True, squeeze=False)
    for axes, dataset in zip(row, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        wide = part.pivot(index="step", columns="seed", values="loss")
        axes.plot(wide.index, wide, color=BLUE, alpha=0.2, linewidth=0.4)
        axes.plot(wide.index, wide.iloc[:, 0], color=BLUE, linewidth=1.0)
        end, (low, high) = wide.index.max(), part[["low", "high"]].iloc[0]
        finite = part["loss"][np.isfinite(part["loss"])]
        if len(finite):
            least, most = np.quantile(finite, [REACH / 2, 1 - REACH / 2])
            least, most = np.fmin(least, low), np.fmax(most, high)
            margin = 0.08 * (most - least) or 1.0
            axes.set_ylim(least - margin, most + margin)
        if not np.isnan(low):
            axes.plot([1.04 * end] * 2, [low, high], color=ORANGE, linewidth=3, clip_on=False)
        axes.set_title(title(dataset))
        axes.set_xlabel("optimiser step")
    row[0].set_ylabel(knobs.label)
    return figure
