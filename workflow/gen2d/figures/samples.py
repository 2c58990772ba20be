"""Samples of one model over true points, on every data set."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, GREY, panels, title


def draw(
    true: Mapping[str, np.ndarray],
    samples: Mapping[str, np.ndarray],
    model: str,
    point_size: float,
) -> Figure:
    """A panel a data set: true points grey, samples blue; limits from the true points.

    Args:
        true: true points [N, 2] by data set.
        samples: model samples [N, 2] by data set; what is not finite is left out.
        model: its name, beside the first panel.
        point_size: area of a point, in square points.
    """
    figure, grid = panels(len(true), width=1.7, height=1.8, most=6)
    for axes, dataset in zip(grid, true, strict=True):
        _draw_cell(axes, true[dataset], samples[dataset], point_size)
        axes.set_title(title(dataset))
    grid[0].set_ylabel(title(model))
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
