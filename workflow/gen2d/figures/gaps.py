"""Exact and learned scores between modes, and the shares of samples in the modes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy.spatial.distance import cdist

from gen2d.figures.style import BLACK, BLUE, GREY, HALO, VERMILION, contour_level, saying, title
from gen2d.geometry import FINE, View
from gen2d.job import Job
from gen2d.plan.figure_knobs import GapsFigureKnobs

EXACT = "exact"
DENSITY, SCORE, SHARE = "density", ("score_1", "score_2"), "share"
COLUMNS = ["dataset", "place", "model", "quantity", "x1", "x2", "seed", "value"]
STRIDE = 3  # bins from one arrow to the next
MARGIN = 1.1  # side of the square over the side of the smallest one around the contour
PEAK = 0.9  # quantile of errors at the end of the colour scale, typical between the modes


def table(job: Job[GapsFigureKnobs]) -> pd.DataFrame:
    """Tidy table: dataset, place, model, quantity, x1, x2, seed and value.

    Places: 0 exact, 1 the model of one noise level, 2 the best model of several. Quantities: the
    exact `density` and the first seed's `score_1` and `score_2` on a grid; per seed, the `share` of
    samples nearest to the mode at x1, x2, over the mode's weight. The data set is the one on which
    some mode gets the least share from the model of place 1. Empty if no data set has modes.
    """
    knobs, found = job.knobs, {}
    if not knobs.single:
        return pd.DataFrame(columns=COLUMNS)
    for cell in job.cells("grids"):
        grids = job.all_arrays("grids", **cell)
        if len(grids.get("modes", ())) > 1:
            found[cell["dataset"]] = grids
    shares = {dataset: _shares(job, dataset, knobs.single, found[dataset]) for dataset in found}
    known = {dataset: rows for dataset, rows in shares.items() if len(rows)}
    if not known:
        return pd.DataFrame(columns=COLUMNS)
    dataset = min(known, key=lambda name: known[name].groupby(["x1", "x2"])["value"].mean().min())
    grids = found[dataset]
    grid = View(*grids["view"]).grid(FINE)
    parts = [_rows(grid, 0, EXACT, {DENSITY: np.exp(grids["log_prob"])})]
    for place, model in enumerate((knobs.truth, knobs.single, best(job, dataset))):
        if place and not model:
            continue
        history = job.all_arrays("histories", model=model) if place else {}
        scores = history.get(f"{dataset}.scores_at_level") if place else grids["scores"]
        if scores is not None:
            name = model if place else EXACT
            parts.append(_rows(grid, place, name, dict(zip(SCORE, scores.T, strict=True))))
        if model:
            parts.append(_shares(job, dataset, model, grids).assign(place=place, model=model))
    return pd.concat(parts, ignore_index=True).assign(dataset=dataset)[COLUMNS]


def best(job: Job[GapsFigureKnobs], dataset: str) -> str:
    """The model of several noise levels with the largest share of this one's score, or empty."""
    causes, recorded = job.table("causes"), [cell["model"] for cell in job.cells("histories")]
    known = causes[(causes["cause"] == "score_learned") & (causes["dataset"] == dataset)]
    known = known[known["model"].isin(recorded)]
    many = known.groupby("model")["at"].transform("nunique") > 1
    here = known[many & (known["at"] == job.knobs.noise_level)].dropna(subset="mean")
    return str(here.loc[here["mean"].astype(float).idxmax(), "model"]) if len(here) else ""


def _rows(grid: np.ndarray, place: int, model: str, values: dict[str, np.ndarray]) -> pd.DataFrame:
    at = pd.DataFrame(grid, columns=["x1", "x2"]).assign(place=place, model=model, seed=np.nan)
    return pd.concat([at.assign(quantity=name, value=column) for name, column in values.items()])


