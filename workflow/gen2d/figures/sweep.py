"""Quality of models over the values of one swept key, beside baselines."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from gen2d.figures.method_looks import look
from gen2d.figures.naming import spread
from gen2d.figures.style import GREY, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import skill, with_intervals
from gen2d.plan.figure_knobs import SweepFigureKnobs
from gen2d.plan.sweeps import BESIDE, JUDGED, SKILL

KEY = ["dataset", "model", "place", "metric"]
PANEL = 3.3, 1.7  # width and height of a panel, inches
LOG_RANGE = 5  # ratios and divergences that span a larger factor have a log axis
DODGE = 0.015  # share of the axis between the markers of two models at one value
LINE = 9.0  # distance between two names, points


def positions(values: list[object]) -> tuple[np.ndarray, bool]:
    """Positions [V] of values on an axis, and whether the axis is logarithmic.

    It is logarithmic for positive numbers. Values that are not numbers are evenly spaced.
    """
    if not all(type(value) in (int, float) for value in values):
        return np.arange(len(values), dtype=float), False
    numbers = np.array(values, dtype=float)
    return numbers, bool(numbers.min() > 0)


def table(job: Job[SweepFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, model, place, metric and seed: value, score, mean, low and high.

    The place is the index of the swept value. Metrics are MMD² at the smallest bandwidth, which the
    report tests; `skill`, if a Gaussian can be its unit; and the first of `BESIDE` that a swept
    model has on the data set.
    """
    knobs, sweep, parts = job.knobs, job.knobs.sweep, []
    for shown in sweep.cells:
        own = {n: getattr(shown, n) for n in ("dataset", "model", "place", "value")}
        for name in ("metrics", "likelihood"):
            for _, measured in job.tables(name, dataset=shown.cell_dataset, model=shown.cell_model):
                parts.append(measured.rename(columns={"value": "score"}).assign(**own))
    scores = pd.concat(parts, ignore_index=True).astype({"score": float})
    kept = [
        rows[rows["metric"].isin((JUDGED, _beside(rows, sweep.models)))]
        for _, rows in scores.groupby("dataset", sort=False)
    ]
    scores = pd.concat(kept)[[*KEY, "value", "seed", "score"]]
    gaussian = next((name for name, method in knobs.methods if method == "gaussian"), "")
    is_unit = scores["model"] == gaussian
    unit = scores[is_unit & (scores["metric"] == JUDGED)]
    scores = with_intervals(scores[~is_unit], KEY, "score", knobs.confidence)
    return pd.concat([*_skills(scores, unit, knobs.confidence), scores], ignore_index=True)


def _beside(scores: pd.DataFrame, models: list[str]) -> str:
    """The metric shown beside the skill on a data set."""
    known = scores[scores["model"].isin(models)].dropna(subset="score")["metric"]
    return next((metric for metric in BESIDE if metric in set(known)), BESIDE[-1])


def _skills(scores: pd.DataFrame, unit: pd.DataFrame, confidence: float) -> list[pd.DataFrame]:
    """Skills in percent by model and value, wherever the Gaussian can be the unit."""
    found = []
    judged = scores[scores["metric"] == JUDGED]
    for (dataset, place), rows in judged.groupby(["dataset", "place"], sort=False):
        here = unit[(unit["dataset"] == dataset) & (unit["place"] == place)]
        for _, of_model in rows.groupby("model", sort=False):
            pairs = of_model.merge(here, on="seed", suffixes=("", "_unit"))
            pairs = pairs.dropna(subset=["score", "score_unit"])
            of_unit = pairs["score_unit"].to_numpy()
            mean, low, high = skill(pairs["score"].to_numpy(), of_unit, confidence)
            if np.isfinite(mean):
                seeds = 100 * (1 - of_model["score"] / of_unit.mean())
                own = {"metric": SKILL, "score": seeds, "mean": mean, "low": low, "high": high}
                found.append(of_model.assign(**own))
    return found


