"""Samples of every model over true points, on one page."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from gen2d.figures.style import (
    BLUE,
    GREY,
    LONGEST,
    by_label,
    draw_points,
    far,
    frame,
    outside,
    wrapped,
)
from gen2d.geometry import View, view
from gen2d.job import Job
from gen2d.metrics.aggregates import by_error
from gen2d.plan.figure_knobs import SamplesFigureKnobs

TRUE = ""  # in place of a model
WIDTH = 7.0  # inches
LABEL = 0.3  # inches at the left of a block, for the names of models
COLUMNS = ["dataset", "place", "model", "x1", "x2"]


def in_order(groups: dict[str, str], overall: pd.DataFrame) -> list[str]:
    """Models by group, and within one by their error in units of kde's, where it is known."""
    orders = list(dict.fromkeys(groups.values()))
    return sorted(by_error([*groups], overall), key=lambda name: orders.index(groups[name]))


def true_points(reference: dict[str, np.ndarray], n: int) -> pd.DataFrame:
    """x1 and x2 of the first n true points, and label, a code, where they have some."""
    shown = pd.DataFrame(reference["points"][:n], columns=["x1", "x2"])
    labels = reference.get("labels")
    return shown if labels is None else shown.assign(label=labels[:n].astype(object))


def table(job: Job[SamplesFigureKnobs]) -> pd.DataFrame:
    """dataset, place, model, x1 and x2 of the first seed; of true points place 0 and no model.

    And label of true points, if some have one.
    """
    knobs, parts = job.knobs, []
    models = [TRUE, *in_order(dict(knobs.groups), job.table("overall"))]
    for cell in job.cells("reference"):
        for place, model in enumerate(models):
            if model == TRUE:
                shown = true_points(job.all_arrays("reference", **cell), knobs.n_points)
            else:
                points = job.arrays("samples", "samples", **cell, model=model)[0][0]
                shown = pd.DataFrame(points[: knobs.n_points], columns=["x1", "x2"])
            parts.append(shown.assign(dataset=cell["dataset"], place=place, model=model))
    every = pd.concat(parts, ignore_index=True)
    return every[[*COLUMNS, *every.columns.difference(COLUMNS)]]


def blocks_of(n_models: int, n_datasets: int) -> int:
    """Blocks of rows side by side, so that panels are as large as a page lets them be."""

    def side(blocks: int) -> float:
        rows = -(-n_models // blocks)
        return min(WIDTH / (blocks * n_datasets), WIDTH * LONGEST / rows)

    return max(range(1, n_models + 1), key=lambda blocks: (round(side(blocks), 6), -blocks))


def draw(table: pd.DataFrame, knobs: SamplesFigureKnobs) -> Figure:
    """A column a data set, a row a model, in blocks side by side; true points grey, samples blue.

    True points that are alone have the colours of their labels, if they have some. Limits are those
    of the square that shows the true points, or of a rectangle with ticks where the axes have
    unlike units; the share of true points outside is in the corner where some lie far out. The
    share of samples far from the square is written there where it is above 1 %. What is not finite
    is left out.
    """
    datasets, titles = list(table["dataset"].unique()), dict(knobs.titles)
    models = table.drop_duplicates("place").set_index("place")["model"].fillna(TRUE)
    n_blocks = blocks_of(len(models), len(datasets))
    n_rows = -(-len(models) // n_blocks)
    side = (WIDTH - n_blocks * LABEL) / (n_blocks * len(datasets))
    size = WIDTH, min(side * n_rows + 0.3, WIDTH * LONGEST)
    figure = plt.figure(figsize=size)
    grid = GridSpec(n_rows, n_blocks * len(datasets), figure)
    by_cell = dict(list(table.groupby(["dataset", "place"])))
    for column, dataset in enumerate(datasets):
        labels = by_cell[dataset, 0].dropna(axis="columns").get("label")  # not all sets have some
        true = by_cell[dataset, 0][["x1", "x2"]].to_numpy()
        square = view(true)
        for place, model in models.items():
            block, row = divmod(int(place), n_rows)
            axes = figure.add_subplot(grid[row, block * len(datasets) + column])
            x = by_cell[dataset, place][["x1", "x2"]].to_numpy()
            if model == TRUE:
                draw_cell(axes, true, None, square, knobs.point_size, color=by_label(labels))
            else:
                draw_cell(axes, true, x, square, knobs.point_size)
            if row == 0:
                axes.set_title(wrapped(dataset), size=8)
            if column == 0:
                name = "the truth" if model == TRUE else wrapped(titles[model])
                axes.set_ylabel(name, size=8)
    return figure


def draw_cell(
    axes: plt.Axes,
    true: np.ndarray,
    x: np.ndarray | None,
    square: View,
    point_size: float,
    *,
    color: str | list[str] = GREY,
) -> None:
    """Points [N, 2] over true ones, or these alone, and in the corner how many are far."""
    draw_points(axes, true, point_size, color=color, alpha=0.5 if color == GREY else 0.8)
    frame(axes, square, labelled=x is None)
    if x is None:
        note = outside(square, true)
    else:
        x = x[np.isfinite(x).all(axis=1)]
        draw_points(axes, x, point_size, color=BLUE, alpha=0.6)
        note = far(square.share_outside(x)) if len(x) else "none finite"
    axes.text(0.98, 0.02, note, ha="right", size=8, transform=axes.transAxes)
