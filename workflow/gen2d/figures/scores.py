"""Share of the exact score that each model learned, by noise level."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.method_looks import markers
from gen2d.figures.naming import LINE, Named, name_ends
from gen2d.figures.style import mark_noise_levels, saying, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import ScoresFigureKnobs

MOST = 4  # panels side by side, at most
LABELLED = (0, 50, 90, 99, 99.9, 99.99)  # tick labels, percent
WORST = 0.0  # percentage at the lower end of an axis, unless a model is worse
COLUMNS = ["dataset", "model", "noise_level", "n_seeds", "share", "low", "high"]


def table(job: Job[ScoresFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, model and noise_level: n_seeds, share learned with interval, percent."""
    causes = job.table("causes")
    known = causes[causes["cause"] == "score_learned"]
    known = known.rename(columns={"at": "noise_level", "mean": "share"})[COLUMNS]
    return known.assign(**{name: 100 * known[name].astype(float) for name in COLUMNS[-3:]})


def draw(table: pd.DataFrame, knobs: ScoresFigureKnobs) -> Figure:
    """One panel per data set, one named line per model: the share learned by noise level.

    The axis is logarithmic in the share missed. Models of one noise level are marks, baselines thin
    lines, cut off where they are worse than 0 % and than every model. Bars are t-intervals.
    """
    datasets = list(table["dataset"].unique())
    if not datasets:
        return saying("no learned score can be compared")
    columns = len(datasets) if len(datasets) <= MOST else -(-len(datasets) // 2)
    n_rows, height = -(-len(datasets) // columns), max(1.9, LINE * len(knobs.titles))
    figure, grid = plt.subplots(
        n_rows,
        columns,
        figsize=(7.0, n_rows * (height + 0.6)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    missed = 100 - table.loc[table["model"].isin(knobs.judged), "share"]
    ends = np.nanmax([*missed, 100 - WORST]) * 1.3, np.nanmin([*missed, 1.0]) * 0.6
    levels = sorted(table["noise_level"].unique())
    first = grid[0, 0]
    first.set(xscale="log", yscale="log", ylim=ends)
    mark_noise_levels(first, levels)
    ticks = [percent for percent in LABELLED if ends[1] < 100 - percent < ends[0]]
    first.set_yticks([100 - percent for percent in ticks], [f"{percent:g}" for percent in ticks])
    first.minorticks_off()
    for i, axes in enumerate(grid.flat):
        if i >= len(datasets):
            axes.remove()
            continue
        axes.set_title(title(datasets[i]))
        named = _draw_lines(axes, table[table["dataset"] == datasets[i]], knobs)
        if i == len(datasets) - 1 or (i + 1) % columns == 0:
            name_ends(axes, named, height)
    for row in grid:
        row[0].set_ylabel("score learned, %")
    figure.supxlabel("noise level, units of the data", size=8)
    return figure


def _draw_lines(axes: plt.Axes, rows: pd.DataFrame, knobs: ScoresFigureKnobs) -> list[Named]:
    """Draws the models of one data set; returns their names with the ends of their lines."""
    titles, looks, named = dict(knobs.titles), markers(dict(knobs.methods)), []
    for model in titles:
        own = rows[rows["model"] == model].sort_values("noise_level")
        if own.empty:
            continue
        missed = 100 - own["share"]
        if model in knobs.judged:
            bars = [missed - (100 - own["high"]), (100 - own["low"]) - missed]
            axes.errorbar(
                own["noise_level"],
                missed,
                yerr=np.nan_to_num(bars),
                linewidth=1.0,
                elinewidth=0.7,
                markersize=knobs.marker_size,
                **looks[model],
            )
        else:
            style = {"color": looks[model]["color"], "linewidth": 0.6, "zorder": 1}
            axes.plot(own["noise_level"], missed, **style)
        end = _end(own["noise_level"].to_numpy(), missed.to_numpy(), axes.get_ylim()[1])
        named.append(Named(*end, title(titles[model]), looks[model]["color"]))
    return named


def _end(levels: np.ndarray, missed: np.ndarray, least: float) -> tuple[float, float]:
    """The end of a line, or the point where it leaves the axes, which end at `least` missed."""
    inside = np.flatnonzero(missed >= least)
    i = inside[-1] if len(inside) else 0
    if i == len(missed) - 1 or not len(inside):
        return levels[i], max(missed[i], least)
    x, y = np.log(levels[i : i + 2]), np.log(missed[i : i + 2])
    way = (np.log(least) - y[0]) / (y[1] - y[0])
    return float(np.exp(x[0] + way * (x[1] - x[0]))), least
