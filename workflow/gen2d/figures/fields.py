"""Densities, energies and scores that one model learned, beside the exact ones, with errors."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, GREY, LONGEST, frame, panels, title
from gen2d.geometry import View
from gen2d.job import Job
from gen2d.plan.figure_knobs import FieldsFigureKnobs

MOST = 6  # data sets side by side, as in the figure of samples
PEAK = 0.995  # quantile of a field's values at the end of the colour scale
LEAST_MASS = 0.01  # least mass, over the mean of all bins, of a bin with an error of scores
STRIDE = 2  # bins of the grid of scores from one arrow to the next
WIDTH, HEIGHT = 1.7, 1.75  # size of a panel, inches
ABSENT = "#e6e6e6"

VECTORS = ("scores", "exact_scores")
COLUMNS = ["dataset", "quantity", "x1", "x2", "value"]

Known = Mapping[str, np.ndarray]
"""Known quantities of a data set, some of: `view` [2, 2], its corners; `exact` and `learned`
[n^2], densities; `energy` [n^2] in nats; `scores` and `exact_scores` [m^2, 2]; `typical_score` [],
the unit of the arrows' lengths. Grids have one value per bin, row by row from below."""


def table(job: Job[FieldsFigureKnobs]) -> pd.DataFrame:
    """Tidy table of all drawn values: dataset, quantity, x1, x2 and value.

    The quantity `typical_score` has no x1 and x2; it is missing for models without scores.
    """
    history = job.all_arrays("histories")
    shown = {}
    for cell in job.cells("grids"):
        exact = job.arrays("grids", "view", "log_prob", **cell)
        shown[cell["dataset"]] = known_fields(history, cell["dataset"], *exact)
    return stacked(shown)


def known_fields(
    history: dict[str, np.ndarray], dataset: str, view: np.ndarray, log_prob: np.ndarray
) -> dict[str, np.ndarray]:
    """The `Known` quantities of one data set after training.

    For a model without density, score and energy, `view` alone.
    """
    own = {
        name.removeprefix(f"{dataset}."): array
        for name, array in history.items()
        if name.startswith(f"{dataset}.")
    }
    known: dict[str, np.ndarray] = {
        name: own[name][-1] for name in ("scores", "exact_scores") if name in own
    }
    if "scores" in own:
        known["typical_score"] = own["typical_score"]
    if "log_prob" in own:
        known["learned"] = np.exp(own["log_prob"])
    elif "energies" in own:
        known["energy"] = own["energies"][-1]
    if known and np.isfinite(log_prob).any():
        known["exact"] = np.exp(log_prob)
    return {"view": view, **known}


