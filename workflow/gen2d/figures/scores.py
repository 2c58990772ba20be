"""Learned scores against exact ones, by noise level: least losses, and what is lost beyond."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.method_looks import markers
from gen2d.figures.style import BLACK, GREEN, ORANGE, few_ticks, mark, title
from gen2d.job import Job
from gen2d.metrics.statistics import with_intervals
from gen2d.plan.figure_knobs import ScoresFigureKnobs

FLOORS = {
    "dsm_loss_floor": ("denoising score matching, eps-prediction", BLACK, "-"),
    "v_loss_floor": ("v-prediction", ORANGE, "--"),
    "flow_matching_loss_floor": ("flow matching", GREEN, ":"),
}
NAMES = ("least loss", "loss beyond the least")
COLUMNS = ["dataset", "series", "noise_level", "seed", "value"]


def table(job: Job[ScoresFigureKnobs]) -> pd.DataFrame:
    """dataset, series (a model or a key of `FLOORS`), noise_level, seed, value, mean, low, high."""
    knobs = job.knobs
    floors = pd.concat([table.assign(**cell) for cell, table in job.tables("exact")])
    floors = floors.rename(columns={"quantity": "series"})
    floors = floors[floors["series"].isin(FLOORS) & floors["noise_level"].isin(knobs.noise_levels)]
    measured = job.table("metrics")
    parts = []
    for level in knobs.noise_levels:
        rows = measured[measured["metric"] == f"fisher_divergence_{level:g}"]
        excess = level**2 * rows["value"].astype(float)
        parts.append(rows.assign(series=rows["model"], noise_level=level, value=excess))
    shown = pd.concat([floors.assign(seed=None), *parts], ignore_index=True)[COLUMNS]
    shown = shown.astype({"value": float})
    return with_intervals(shown, ["dataset", "series", "noise_level"], "value", knobs.level)


def draw(table: pd.DataFrame, knobs: ScoresFigureKnobs) -> Figure:
    """A column a data set; above, the least losses, below, a curve a model: lower is better.

    Lines join the means over seeds, ticks are seeds and bars are t-intervals. What a model did not
    learn is left out.
    """
    methods, titles = dict(knobs.methods), dict(knobs.titles)
    datasets = list(table["dataset"].unique())
    size = 1.75 * max(len(datasets), 4), 3.6 + 0.14 * len(methods) / 4
    figure, grid = plt.subplots(
        2, len(datasets), figsize=size, sharex=True, sharey="row", squeeze=False
    )
    levels = sorted(table["noise_level"].unique())
    shown, looks = {}, markers(methods)
    for above, below, dataset in zip(*grid, datasets, strict=True):
        above.set_title(title(dataset))
        known = table[table["dataset"] == dataset].dropna(subset="value")
        if known.empty:
            for axes in (above, below):
                axes.text(0.5, 0.5, "not known", ha="center", transform=axes.transAxes)
            continue
        for series, rows in known.groupby("series", sort=False):
            if series in FLOORS:
                name, color, line = FLOORS[series]
                alone = "." if len(rows) == 1 else None  # which has no line
                (shown[name],) = above.plot(
                    rows["noise_level"], rows["value"], line, color=color, marker=alone
                )
                continue
            marker = looks[series]
            seeds = {"color": marker["color"], "alpha": 0.4, "markersize": 4}
            below.plot(rows["noise_level"], rows["value"], "_", **seeds)
            means = rows.drop_duplicates("noise_level")
            shown[title(titles[series])] = below.errorbar(
                means["noise_level"],
                means["mean"],
                yerr=[means["mean"] - means["low"], means["high"] - means["mean"]],
                markersize=knobs.marker_size,
                linewidth=0.8,
                **marker,
            )
        below.set_xlabel("noise level, units of the data", size=7)
    sizes = table.loc[~table["series"].isin(FLOORS), "value"]
    sizes = sizes[sizes > 0]
    for axes, name in zip(grid[:, 0], NAMES, strict=True):
        axes.set_ylabel(name)
    grid[0, 0].set_ylim(bottom=0)
    grid[0, 0].set_xscale("log")
    mark(grid[0, 0].xaxis, few_ticks(levels[0], levels[-1]))
    if len(sizes):
        grid[1, 0].set_yscale("log")
        mark(grid[1, 0].yaxis, few_ticks(sizes.min(), sizes.max()))
    if shown:
        figure.legend(shown.values(), shown, loc="outside lower center", ncols=4, fontsize=6)
    return figure
