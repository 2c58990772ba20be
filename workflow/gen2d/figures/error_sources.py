"""Sources of the error of score models: one bar per model and data set, cut by source."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from gen2d.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LONGEST,
    ORANGE,
    SKY,
    saying,
    title,
    wrapped,
)
from gen2d.job import Job
from gen2d.metrics.statistics import holm, paired_test
from gen2d.plan.figure_knobs import ErrorSourcesFigureKnobs

SHOWN = {"mmd2_small": "MMD²", "energy_distance": "energy distance"}
"""Metrics that are split by source, and the titles of their rows."""
SOURCES = {"smoothing": SKY, "discretisation": ORANGE, "mixing": GREEN, "network": BLUE}
ON_LIGHT = ("smoothing", "discretisation")  # have black names on their colours
PALE = 0.3  # opacity of parts that no test shows
STEPS = ["model", "metric", "dataset", "source", "total", "step", "low", "high", "p"]
COLUMNS = ["dataset", "model", "source", "denoised", "own", "metric", "seed", "value", "note"]
COLUMNS += ["total", "step", "low", "high", "p", "p_holm", "unit"]


def table(job: Job[ErrorSourcesFigureKnobs]) -> pd.DataFrame:
    """Errors by seed and source, with the columns of `steps`.

    `unit` is the mean error of a kernel density estimate, missing unless it is positive.
    """
    parts, summary = [part for _, part in job.tables("errors")], job.table("summary")
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    values = pd.concat(parts, ignore_index=True).astype({"value": float})
    unit = summary[summary["model"] == job.knobs.kde].set_index(["dataset", "metric"])["mean"]
    unit = unit[unit.astype(float) > 0].rename("unit").astype(float).reset_index()
    found = steps(values, job.knobs.confidence).assign(own=True)
    key = ["model", "metric", "dataset", "source", "own"]
    return values.merge(found, "left", key).merge(unit, "left", ["dataset", "metric"])[COLUMNS]


def steps(values: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Error that each source adds to a model's own samples: columns `STEPS` and p_holm.

    Paired t-tests over seeds compare the first source with 0, the mean for two samples of one law,
    and each later source with the one before. p-values are adjusted by Holm's method over the data
    sets of a model, metric and source. Only seeds with a value for every source are used, so that
    the steps add up to the total.

    Args:
        values: dataset, model, source, own, seed, metric, value.
        confidence: coverage of the intervals.
    """
    rows = []
    own = values[values["own"] & values["metric"].isin(SHOWN)]
    for key, part in own.groupby(["model", "metric", "dataset"], sort=False):
        wide = part.pivot(index="seed", columns="source", values="value").astype(float).dropna()
        before = np.zeros(len(wide))
        for source in part["source"].unique():
            after = wide[source].to_numpy()
            rows.append(
                (*key, source, wide[source].mean(), *paired_test(after, before, confidence)[1:])
            )
            before = after
    found = pd.DataFrame(rows, columns=STEPS)
    families = found.groupby(["model", "metric", "source"])["p"]
    return found.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())))