def _shares(
    job: Job[GapsFigureKnobs], dataset: str, model: str, grids: dict[str, np.ndarray]
) -> pd.DataFrame:
    """One row per seed and mode: the mode's share of a model's samples, over its weight."""
    parts, seed = [], 0
    for cell in job.cells("samples", dataset=dataset, model=model):
        (samples,) = job.arrays("samples", "samples", **cell)
        for x in samples:
            if np.isfinite(x).all():
                nearest = cdist(x, grids["modes"]).argmin(axis=1)
                counts = np.bincount(nearest, minlength=len(grids["modes"]))
                columns = {"seed": seed, "value": counts / len(x) / grids["weights"]}
                modes = pd.DataFrame(grids["modes"], columns=["x1", "x2"])
                parts.append(modes.assign(quantity=SHARE, **columns))
            seed += 1
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def draw(table: pd.DataFrame, knobs: GapsFigureKnobs) -> Figure:
    """One column for the exact score and one per model: scores above, shares of modes below.

    Above, arrows have the direction of the score, orange is the length of its error, the contour
    holds 95 % of the data, and numbers name the modes. Below, bars reach from 1, a mode's due, to
    the mode's share of samples over its weight, first seed; ticks are all seeds.
    """
    if table.empty:
        return saying("no data set has modes that a model of one level fills")
    titles, places = dict(knobs.titles), sorted(table["place"].unique())
    figure, grid = plt.subplots(
        2,
        len(places),
        figsize=(7.0, 3.6),
        height_ratios=(2.2, 1),
        squeeze=False,
        sharey="row",
    )
    density = table[table["quantity"] == DENSITY]
    known = {
        place: np.stack([part.loc[part["quantity"] == name, "value"] for name in SCORE], -1)
        for place, part in table[table["quantity"].isin(SCORE)].groupby("place")
    }
    errors = {p: np.hypot(*(score - known[0]).T) for p, score in known.items() if p}
    most = max((float(np.quantile(error, PEAK)) for error in errors.values()), default=1.0)
    shares = table[table["quantity"] == SHARE]
    modes = shares[["x1", "x2"]].drop_duplicates().to_numpy()
    image = None
    for (above, below), place in zip(grid.T, places, strict=True):
        part = table[table["place"] == place]
        model = part["model"].iloc[0]
        above.set_title(title(EXACT if not place else titles[model]))
        image = _draw_field(above, density, known.get(place), errors.get(place), most) or image
        _draw_shares(below, shares[shares["place"] == place], modes)
    for i, (x, y) in enumerate(modes, start=1):
        style = {"size": 8, "color": VERMILION, "path_effects": [HALO]}
        grid[0, 0].text(x, y, f"{i}", ha="center", va="center", **style)
    grid[1, 0].set_ylabel("samples in a mode\nover its due")
    if image is not None:
        bar = {"shrink": 0.9, "aspect": 30, "label": "length of the score's error"}
        figure.colorbar(image, ax=grid[0, -1], **bar)
    return figure


def _draw_field(
    axes: plt.Axes,
    density: pd.DataFrame,
    scores: np.ndarray | None,
    error: np.ndarray | None,
    most: float,
) -> AxesImage | None:
    """Draws arrows of a score over its error, if there is one, with the contour of the data."""
    x, y = (np.sort(density[name].unique()) for name in ("x1", "x2"))
    values = density["value"].to_numpy()
    axes.spines[:].set_visible(False)
    level = contour_level(values)
    square = (FINE, FINE)
    inside = density.loc[values >= level, ["x1", "x2"]].to_numpy()
    middle = (inside.max(0) + inside.min(0)) / 2
    half = MARGIN * (inside.max(0) - inside.min(0)).max() / 2
    axes.contour(x, y, values.reshape(square), levels=[level], colors=BLACK, linewidths=0.6)
    image = None
    if error is not None:
        extent = (x[0], x[-1], y[0], y[-1])
        scale = {"cmap": "Oranges", "vmin": 0, "vmax": most, "alpha": 0.8}
        picture = error.reshape(square)
        image = axes.imshow(picture, origin="lower", extent=extent, **scale)
    if scores is not None:
        arrows = scores / np.fmax(np.hypot(*scores.T), 1e-30)[:, None]
        shown = np.s_[STRIDE // 2 :: STRIDE]
        u, v = (arrows[:, i].reshape(square)[shown, shown] for i in (0, 1))
        cell = STRIDE * (x[1] - x[0])
        style = {"angles": "xy", "scale_units": "xy", "scale": 1.2 / cell, "width": 0.007}
        colour = GREY if error is None else BLUE
        axes.quiver(x[shown], y[shown], u, v, color=colour, pivot="mid", rasterized=True, **style)
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.set(xlim=middle[0] + [-half, half], ylim=middle[1] + [-half, half])
    return image


def _draw_shares(axes: plt.Axes, rows: pd.DataFrame, modes: np.ndarray) -> None:
    axes.axhline(1, color=BLACK, linewidth=0.6)
    for i, (x, y) in enumerate(modes, start=1):
        own = rows[(rows["x1"] == x) & (rows["x2"] == y)]
        first = own.loc[own["seed"] == own["seed"].min(), "value"]
        axes.bar([i] * len(first), first - 1, bottom=1, width=0.7, color=BLUE)
        axes.plot([i] * len(own), own["value"], "_", color=BLACK, markersize=6, alpha=0.5)
    every = range(1, len(modes) + 1)
    axes.set(xticks=every[:: -(-len(modes) // 9)], xlabel="mode", xlim=(0.4, len(modes) + 0.6))
