"""Samples of one model over true points, on every data set."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, GREY, panels, title
from gen2d.job import Job
from gen2d.plan.page_knobs import SamplesFigureKnobs

TRUE = "true points"


def table(job: Job[SamplesFigureKnobs]) -> pd.DataFrame:
    """dataset, source (true points, or the model), x1 and x2, of the first seed."""
    knobs, parts = job.knobs, []
    for source in (TRUE, knobs.model):
        for cell in job.cells("reference"):
            if source == TRUE:
                (points,) = job.arrays("reference", "points", **cell)
            else:
                (samples,) = job.arrays("samples", "samples", **cell)
                points = samples[0]
            own = {"dataset": cell["dataset"], "source": source}
            shown = points[: knobs.n_points]
            parts.append(pd.DataFrame(shown, columns=["x1", "x2"]).assign(**own))
    return pd.concat(parts, ignore_index=True)[["dataset", "source", "x1", "x2"]]


def draw(table: pd.DataFrame, knobs: SamplesFigureKnobs) -> Figure:
    """A panel a data set: true points grey, samples blue; limits from the true points.

    What is not finite is left out.
    """
    datasets = table["dataset"].unique()
    figure, grid = panels(len(datasets), width=1.7, height=1.8, most=6)
    for axes, dataset in zip(grid, datasets, strict=True):
        own = table[table["dataset"] == dataset]
        is_true = own["source"] == TRUE
        true, x = (own.loc[chosen, ["x1", "x2"]].to_numpy() for chosen in (is_true, ~is_true))
        _draw_cell(axes, true, x, knobs.point_size)
        axes.set_title(title(dataset))
    grid[0].set_ylabel(title(knobs.title))
    return figure


def _draw_cell(axes: plt.Axes, true: np.ndarray, x: np.ndarray, point_size: float) -> None:
    center = (true.max(0) + true.min(0)) / 2
    radius = 0.6 * np.ptp(true, axis=0).max()
    x = x[np.isfinite(x).all(-1)]
    style = {"s": point_size, "linewidths": 0, "rasterized": True}
    axes.scatter(*true.T, color=GREY, alpha=0.5, **style)
    axes.scatter(*x.T, color=BLUE, alpha=0.6, **style)
    if not len(x):
        axes.text(0.5, 0.5, "none finite", ha="center", transform=axes.transAxes)
    axes.set(
        xlim=(center[0] - radius, center[0] + radius),
        ylim=(center[1] - radius, center[1] + radius),
        aspect="equal",
        xticks=[],
        yticks=[],
    )
    outside = (np.abs(x - center) > radius).any(-1).mean() if len(x) else 0
    if outside > 0:
        note = f"{outside:.1%} outside"
        axes.text(0.98, 0.02, note, ha="right", size=6, transform=axes.transAxes)
