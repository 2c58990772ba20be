"""Errors of all models in units of a kernel density estimate's, by data set."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from gen2d.figures.style import BLUE, GREY, ORANGE, title
from gen2d.job import Job
from gen2d.metrics.aggregates import by_error
from gen2d.metrics.verdicts import BETTER, JUDGE, WORSE
from gen2d.plan.figure_knobs import ErrorsFigureKnobs

COLOURS = {BETTER: BLUE, WORSE: ORANGE}
"""Colours of the answers of the test against kde; grey for all others."""
LINES = {"kde": "kde", "resample": "memoriser", "gaussian": "Gaussian", "oracle": "exact scores"}
"""Baselines drawn as lines: names by method."""
NEAR = 1.7  # ratio of two lines, below which they share a name
COLUMNS = ["dataset", "place", "model", "seed", "ratio", "mean", "low", "high", "answer"]


def table(job: Job[ErrorsFigureKnobs]) -> pd.DataFrame:
    """One row per data set, model and seed: the seed's MMD² over the mean of kde's.

    MMD² is at the smallest bandwidth. Further columns are the ratio of the means with its interval,
    and the answer of the test against kde. Places rank models by error; baselines drawn as lines
    have none. Without kde the table is empty.
    """
    knobs, baselines = job.knobs, dict(job.knobs.baselines)
    runs, verdicts = job.table("metrics"), job.table("verdicts")
    overall = job.table("overall")
    runs = runs[runs["metric"] == JUDGE].astype({"value": float})
    if "kde" not in baselines:
        return pd.DataFrame(columns=COLUMNS)
    unit = runs[runs["model"] == baselines["kde"]].groupby("dataset")["value"].mean()
    unit = unit[unit > 0]
    order = by_error(knobs.judged, overall)
    lines = [baselines[method] for method in LINES if method in baselines]
    places = {model: float(place) for place, model in enumerate(order)}
    shown = runs[runs["model"].isin([*order, *lines]) & runs["dataset"].isin(unit.index)]
    shown = shown.assign(
        ratio=shown["value"] / shown["dataset"].map(unit), place=shown["model"].map(places)
    )
    ratios = verdicts[["dataset", "model", "kde_ratio", "kde_ratio_low", "kde_ratio_high"]].copy()
    ratios.columns = ["dataset", "model", "mean", "low", "high"]
    ratios["answer"] = verdicts[f"against_kde_{JUDGE}"]
    found = shown.merge(ratios, "left", ["dataset", "model"])
    return found.sort_values(["dataset", "place"], kind="stable")[COLUMNS]


def draw(table: pd.DataFrame, knobs: ErrorsFigureKnobs) -> Figure:
    """One column per data set, one row per model, on a log axis; ticks are seeds.

    Markers and bars are ratios of means with t-intervals, coloured by the test against kde.
    Vertical lines are baselines.
    """
    titles, datasets = dict(knobs.titles), list(table["dataset"].unique())
    models = table.dropna(subset="place").drop_duplicates("place").sort_values("place")["model"]
    size = 7.0, 0.22 * len(models) + 1.6
    n_columns = max(len(datasets), 1)
    figure, (row,) = plt.subplots(1, n_columns, figsize=size, sharey=True, squeeze=False)
    if not datasets:
        row[0].text(0.5, 0.5, "no kde to measure by", ha="center", transform=row[0].transAxes)
        row[0].set_axis_off()
        return figure
    names = {model: LINES[method] for method, model in knobs.baselines if method in LINES}
    for axes, dataset in zip(row, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        axes.set_xscale("log")
        _draw_lines(axes, part[part["place"].isna()], names)
        for place, rows in part.dropna(subset="place").groupby("place"):
            colour = COLOURS.get(rows["answer"].iloc[0], GREY)
            seeds = rows["ratio"][rows["ratio"] > 0]
            axes.plot(seeds, np.full(len(seeds), place), "|", color=colour, alpha=0.5)
            mean, low, high = rows[["mean", "low", "high"]].iloc[0].astype(float)
            if mean > 0:
                ends = [[mean - max(low, mean / 100)], [high - mean]]
                error = None if np.isnan(low) else np.abs(ends)
                style = {"marker": "o", "markersize": knobs.marker_size, "color": colour}
                axes.errorbar(mean, place, xerr=error, **style)
            elif rows["ratio"].isna().all():
                axes.text(1, place, "diverged", size=8, va="center", color=GREY)
        axes.set_title(title(dataset), pad=66)
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    row[0].set_yticks(range(len(models)), [title(titles[model]) for model in models])
    row[0].set_ylim(len(models) - 0.5, -0.5)
    figure.supxlabel("error in units of the kernel density estimate's (MMD²)", size=8)
    return figure


def _draw_lines(axes: plt.Axes, baselines: pd.DataFrame, names: dict[str, str]) -> None:
    """Draws a vertical line at each baseline's mean; close lines share a name above the panel."""
    means = baselines.groupby("model")["mean"].first().astype(float)
    groups: list[list[str]] = []
    for model, mean in means[means > 0].sort_values().items():
        axes.axvline(mean, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
        if groups and mean < NEAR * means[groups[-1][0]]:
            groups[-1].append(str(model))
        else:
            groups.append([str(model)])
    place = {"xycoords": axes.get_xaxis_transform(), "rotation": 60, "size": 8, "color": GREY}
    for group in groups:
        text = ", ".join(names[model] for model in group)
        axes.annotate(text, (means[group[0]], 1.01), **place)
