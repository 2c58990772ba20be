"""Least possible losses by noise level."""

import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.naming import Named, name_ends
from gen2d.figures.style import BLACK, GREEN, ORANGE, mark_noise_levels, panels, saying, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import FloorsFigureKnobs

FLOORS = {
    "dsm_loss_floor": ("denoising, ε", BLACK, "-"),
    "v_loss_floor": ("velocity", ORANGE, "--"),
    "flow_matching_loss_floor": ("flow matching", GREEN, ":"),
}
"""Names and looks of quantities of the exact tables."""
MOST = 4  # panels side by side, at most
HEIGHT = 1.2  # height of the axes, inches
COLUMNS = ["dataset", "quantity", "noise_level", "value"]


def table(job: Job[FloorsFigureKnobs]) -> pd.DataFrame:
    """Tidy table of known floors: dataset, quantity (a key of `FLOORS`), noise_level and value."""
    parts = [part.assign(**cell) for cell, part in job.tables("exact")]
    floors = pd.concat(parts, ignore_index=True)[COLUMNS]
    levels = job.knobs.noise_levels
    shown = floors[floors["quantity"].isin(FLOORS) & floors["noise_level"].isin(levels)]
    return shown.dropna(subset="value").sort_values(["dataset", "noise_level"], kind="stable")


def draw(table: pd.DataFrame, knobs: FloorsFigureKnobs) -> Figure:
    """One panel per data set, one named line per loss, over the noise level on a log axis."""
    datasets = list(table["dataset"].unique())
    if not datasets:
        return saying("no density is known")
    figure, every = panels(len(datasets), width=1.75, height=1.8, most=MOST, share_y=True)
    levels = sorted(table["noise_level"].unique())
    every[0].set_ylim(0, 1.05 * table["value"].max())
    for axes, dataset in zip(every, datasets, strict=True):
        axes.set(title=title(dataset), xscale="log", xlabel="noise level")
        mark_noise_levels(axes, levels)
        named = []
        for quantity, rows in table[table["dataset"] == dataset].groupby("quantity", sort=False):
            name, colour, line = FLOORS[quantity]
            axes.plot(rows["noise_level"], rows["value"], line, color=colour, marker=".")
            last = rows.iloc[-1]
            named.append(Named(last["noise_level"], last["value"], name, colour))
        if axes is every[-1]:
            name_ends(axes, named, HEIGHT)
    every[0].set_ylabel("least loss")
    return figure
