"""One metric by model and data set: each seed, the mean with its interval, the range of truth."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gen2d.figures.method_looks import look
from gen2d.figures.style import BLACK, GREY, panels, set_ticks, ticks_about_0, title
from gen2d.job import Job
from gen2d.metrics.status import DIVERGED
from gen2d.plan.figure_knobs import MetricsFigureKnobs

LINEAR_RANGE = 10  # widths of the band, beyond which an axis is logarithmic


def table(job: Job[MetricsFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, model and seed: value, status, and the cell's mean, low and high."""
    stacked = (job.table("metrics"), job.table("summary"))
    seeds, cells = (rows[rows["metric"] == job.knobs.metric] for rows in stacked)
    return seeds.merge(cells, on=["dataset", "model", "metric"])


def draw(table: pd.DataFrame, knobs: MetricsFigureKnobs) -> Figure:
    """One panel per data set with the metric, one line per model; lower is better.

    The grey band is the range of the seeds of the `truth` baseline: within it, this metric cannot
    distinguish a model from fresh true points. The axis is linear across the band and logarithmic
    beyond, if values reach far.
    """
    methods, titles = dict(knobs.methods), dict(knobs.titles)
    datasets = table["dataset"].unique()
    if not len(datasets):
        figure, (axes,) = panels(1, width=1.75, height=0.5, most=1)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "stated for no data set", ha="center", transform=axes.transAxes)
        return figure
    height = 0.16 * len(methods) + 0.6
    figure, grid = panels(
        len(datasets), width=1.75, height=height, most=4, margin=1.2, share_y=True
    )
    for axes, dataset in zip(grid, datasets, strict=True):
        _draw_cells(axes, table[table["dataset"] == dataset], methods, knobs.marker_size)
        axes.set_title(title(dataset))
        axes.set_yticks(range(len(methods)), [title(titles[model]) for model in methods])
    return figure


def _draw_cells(
    axes: plt.Axes, table: pd.DataFrame, methods: Mapping[str, str], marker_size: float
) -> None:
    """Draws one metric on one data set."""
    rows = table.set_index("model")
    values, statuses = rows["value"].astype(float), rows["status"]
    cells = table.drop_duplicates("model").set_index("model")
    null = values[[methods[model] == "truth" for model in values.index]].dropna()
    if len(null):
        axes.axvspan(null.min(), null.max(), color=GREY, alpha=0.25, linewidth=0)
    noise, sizes = (part[part > 0] for part in (null.abs(), values.abs()))
    linear = noise.max() if len(noise) else sizes.quantile(0.1)
    linear = linear if linear > 0 else 1.0  # also for NaN, if no value is finite
    if values.abs().max() > LINEAR_RANGE * linear:
        axes.set_xscale("symlog", linthresh=linear)
    axes.axvline(0, color=BLACK, linewidth=0.5)
    for y, (model, method) in enumerate(methods.items()):
        color, marker = look(method)
        if model not in cells.index:
            axes.text(0, y, " none stated", va="center", size=6, color=GREY)
            continue
        cell = cells.loc[model]
        seeds = values.loc[[model]].dropna()
        axes.plot(seeds, np.full(len(seeds), y), "|", color=color, alpha=0.4, markersize=5)
        if np.isnan(cell["mean"]):
            diverged = (statuses.loc[[model]] == DIVERGED).all()
            why = " diverged" if diverged else " infinite, or no number"
            axes.text(0, y, why, va="center", size=6, color=color)
            continue
        axes.plot([cell["low"], cell["high"]], [y, y], color=color, linewidth=1.2)
        axes.plot(cell["mean"], y, marker, color=color, markersize=marker_size)
    if axes.get_xscale() == "linear":
        low, high = min(0, values.min()), max(0, values.max())
        margin = 0.05 * (high - low) or 1.0
        axes.set_xlim(low - margin, high + margin)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.tick_params(axis="x", labelsize=6)
    else:
        low, high = np.fmin(1.5 * values.min(), -2 * linear), np.fmax(values.max(), linear)
        axes.set_xlim(low, 1.5 * high)  # intervals of few seeds may exceed the axis
        set_ticks(axes.xaxis, ticks_about_0(linear, values.min(), values.max()))
    axes.set_ylim(len(methods) - 0.5, -0.5)
