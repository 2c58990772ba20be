"""Quality against cost: what a model's samples are worth, and what they take."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.method_looks import markers
from gen2d.figures.style import GREY, few_ticks, mark, ticks_about_0, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.plan.figure_knobs import CostFigureKnobs

COSTS = {"seconds": "seconds a seed", "evaluations": "network evaluations a sample"}
COLUMNS = ["dataset", "model", "mmd2_small", "mmd2_small_low", "mmd2_small_high", *COSTS]


def table(job: Job[CostFigureKnobs]) -> pd.DataFrame:
    """The verdicts' columns that are shown, a row a data set and model."""
    return job.table("verdicts")[COLUMNS]


def draw(table: pd.DataFrame, knobs: CostFigureKnobs) -> Figure:
    """A row a cost, a column a data set, a marker a model; lower and further left is better.

    The vertical axis is the mean MMD at the smallest bandwidth with its t-interval, linear within
    that of the `truth` baseline, which is grey, and logarithmic beyond. What a model does not
    state, or has none of, is left out.
    """
    methods = dict(knobs.methods)
    datasets = list(table["dataset"].unique())
    size = 1.75 * max(len(datasets), 4), 1.9 * len(COSTS) + 0.14 * len(methods) / 4 + 0.3
    figure, grid = plt.subplots(len(COSTS), len(datasets), figsize=size, squeeze=False)
    shown = {}
    for row, (cost, name) in zip(grid, COSTS.items(), strict=True):
        for axes, dataset in zip(row, datasets, strict=True):
            cells = table[table["dataset"] == dataset].set_index("model")
            shown |= _draw_cells(axes, cells, cost, methods, knobs.marker_size)
            axes.set_xlabel(name, size=6)
            axes.set_title(title(dataset))
        row[0].set_ylabel(METRICS["mmd2_small"].axis)
    titles = dict(knobs.titles)
    lines = {title(titles[model]): shown[model] for model in methods if model in shown}
    if lines:
        figure.legend(lines.values(), lines, loc="outside lower center", ncols=4, fontsize=6)
    return figure


def _draw_cells(
    axes: plt.Axes, cells: pd.DataFrame, cost: str, methods: Mapping[str, str], marker_size: float
) -> dict[str, plt.Line2D]:
    """The models of one data set; returns the marker of each."""
    stated = cells[cells["mmd2_small"].notna() & (cells[cost] > 0)]
    if stated.empty:
        axes.text(0.5, 0.5, "none stated", ha="center", transform=axes.transAxes)
        return {}
    intervals = cells[["mmd2_small_low", "mmd2_small_high"]]
    null = intervals[[methods[model] == "truth" for model in cells.index]].dropna()
    for low, high in null.to_numpy():
        axes.axhspan(low, high, color=GREY, alpha=0.25, linewidth=0)
    noise, sizes = null.abs().max(axis=None), stated["mmd2_small"].abs()
    linear = noise if noise > 0 else sizes.quantile(0.1)
    linear = linear if linear > 0 else 1.0
    axes.set_yscale("symlog", linthresh=linear)
    axes.set_xscale("log")
    shown, looks = {}, markers(methods)
    for model, cell in stated.iterrows():
        marker = looks[model]
        axes.plot([cell[cost]] * 2, intervals.loc[model], color=marker["color"], linewidth=1.0)
        (shown[model],) = axes.plot(
            cell[cost], cell["mmd2_small"], linestyle="", markersize=marker_size, **marker
        )
    least, most = stated[cost].min(), stated[cost].max()
    mark(axes.xaxis, few_ticks(least, most))
    axes.set_xlim(least / 1.5, most * 1.5)
    values = stated["mmd2_small"]
    mark(axes.yaxis, ticks_about_0(linear, values.min(), values.max()))
    return shown
