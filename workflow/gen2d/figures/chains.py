"""Langevin chains: the energies that they follow, and the share that leaves the data."""

from collections import Counter
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from gen2d.figures.method_looks import markers
from gen2d.figures.naming import Named, name_ends
from gen2d.figures.style import BLACK, ORANGE, contour_level, saying, title
from gen2d.geometry import FINE, View
from gen2d.job import Job
from gen2d.plan.figure_knobs import ChainsFigureKnobs

ENERGY, SAMPLE, DENSITY, OUTSIDE = "energy", "sample", "density", "outside"
COLUMNS = ["dataset", "model", "quantity", "seed", "x1", "x2", "value"]
N_SHOWN = 150  # samples drawn over each energy
STYLES = ("-", "--", ":", "-.")  # line styles of models with the same colour
HEIGHT = 1.3  # approximate height of the lowest panels, inches
INIT_RADIUS = 2.0  # two standard deviations of N(0, I), from which negative chains start


def table(job: Job[ChainsFigureKnobs]) -> pd.DataFrame:
    """Tidy table: dataset, model, quantity, seed, x1, x2 and value.

    `outside`: x1 is the step, and value the share of a seed's points far from the data. `energy`:
    on a grid, less its least value, first seed, for models with an energy. `sample`: samples of
    these models. `density`: the exact density on the grid, without a model.
    """
    parts = []
    for cell, trace in job.tables("traces"):
        shown = trace.rename(columns={"step": "x1", "outside": "value"})
        parts.append(shown.assign(**cell, quantity=OUTSIDE, x2=np.nan))
    for cell in job.cells("grids"):
        dataset = cell["dataset"]
        corners, log_prob = job.arrays("grids", "view", "log_prob", **cell)
        grid = View(*corners).grid(FINE)
        if np.isfinite(log_prob).any():
            parts.append(_rows(grid, dataset, "", DENSITY, np.exp(log_prob)))
    for cell in job.cells("histories"):
        history = job.all_arrays("histories", **cell)
        for at in job.cells("grids"):
            dataset = at["dataset"]
            if f"{dataset}.energies" in history:
                (corners,) = job.arrays("grids", "view", **at)
                energies = history[f"{dataset}.energies"][-1].astype(float)
                grid = View(*corners).grid(FINE)
                parts.append(_rows(grid, dataset, cell["model"], ENERGY, energies - energies.min()))
                samples = history[f"{dataset}.samples"][-1][:N_SHOWN]
                parts.append(_rows(samples, dataset, cell["model"], SAMPLE, np.nan))
    if not job.cells("traces"):
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)


def _rows(
    points: np.ndarray, dataset: str, model: str, quantity: str, values: np.ndarray | float
) -> pd.DataFrame:
    columns = {"dataset": dataset, "model": model, "quantity": quantity, "value": values}
    return pd.DataFrame(np.asarray(points), columns=["x1", "x2"]).assign(**columns)


def draw(table: pd.DataFrame, knobs: ChainsFigureKnobs) -> Figure:
    """One column per data set; a row per model with an energy, and below them a row of line plots.

    Energies are dark where low. Over them are samples, the contour that holds 95 % of the data,
    and the circle where chains start in training. The plots show, by step of a chain, the share of
    its points that are far from the data, as mean over seeds.
    """
    datasets, titles = list(table["dataset"].unique()), dict(knobs.titles)
    if not datasets:
        return saying("no model runs chains")
    table = table.assign(model=table["model"].fillna(""))
    with_energy = list(table.loc[table["quantity"] == ENERGY, "model"].unique())
    n_rows = len(with_energy) + 1
    width = 7.0 / max(len(datasets), 4)
    size = 7.0, 0.85 * width * n_rows + 0.5
    figure, grid = plt.subplots(n_rows, len(datasets), figsize=size, squeeze=False)
    looks = markers(dict(knobs.methods))
    for column, dataset in zip(grid.T, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        column[0].set_title(title(dataset))
        for axes, model in zip(column, with_energy, strict=False):
            _draw_energy(axes, part, model)
        shares = part[part["quantity"] == OUTSIDE]
        drawn: Counter[str] = Counter()
        for model, rows in shares.groupby("model", sort=False):
            mean = 100 * rows.groupby("x1")["value"].mean()
            colour = looks[str(model)]["color"]
            style = STYLES[drawn[colour] % len(STYLES)]
            drawn[colour] += 1
            column[-1].plot(mean.index + 1, mean, color=colour, linewidth=1.2, linestyle=style)
        column[-1].set_xscale("log")
        column[-1].set_ylim(-3, 103)
        column[-1].set_xlabel("step of a chain + 1")
        if dataset == datasets[-1]:  # once for all panels: a model's look is the same in each
            _name_lines(column[-1], shares, titles, looks)
    for axes, model in zip(grid[:, 0], with_energy, strict=False):
        axes.set_ylabel(title(titles[model]))
    grid[-1, 0].set_ylabel("far from the data, %")
    return figure


def _name_lines(
    axes: plt.Axes,
    shares: pd.DataFrame,
    titles: Mapping[str, str],
    looks: Mapping[str, Mapping[str, str]],
) -> None:
    """Writes the models' names at the right of their lines."""
    ends = shares[shares["x1"] == shares["x1"].max()].groupby("model", sort=False)["value"].mean()
    right = shares["x1"].max() + 1
    named = [
        Named(right, 100 * end, title(titles[str(model)]), looks[str(model)]["color"])
        for model, end in ends.dropna().items()
    ]
    name_ends(axes, named, HEIGHT)


def _draw_energy(axes: plt.Axes, part: pd.DataFrame, model: str) -> None:
    own = part[part["model"] == model]
    energy, samples = (own[own["quantity"] == quantity] for quantity in (ENERGY, SAMPLE))
    axes.set(xticks=[], yticks=[], aspect="equal")
    if energy.empty:
        axes.set_axis_off()
        return
    x, y = (np.sort(energy[name].unique()) for name in ("x1", "x2"))
    values = energy["value"].to_numpy().reshape(FINE, FINE)
    most = np.quantile(values[np.isfinite(values)], 0.9)
    extent = (x[0], x[-1], y[0], y[-1])
    picture = {"origin": "lower", "extent": extent, "cmap": "Blues_r", "vmax": most}
    axes.imshow(values, **picture, interpolation="bilinear")
    density = part[part["quantity"] == DENSITY]["value"].to_numpy()
    if len(density):
        # Half the maximum for uniform densities.
        level = min(contour_level(density), density.max() / 2)
        axes.contour(
            x, y, density.reshape(FINE, FINE), levels=[level], colors=BLACK, linewidths=0.7
        )
    circle = Circle((0, 0), INIT_RADIUS, fill=False, color=ORANGE, linewidth=1.0)
    axes.add_patch(circle)
    points = {"s": 4, "color": "white", "edgecolors": BLACK, "linewidths": 0.3}
    axes.scatter(samples["x1"], samples["x2"], **points)
    axes.set(xlim=extent[:2], ylim=extent[2:])
    if not View.of_grid(energy[["x1", "x2"]].to_numpy(), FINE).is_square:
        axes.set(aspect="auto", box_aspect=1)