def stacked(fields: Mapping[str, Known]) -> pd.DataFrame:
    """The table of `Known` quantities by data set."""
    parts = []
    for dataset, known in fields.items():
        view, of = View(*known["view"]), {"dataset": dataset}
        scale = {"quantity": "typical_score", "value": known.get("typical_score", np.nan)}
        parts.append(pd.DataFrame([of | scale], columns=COLUMNS))
        for name, values in known.items():
            if name in ("view", "typical_score"):
                continue
            grid = view.grid(_side(values))
            place = {"x1": grid[:, 0], "x2": grid[:, 1]}
            for i, column in enumerate(values.reshape(len(grid), -1).T, start=1):
                quantity = f"{name}_{i}" if name in VECTORS else name
                parts.append(pd.DataFrame(of | place | {"quantity": quantity, "value": column}))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _known(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """The `Known` quantities in the rows of one data set: the inverse of `stacked`."""
    by_quantity = table.groupby("quantity", sort=False)
    known = {str(name): rows["value"].to_numpy(float) for name, rows in by_quantity}
    known["typical_score"] = known["typical_score"][0]
    for name in VECTORS:
        if f"{name}_1" in known:
            known[name] = np.stack([known.pop(f"{name}_1"), known.pop(f"{name}_2")], axis=-1)
    placed = table.dropna(subset="x1")
    if len(placed):
        grid = placed.loc[placed["quantity"] == placed["quantity"].iloc[0], ["x1", "x2"]].to_numpy()
        known["view"] = np.array(View.of_grid(grid, _side(grid)))
    return known


def draw(table: pd.DataFrame, knobs: FieldsFigureKnobs) -> Figure:
    """One column per data set, one row per layer; columns wrap to fit a page.

    Layers: the exact density, the learned density, and their difference; the energy, if the model
    has no density; learned scores (blue) over exact scores (grey), and the length of their
    difference where data lies. Layers that no data set has are left out. The scale is below each
    panel; an arrow has the length tanh(|score| / typical), in strides of the grid.
    """
    fields = {str(name): _known(part) for name, part in table.groupby("dataset", sort=False)}
    layers = [
        (name, needed, paint)
        for name, (needed, paint) in LAYERS.items()
        if any(needed <= known.keys() for known in fields.values())
    ]
    if not layers:
        figure, (axes,) = panels(1, width=1.7, height=0.6, most=1)
        axes.text(0.5, 0.5, f"{title(knobs.title)} states neither density nor score", ha="center")
        axes.axis("off")
        return figure
    names = list(fields)
    for columns in range(min(len(names), MOST), len(names) + 1):
        bands = [names[i : i + columns] for i in range(0, len(names), columns)]
        width, height = WIDTH * max(columns, 4), HEIGHT * len(bands) * len(layers)
        if height <= LONGEST * width:
            break
    n_rows, size = len(bands) * len(layers), (width, min(height, LONGEST * width))
    figure, grid = plt.subplots(n_rows, columns, figsize=size, squeeze=False)
    for rows, band in zip(grid.reshape(len(bands), len(layers), columns), bands, strict=True):
        for row, (name, needed, paint) in zip(rows, layers, strict=True):
            row[0].set_ylabel(name)
            for axes, dataset in zip(row, band, strict=False):
                _draw_panel(axes, fields[dataset], needed, paint)
            for axes in row[len(band) :]:
                axes.remove()
        for axes, dataset in zip(rows[0], band, strict=False):
            axes.set_title(title(dataset))
    return figure


def _draw_panel(
    axes: plt.Axes, known: Known, needed: frozenset[str], paint: Callable[..., str]
) -> None:
    axes.set(xticks=[], yticks=[], aspect="equal", facecolor=ABSENT)
    axes.spines[:].set_visible(False)
    if missing := needed - known.keys():
        no_truth = any(name.startswith("exact") for name in missing)
        reason = "no exact one is known" if no_truth else "none stated"
    elif not all(np.isfinite(known[name]).any() for name in needed):
        reason = "diverged"
    else:
        view = View(*known["view"])
        axes.set_xlabel(paint(axes, view, known), size=6, labelpad=2)
        frame(axes, view)
        return
    axes.text(0.5, 0.5, reason, ha="center", size=7, transform=axes.transAxes)


def _side(values: np.ndarray) -> int:
    """Number of bins per side of a square grid with these values."""
    return int(np.sqrt(len(values)))


def _image(
    axes: plt.Axes, view: View, values: np.ndarray, cmap: str, low: float, high: float
) -> None:
    side = _side(values)
    axes.imshow(
        values.reshape(side, side),
        origin="lower",
        extent=(view.low[0], view.high[0], view.low[1], view.high[1]),
        interpolation="none",
        cmap=cmap,
        vmin=low,
        vmax=high,
    )


def _peak(values: np.ndarray) -> float:
    return float(np.nanquantile(values, PEAK)) or 1.0


def _density(name: str) -> Callable[..., str]:
    def paint(axes: plt.Axes, view: View, known: Known) -> str:
        peak = _peak(known.get("exact", known["learned"]))
        _image(axes, view, known[name], "Blues", 0, peak)
        return f"0 to {peak:.2g}"

    return paint


def _difference(axes: plt.Axes, view: View, known: Known) -> str:
    peak = _peak(known["exact"])
    _image(axes, view, known["learned"] - known["exact"], "PuOr_r", -peak, peak)
    return f"±{peak:.2g}"


def _energy(axes: plt.Axes, view: View, known: Known) -> str:
    above = known["energy"] - np.nanmin(known["energy"])
    peak = _peak(above[np.isfinite(above)])
    _image(axes, view, above, "Blues_r", 0, peak)
    return f"0 to {peak:.2g} nats"


def _mass(known: Known, side: int) -> np.ndarray:
    """Mass [side^2] of the exact density in side x side bins, over its mean; ones if unknown."""
    if "exact" not in known:
        return np.ones(side * side)
    n = _side(known["exact"])
    bin_of = (2 * np.arange(n) + 1) * side // (2 * n)  # [n], of the fine grid's midpoints
    mass = np.zeros((side, side))
    np.add.at(mass, np.ix_(bin_of, bin_of), known["exact"].reshape(n, n))
    return (mass / mass.mean()).ravel()


def _scores(axes: plt.Axes, view: View, known: Known) -> str:
    typical, side = float(known["typical_score"]), _side(known["scores"])
    shown = np.s_[STRIDE // 2 :: STRIDE]
    grid = view.grid(side).reshape(side, side, 2)[shown, shown].reshape(-1, 2)
    spacing = STRIDE * view.sides[0] / side
    if not view.is_square:  # rescaled to a square of the same area
        units = view.sides / np.sqrt(view.sides.prod())
        known = {name: known[name] * units for name in VECTORS if name in known}
        typical = float(np.nanmedian(np.hypot(*known["scores"].T))) or 1.0
    for name, color in (("exact_scores", GREY), ("scores", BLUE)):
        if name not in known:
            continue
        arrows = known[name].reshape(side, side, 2)[shown, shown].reshape(-1, 2)
        length = np.hypot(*arrows.T)[:, None]
        arrows = arrows / np.fmax(length, 1e-30) * np.tanh(length / typical)
        if not view.is_square:
            arrows = arrows * view.sides / view.sides[0]
        axes.quiver(
            *grid.T,
            *arrows.T,
            color=color,
            angles="xy",
            scale_units="xy",
            scale=1 / spacing,
            width=0.008,
            rasterized=True,
        )
    axes.set_facecolor("white")
    return f"typical: {typical:.2g}"


def _score_error(axes: plt.Axes, view: View, known: Known) -> str:
    typical = float(known["typical_score"])
    error = np.hypot(*(known["scores"] - known["exact_scores"]).T)
    error[_mass(known, _side(error)) < LEAST_MASS] = np.nan
    _image(axes, view, error, "Oranges", 0, typical)
    return f"0 to {typical:.2g}"


LAYERS: dict[str, tuple[frozenset[str], Callable[..., str]]] = {
    "exact density": (frozenset({"exact", "learned"}), _density("exact")),
    "learned density": (frozenset({"learned"}), _density("learned")),
    "learned − exact": (frozenset({"exact", "learned"}), _difference),
    "energy": (frozenset({"energy"}), _energy),
    "scores": (frozenset({"scores"}), _scores),
    "error of scores": (frozenset({"exact_scores", "scores"}), _score_error),
}
"""Per layer: the quantities that it needs, and a function that paints it and returns the scale."""