def draw(table: pd.DataFrame, knobs: SweepFigureKnobs) -> Figure:
    """One row per data set: left the skill, or MMD² without a Gaussian; right one more metric.

    Lines join means, bars are t-intervals, names are at the ends of lines. The grey band is the
    range of the seeds of the `truth` baseline.
    """
    datasets, sweep = table["dataset"].unique(), knobs.sweep
    size = 2 * PANEL[0], PANEL[1] * len(datasets) + 0.4
    figure, grid = plt.subplots(len(datasets), 2, figsize=size, sharex=True, squeeze=False)
    places, is_log = positions(sweep.values)
    for row, dataset in zip(grid, datasets, strict=True):
        of_dataset = table[table["dataset"] == dataset]
        metrics = list(of_dataset["metric"].unique())
        first = SKILL if SKILL in metrics else JUDGED
        second = next((metric for metric in BESIDE if metric in metrics), None)
        row[0].set_title(title(dataset), loc="left")
        for axes, metric in zip(row, (first, second), strict=True):
            if is_log:
                axes.set_xscale("log")
            axes.set_xticks(places, sweep.labels)
            axes.xaxis.set_minor_locator(NullLocator())
            part = of_dataset[of_dataset["metric"] == metric].dropna(subset="score")
            if part.empty:
                axes.text(0.5, 0.5, "no seed is finite", ha="center", transform=axes.transAxes)
                continue
            axes.set_ylabel(_label(str(metric)))
            _draw_panel(axes, part, places, knobs)
    own = ", multiples of each model's own" if sweep.is_multiple else ""
    figure.supxlabel(f"{sweep.noun}{own}", size=8)
    return figure


def _label(metric: str) -> str:
    """The label of a metric's axis, no longer than a panel is high."""
    if metric == SKILL:
        return "skill, %"
    known = METRICS[metric]
    return f"{known.short}, {known.unit}" if known.of_density else known.axis


def _draw_panel(
    axes: plt.Axes, part: pd.DataFrame, places: np.ndarray, knobs: SweepFigureKnobs
) -> None:
    """Draws one metric on one data set."""
    methods, titles = dict(knobs.methods), dict(knobs.titles)
    ends: dict[str, tuple[float, str]] = {}
    lines = part.drop_duplicates(["model", "place"]).sort_values("place")
    models = part["model"].unique()
    drawn = lines[lines["model"].map(methods) != "truth"]
    for i, model in enumerate(models):
        name, (color, marker) = title(titles[model]), look(methods[model])
        if methods[model] == "truth":
            seeds = part[part["model"] == model]["score"]
            axes.axhspan(seeds.min(), seeds.max(), color=GREY, alpha=0.25, linewidth=0)
            ends[name] = float(seeds.mean()), GREY
            continue
        rows = lines[lines["model"] == model]
        along = np.log(places) if axes.get_xscale() == "log" else places
        along = along + DODGE * np.ptp(along) * (i - (len(models) - 1) / 2)
        x = np.exp(along) if axes.get_xscale() == "log" else along
        axes.errorbar(
            x[rows["place"]],
            rows["mean"],
            yerr=[rows["mean"] - rows["low"], rows["high"] - rows["mean"]],
            color=color,
            marker=marker,
            markersize=knobs.marker_size,
            linewidth=1.0,
        )
        ends[name] = float(rows["mean"].iloc[-1]), color
    _scale(axes, part["metric"].iloc[0], drawn[["mean", "low", "high"]])
    _name_ends(axes, ends)


def _scale(axes: plt.Axes, metric: str, drawn: pd.DataFrame) -> None:
    """Sets scale and ticks: logarithmic in a divergence, or in 100 - skill."""
    left = 100 - drawn if metric == SKILL else drawn
    least, most = left["mean"].min() / 2, 1.3 * np.nanmax(left)
    is_ratio = metric in (SKILL, "kl") and least > 0
    if not is_ratio or left["mean"].max() <= LOG_RANGE * left["mean"].min():
        axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=3))
        return
    ticks = np.array(_round_numbers(least, most))
    if metric == SKILL:
        ticks = 100 - ticks
        axes.set_yscale(
            "function",
            functions=(
                lambda skills: -np.log10(np.maximum(100 - skills, least)),
                lambda heights: 100 - 10.0**-heights,
            ),
        )
        axes.set_ylim(100 - most, 100 - least)
    else:
        axes.set_yscale("log")
        axes.set_ylim(least, most)
    axes.set_yticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())


def _round_numbers(low: float, high: float) -> list[float]:
    """At least three round numbers, as coarse as possible, if high is above `LOG_RANGE` low."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for digits in ((1,), (1, 2, 5), range(1, 10)):
        numbers = [round(digit * decade, 12) for decade in decades for digit in digits]
        if len(found := [number for number in numbers if low <= number <= high]) >= 3:
            break
    return found


def _name_ends(axes: plt.Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Writes names at the right, at the height of their lines' ends, a line of text apart."""
    gap = LINE / 72 / PANEL[1] * 1.25  # the axes are lower than their share of the figure
    to_axes = axes.transScale + axes.transLimits
    axes.get_ylim()
    names = sorted(ends, key=lambda name: ends[name][0])
    heights = [to_axes.transform((axes.get_xlim()[1], ends[name][0]))[1] for name in names]
    places = spread(np.clip(heights, 0, 1), gap)
    for name, height in zip(names, places, strict=True):
        axes.annotate(
            name,
            (1, height),
            (4, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=ends[name][1],
        )
