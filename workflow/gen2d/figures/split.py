"""Where the error of a score model comes from: metrics rung by rung."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLACK, BLUE, ORANGE, mark, ticks_about_0, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import with_intervals
from gen2d.plan.figure_knobs import SplitFigureKnobs

SHOWN = ("energy_distance", "mmd2_small")
LINES = {False: ("as they are", BLUE, "o"), True: ("denoised", ORANGE, "s")}


def table(job: Job[SplitFigureKnobs]) -> pd.DataFrame:
    """dataset, rung, denoised, metric, seed, value, note (why it is missing), mean, low, high."""
    values = pd.concat([table for _, table in job.tables("splits")])
    key = ["dataset", "rung", "denoised", "metric"]
    return with_intervals(values.astype({"value": float}), key, "value", job.knobs.level)


def draw(table: pd.DataFrame, knobs: SplitFigureKnobs) -> Figure:
    """A column a data set, a row a metric, a point a rung, in order; lower is better.

    Ticks are seeds, lines join the means, and bars are t-intervals. Axes are linear up to the least
    mean size of a rung, and logarithmic beyond.
    """
    datasets, rungs = table["dataset"].unique(), list(table["rung"].unique())
    size = (1.75 * max(len(datasets), 4), 1.6 * len(SHOWN) + 0.5)
    figure, grid = plt.subplots(len(SHOWN), len(datasets), figsize=size, sharex=True, squeeze=False)
    for row, metric in zip(grid, SHOWN, strict=True):
        for axes, dataset in zip(row, datasets, strict=True):
            part = table[(table["dataset"] == dataset) & (table["metric"] == metric)]
            known = part.dropna(subset="value")
            if not len(known):
                note = part["note"].iloc[0]
                axes.text(0.5, 0.5, note, ha="center", size=6, transform=axes.transAxes)
                axes.set_yticks([])
                continue
            part = known
            axes.axhline(0, color=BLACK, linewidth=0.5)
            for denoised, rows in part.groupby("denoised"):
                _, color, marker = LINES[denoised]
                x = rows["rung"].map(rungs.index)
                axes.plot(x, rows["value"], "_", color=color, alpha=0.4, markersize=5)
                means = rows.drop_duplicates("rung")
                errors = [means["mean"] - means["low"], means["high"] - means["mean"]]
                axes.errorbar(
                    means["rung"].map(rungs.index),
                    means["mean"],
                    yerr=errors,
                    color=color,
                    marker=marker,
                    markersize=knobs.marker_size,
                    linewidth=1.0,
                )
            values = part["value"]
            linear = values.abs().groupby(part["rung"]).mean().min()
            axes.set_yscale("symlog", linthresh=linear)
            mark(axes.yaxis, ticks_about_0(linear, values.min(), values.max()))
        row[0].set_ylabel(METRICS[metric].axis)
    for axes, dataset in zip(grid[0], datasets, strict=True):
        axes.set_title(title(dataset))
    for axes in grid[-1]:
        labels = [rungs[0], *(f"+ {rung}" for rung in rungs[1:])]
        axes.set_xticks(range(len(rungs)), labels, rotation=40, ha="right", size=6)
    handles = [
        plt.Line2D([], [], color=color, marker=marker, markersize=knobs.marker_size, label=label)
        for label, color, marker in LINES.values()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure
