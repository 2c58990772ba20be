"""The figure of a fitted model: samples of its seeds over true points."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gen2d.figures.samples import draw_cell
from gen2d.figures.style import RC, by_label, panels
from gen2d.geometry import subsample, view

N_POINTS = 2000  # drawn of each sample and of the true points
POINT_SIZE = 2.0


def draw(
    true: np.ndarray,
    labels: np.ndarray | None,
    samples: np.ndarray,
    seeds: list[int],
    name: str,
) -> Figure:
    """True points [M, 2], then per seed samples [K, N, 2] (blue) over true points (grey).

    In their own panel, true points have the colours of their labels [M], if any. Matplotlib's
    settings are not changed.
    """
    square, shown = view(true), subsample(true, N_POINTS)
    with mpl.rc_context(RC):
        figure, axes = panels(1 + len(seeds), width=2.4, height=2.6, most=4)
        of_shown = None if labels is None else subsample(labels, N_POINTS)
        draw_cell(axes[0], shown, None, square, POINT_SIZE, color=by_label(of_shown))
        axes[0].set_title("the truth")
        for panel, seed, x in zip(axes[1:], seeds, samples, strict=True):
            draw_cell(panel, shown, subsample(x, N_POINTS), square, POINT_SIZE)
            panel.set_title(f"{name}, seed {seed}")
    plt.close(figure)
    return figure