def draw(table: pd.DataFrame, knobs: ErrorSourcesFigureKnobs) -> Figure:
    """One column per data set, one block of rows per metric, one bar per model; of equal lengths.

    A bar is cut by source. A part is what the source adds; it lies left of 0 if the source reduces
    the error, and is pale if no test shows it. At the right is the error, in units of a kernel
    density estimate's if there is one, else times 1000.
    """
    titles = dict(knobs.titles)
    models = [model for model in titles if (table["model"] == model).any()]
    if not models:
        return saying("no model's error can be split")
    datasets = list(table["dataset"].unique())
    names = [wrapped(titles[model]) for model in models]
    lines = sum(name.count("\n") + 1 for name in names)
    height = len(SHOWN) * max(0.1 * len(models) + 0.13 * lines + 0.25, 0.95) + 0.7
    figure, grid = plt.subplots(
        len(SHOWN),
        len(datasets),
        figsize=(7.0, min(height, 7.0 * LONGEST)),
        sharex="col",
        sharey=True,
        squeeze=False,
    )
    shown_rows = table.drop_duplicates(["dataset", "model", "metric", "source", "own"])
    shown_rows = shown_rows[shown_rows["own"].astype(bool)]
    named: list[tuple[Text, float]] = []
    for row, metric in zip(grid, SHOWN, strict=True):
        for axes, dataset in zip(row, datasets, strict=True):
            part = shown_rows[(shown_rows["metric"] == metric) & (shown_rows["dataset"] == dataset)]
            axes.axvline(0, color=BLACK, linewidth=0.6)
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            for place, model in enumerate(models):
                rows = part[part["model"] == model]
                named += _draw_bar(axes, place, rows, round(1 - knobs.confidence, 10))
        row[0].set_yticks(range(len(models)), names)
        row[0].set_ylim(len(models) - 0.4, -0.6)
        row[0].set_ylabel(SHOWN[metric])
    for axes, dataset in zip(grid[0], datasets, strict=True):
        axes.set_title(wrapped(dataset) if len(datasets) > 4 else title(dataset))
        axes.set_xlim(min(axes.get_xlim()[0], -2.0), 102)
    for axes in grid[-1]:
        axes.set_xticks([0, 50, 100] if len(datasets) <= 4 else [0, 100])
    figure.supxlabel("sizes of the parts of the error, % of their sum", size=8)
    key = [Line2D([], [], color=colour, label=source) for source, colour in SOURCES.items()]
    words = {"labelcolor": "linecolor", "handlelength": 0, "handletextpad": 0, "fontsize": 9}
    figure.legend(handles=key, loc="outside upper center", ncols=len(key), **words)
    figure.draw_without_rendering()  # fixes the width of the bars
    _keep_names_that_fit(named)
    return figure


def _draw_bar(
    axes: plt.Axes, place: int, rows: pd.DataFrame, alpha: float
) -> list[tuple[Text, float]]:
    """Draws the parts of one error and its value; returns the parts' names and widths."""
    sizes = rows["step"].abs().sum()
    if not sizes > 0:
        note = next(iter(rows["note"].dropna()), "not known")
        axes.text(1, place, note, size=8, va="center", color=GREY)
        return []
    named = []
    ends = {True: 0.0, False: 0.0}  # of the parts drawn so far, on both sides of 0
    for row in rows.itertuples():
        share = 100 * row.step / sizes
        shown = row.p_holm < alpha
        style = {"color": SOURCES[row.source], "alpha": 1.0 if shown else PALE, "linewidth": 0}
        axes.barh(place, share, left=ends[share > 0], height=0.7, **style)
        if shown:
            middle = ends[share > 0] + share / 2
            place_of = {"ha": "center", "va": "center_baseline", "size": 8}
            colour = BLACK if row.source in ON_LIGHT else "white"
            text = axes.text(middle, place, row.source, **place_of, color=colour)
            named.append((text, abs(share)))
        ends[share > 0] += share
    total, unit = rows["total"].iloc[-1], rows["unit"].iloc[-1]
    error = 1e3 * total if np.isnan(unit) else total / unit
    number = f"{error:.2g}" if abs(error) < 100 else f"{error:.0f}"
    number += "" if np.isnan(unit) else " ×"
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "xytext": (2, 0)}
    beside |= {"textcoords": "offset points", "va": "center", "size": 8}
    axes.annotate(number.replace("-", "−"), (1.0, place), **beside, annotation_clip=False)
    return named


def _keep_names_that_fit(named: list[tuple[Text, float]]) -> None:
    """Removes names of sources that are wider than their part of the bar."""
    for text, share in named:
        assert text.axes
        low, high = text.axes.get_xlim()
        room = share / (high - low) * text.axes.get_window_extent().width
        if text.get_window_extent().width > 0.95 * room:
            text.remove()
