"""Metrics of one model against the values of one of its keys, beside the floors."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from gen2d.figures.method_looks import look
from gen2d.figures.style import GREY, mark, ticks_about_0, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import with_intervals
from gen2d.plan.page_knobs import SweepFigureKnobs

SHOWN = ("energy_distance", "mmd2_small", "total_variation", "off_support")
FLOOR = {"linestyle": "--", "linewidth": 0.9}
LOG_RANGE = 5  # values that span a factor of more are on a log axis


def positions(values: list) -> tuple[np.ndarray, bool]:
    """Where values lie on an axis [V], and whether it is logarithmic; lists are evenly spaced."""
    if not all(isinstance(value, int | float) for value in values):
        return np.arange(len(values), dtype=float), False
    numbers = np.array(values, dtype=float)
    return numbers, bool(numbers.min() > 0 and numbers.max() > LOG_RANGE * numbers.min())


def table(job: Job[SweepFigureKnobs]) -> pd.DataFrame:
    """dataset, model, place, value, metric, seed, score, mean, low and high.

    The place is that of the value among the sweep's, missing for models of none.
    """
    knobs, sweep = job.knobs, job.knobs.sweep
    parts = []
    for shown in sweep.cells:
        text = "" if shown.place is None else sweep.labels[shown.place]
        own = {"dataset": shown.dataset, "model": shown.model, "place": shown.place, "value": text}
        for _, table in job.tables("metrics", dataset=shown.cell_dataset, model=shown.cell_model):
            measured = table[table["metric"].isin(SHOWN)].rename(columns={"value": "score"})
            parts.append(measured.assign(**own))
    scores = pd.concat(parts, ignore_index=True).astype({"place": float, "score": float})
    key = ["dataset", "model", "place", "metric"]
    return with_intervals(scores[[*key, "value", "seed", "score"]], key, "score", knobs.level)


def draw(table: pd.DataFrame, knobs: SweepFigureKnobs) -> Figure:
    """A column a data set, a row a metric that any of them has; lower is better.

    Ticks are seeds, lines join the means, and bars are t-intervals. The grey band is the range of
    the seeds of the `truth` baseline. Floors without a value of their own are dashed lines.
    """
    methods, titles, sweep = dict(knobs.methods), dict(knobs.titles), knobs.sweep
    datasets = table["dataset"].unique()
    metrics = [metric for metric in SHOWN if metric in set(table["metric"])]
    size = (1.7 * max(len(datasets), 4), 1.4 * len(metrics) + 0.5)
    figure, grid = plt.subplots(
        len(metrics), len(datasets), figsize=size, sharex=True, sharey="row", squeeze=False
    )
    places, is_log = positions(sweep.values)
    for row, metric in zip(grid, metrics, strict=True):
        of_metric = table[table["metric"] == metric]
        null = of_metric[of_metric["model"].map(methods) == "truth"]["score"].dropna()
        linear = null.abs().max() if len(null) else of_metric["score"].abs().quantile(0.1)
        for axes, dataset in zip(row, datasets, strict=True):
            part = of_metric[of_metric["dataset"] == dataset]
            if part.empty:
                axes.text(0.5, 0.5, "none stated", ha="center", size=6, transform=axes.transAxes)
                continue
            _draw_panel(axes, part, places, methods, knobs.marker_size)
            if of_metric["score"].min() < 0:  # unbiased, and so on both sides of 0
                linear = linear if linear > 0 else 1.0
                axes.set_yscale("symlog", linthresh=linear)
                scores = of_metric["score"]
                mark(axes.yaxis, ticks_about_0(linear, scores.min(), scores.max()))
        row[0].set_ylabel(METRICS[metric].axis)
    for axes, dataset in zip(grid[0], datasets, strict=True):
        axes.set_title(title(dataset))
    for axes in grid[-1]:
        if is_log:
            axes.set_xscale("log")
        axes.set_xticks(places, sweep.labels)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(sweep.key)
    handles = []
    for model, rows in table.groupby("model", sort=False):
        color, marker = look(methods[model])
        at_no_value = rows["place"].isna().all()
        line = FLOOR if at_no_value else {"marker": marker, "markersize": knobs.marker_size}
        if methods[model] != "truth":
            handles.append(plt.Line2D([], [], color=color, label=title(titles[model]), **line))
    if "truth" in {methods[model] for model in table["model"]}:
        band = plt.Rectangle((0, 0), 1, 1, color=GREY, alpha=0.25, label="fresh true samples")
        handles.append(band)
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def _draw_panel(
    axes: plt.Axes,
    part: pd.DataFrame,
    places: np.ndarray,
    methods: Mapping[str, str],
    marker_size: float,
) -> None:
    """One metric on one data set."""
    for model, rows in part.groupby("model", sort=False):
        method = methods[model]
        color, marker = look(method)
        if method == "truth":
            null = rows["score"].dropna()
            if len(null):
                axes.axhspan(null.min(), null.max(), color=GREY, alpha=0.25, linewidth=0)
            continue
        if rows["place"].isna().all():
            axes.axhline(rows["mean"].iloc[0], color=color, **FLOOR)
            continue
        rows = rows.sort_values("place")
        x = places[rows["place"].astype(int)]
        axes.plot(x, rows["score"], "_", color=color, alpha=0.4, markersize=5)
        means = rows.drop_duplicates("place")
        x = places[means["place"].astype(int)]
        order = np.argsort(x)
        mean, low, high = (means[name].to_numpy()[order] for name in ("mean", "low", "high"))
        axes.errorbar(
            x[order],
            mean,
            yerr=[mean - low, high - mean],
            color=color,
            marker=marker,
            markersize=marker_size,
            linewidth=1.0,
        )
