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
    models = list(methods)
    figure, grid = plt.subplots(
        len(names),
        len(datasets),
        figsize=(1.75 * max(len(datasets), 2) + 0.8, len(names) * (0.19 * len(models) + 0.75)),
        sharey=True,
        squeeze=False,
    )
    for row, metric in zip(grid, names, strict=True):
        for axes, dataset in zip(row, datasets, strict=True):
            here = (metrics["dataset"] == dataset) & (metrics["metric"] == metric)
            values = metrics[here].set_index("model")["value"].astype(float)
            cells = summary[(summary["dataset"] == dataset) & (summary["metric"] == metric)]
            cells = cells.set_index("model")
            floors = [model for model, method in methods.items() if method == "truth"]
            null = values.loc[values.index.isin(floors)].dropna()
            if len(null):
                axes.axvspan(null.min(), null.max(), color=GREY, alpha=0.25, linewidth=0)
            finite = (null if len(null) else values.dropna()).abs()
            axes.set_xscale("symlog", linthresh=max(finite.max(), 1e-9) if len(finite) else 1)
            axes.axvline(0, color=BLACK, linewidth=0.5)
            for y, (model, method) in enumerate(methods.items()):
                color = COLORS.get(method, BLACK)
                seeds = values.loc[[model]].dropna()
                axes.plot(seeds, np.full(len(seeds), y), "|", color=color, alpha=0.4, markersize=5)
                cell = cells.loc[model]
                if np.isnan(cell["mean"]):
                    axes.text(0, y, " diverged", va="center", size=6, color=color)
                    continue
                axes.plot([cell["low"], cell["high"]], [y, y], color=color, linewidth=1.2)
                marker = MARKERS.get(method, "o")
                axes.plot(cell["mean"], y, marker, color=color, markersize=marker_size)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.tick_params(axis="x", labelsize=6, rotation=45)
            axes.set_ylim(len(models) - 0.5, -0.5)
            axes.set_yticks(range(len(models)), [title(model) for model in models])
        row[0].set_title(LABELS.get(metric, title(metric)), loc="left", fontweight="bold")
    for axes, dataset in zip(grid[0], datasets, strict=True):
        axes.set_title(title(dataset), loc="right")
    return figure
