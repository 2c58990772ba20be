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
    true_points,
    wrapped,
)
from gen2d.geometry import View, view
from gen2d.job import Job
from gen2d.metrics.aggregates import by_error
from gen2d.plan.figure_knobs import SamplesFigureKnobs

TRUE = ""  # name of the true points, in place of a model's
WIDTH = 7.0  # width of the figure, inches
LABEL = 0.3  # width at the left of a block for the names of models, inches
COLUMNS = ["dataset", "place", "model", "x1", "x2"]


def in_order(groups: dict[str, str], overall: pd.DataFrame) -> list[str]:
    """Models sorted by group, then by their error in units of kde's, if known."""
    orders = list(dict.fromkeys(groups.values()))
    return sorted(by_error([*groups], overall), key=lambda name: orders.index(groups[name]))


def table(job: Job[SamplesFigureKnobs]) -> pd.DataFrame:
    """Tidy table of the first seed's points: dataset, place, model, x1 and x2.

    True points have place 0 and no model. If any have labels, there is a column label.
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
    """Number of blocks of rows side by side that makes panels as large as a page allows."""

    def side(blocks: int) -> float:
        rows = -(-n_models // blocks)
        return min(WIDTH / (blocks * n_datasets), WIDTH * LONGEST / rows)

    return max(range(1, n_models + 1), key=lambda blocks: (round(side(blocks), 6), -blocks))


def draw(table: pd.DataFrame, knobs: SamplesFigureKnobs) -> Figure:
    """One column per data set, one row per model, in blocks: samples (blue) over grey true points.

    In their own panel, true points have the colours of their labels, if any. Limits are the view of
    the true points, a square, or a rectangle with ticks if the axes have unlike units. The corner
    shows the share of true points outside, if some lie far out, or the share of samples far from
    the data, if it is above 1 %. Points that are not finite are left out.
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
        labels = by_cell[dataset, 0].dropna(axis="columns").get("label")  # if it has labels
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
    """Draws points x [N, 2] over true points, or these alone; the corner shows the far share."""
    draw_points(axes, true, point_size, color=color, alpha=0.5 if color == GREY else 0.8)
    frame(axes, square, labelled=x is None)
    if x is None:
        note = outside(square, true)
    else:
        x = x[np.isfinite(x).all(axis=1)]
        draw_points(axes, x, point_size, color=BLUE, alpha=0.6)
        note = far(square.share_outside(x)) if len(x) else "none finite"
    axes.text(0.98, 0.02, note, ha="right", size=8, transform=axes.transAxes)
