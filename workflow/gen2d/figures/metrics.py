"""Metrics of every model on every data set: each seed, the mean with its interval, the floors."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from gen2d.figures.style import BLACK, COLORS, GREY, MARKERS, title

LABELS = {
    "energy_distance": "energy distance",
    "mmd2_small": "MMD², smallest bandwidth",
    "mmd2_ladder": "MMD², mean over bandwidths",
    "off_support": "share of samples off the support",
}


def draw(
    metrics: pd.DataFrame,
    summary: pd.DataFrame,
    methods: Mapping[str, str],
    marker_size: float,
) -> Figure:
    """A row a metric, a column a data set, a line a model; lower is better.

    The grey band is the range of the seeds of the `truth` baseline: within it a model cannot be
    told from fresh true points by this metric. The axis is linear across that band, and logarithmic
    beyond.

    Args:
        metrics: dataset, model, seed, metric, value.
        summary: dataset, model, metric, mean, low, high.
        methods: method of each model, in the order of the lines.
        marker_size: diameter of a mean's marker, in points.
    """
    datasets, names = metrics["dataset"].unique(), metrics["metric"].unique()
    height = 0.19 * len(methods) + 0.8
    figure = plt.figure(figsize=(1.75 * max(len(datasets), 2) + 0.8, height * len(names)))
    bands = figure.subfigures(len(names), 1, squeeze=False)[:, 0]
    for band, name in zip(bands, names, strict=True):
        band.suptitle(LABELS.get(name, title(name)), fontweight="bold")
        row = band.subplots(1, len(datasets), sharey=True, squeeze=False)[0]
        for axes, dataset in zip(row, datasets, strict=True):
            values, cells = (
                table[(table["dataset"] == dataset) & (table["metric"] == name)].set_index("model")
                for table in (metrics, summary)
            )
            axes.set_title(title(dataset))
            if values.empty:
                axes.set_axis_off()
                axes.text(
                    0.5, 0.5, "no bounded support known", ha="center", transform=axes.transAxes
                )
                continue
            _draw_cells(axes, values["value"].astype(float), cells, methods, marker_size)
    return figure


def _draw_cells(
    axes: plt.Axes,
    values: pd.Series,
    cells: pd.DataFrame,
    methods: Mapping[str, str],
    marker_size: float,
) -> None:
    """One metric on one data set: values of the seeds and their summary, by model."""
    null = values[[methods[model] == "truth" for model in values.index]].dropna()
    if len(null):
        axes.axvspan(null.min(), null.max(), color=GREY, alpha=0.25, linewidth=0)
    noise, sizes = (part[part > 0] for part in (null.abs(), values.abs()))
    linear = noise.max() if len(noise) else sizes.min()
    linear = linear if linear > 0 else 1.0  # not so for NaN, where no value is finite
    axes.set_xscale("symlog", linthresh=linear)
    axes.axvline(0, color=BLACK, linewidth=0.5)
    for y, (model, method) in enumerate(methods.items()):
        color, cell = COLORS.get(method, BLACK), cells.loc[model]
        seeds = values.loc[[model]].dropna()
        axes.plot(seeds, np.full(len(seeds), y), "|", color=color, alpha=0.4, markersize=5)
        if np.isnan(cell["mean"]):
            axes.text(0, y, " diverged", va="center", size=6, color=color)
            continue
        axes.plot([cell["low"], cell["high"]], [y, y], color=color, linewidth=1.2)
        axes.plot(cell["mean"], y, MARKERS.get(method, "o"), color=color, markersize=marker_size)
    top = np.fmax(values.max(), linear)
    decades = 10.0 ** np.arange(np.ceil(np.log10(linear)), np.ceil(np.log10(top)) + 1)
    axes.set_xticks([0, *decades])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelsize=6)
    axes.set_xlim(-2 * linear, 1.5 * top)  # an interval of few seeds may reach beyond
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.set_yticks(range(len(methods)), [title(model) for model in methods])
