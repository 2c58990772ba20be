"""Model samples over true points, data sets by models."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, GREY, title


def draw(
    true: Mapping[str, np.ndarray],
    samples: Mapping[tuple[str, str], np.ndarray],
    point_size: float,
) -> Figure:
    """A row a model, a column a data set; limits from the true points, shared by a column.

    Args:
        true: true points [N, 2] by data set.
        samples: model samples [N, 2] by (data set, model); what is not finite is left out.
        point_size: area of a point, in square points.
    """
    datasets = list(true)
    models = list(dict.fromkeys(model for _, model in samples))
    figure, grid = plt.subplots(
        len(models),
        len(datasets),
        figsize=(1.7 * max(len(datasets), 2), 1.7 * len(models) + 0.3),
        squeeze=False,
    )
    for row, model in zip(grid, models, strict=True):
        for axes, dataset in zip(row, datasets, strict=True):
            center = (true[dataset].max(0) + true[dataset].min(0)) / 2
            radius = 0.6 * np.ptp(true[dataset], axis=0).max()
            x = samples[dataset, model]
            x = x[np.isfinite(x).all(-1)]
            style = {"s": point_size, "linewidths": 0, "rasterized": True}
            axes.scatter(*true[dataset].T, color=GREY, alpha=0.5, **style)
            axes.scatter(*x.T, color=BLUE, alpha=0.6, **style)
            if not len(x):
                axes.text(0.5, 0.5, "diverged", ha="center", transform=axes.transAxes)
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
        row[0].set_ylabel(title(model))
    for axes, dataset in zip(grid[0], datasets, strict=True):
        axes.set_title(title(dataset))
    points = [
        plt.Line2D([], [], marker="o", linestyle="", markersize=3, color=color, label=name)
        for name, color in (("true points", GREY), ("model samples", BLUE))
    ]
    figure.legend(handles=points, loc="outside upper center", ncols=2)
    return figure
