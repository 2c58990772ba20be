"""A sample beside true points, for who scores one."""

from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from gen2d.figures.samples import draw_cell
from gen2d.figures.style import RC, frame
from gen2d.geometry import View, subsample
from gen2d.metrics.binned import Bins
from gen2d.metrics.two_sample import Reference

N_POINTS = 2000  # drawn of either
POINT_SIZE = 2.0
MOST = 6.0  # standard deviations that the scale of colours reaches


def excess(x: np.ndarray, reference: Reference, bins: Bins) -> np.ndarray:
    """Points in each cell [S^2] beyond what true samples have, in their standard deviations."""
    counts, true = bins.counts(x), bins.counts(reference.points)
    expected = len(x) * true / true.sum()
    sd = np.sqrt(np.maximum(expected, 1e-12) * (1 + len(x) / true.sum()))
    surplus: np.ndarray = (counts - expected) / sd
    return surplus


def corners(bins: Bins, square: View) -> np.ndarray:
    """The corners [S^2, 4, 2] of the cells within a square."""
    made = []
    strips = [square.low[0], *bins.strips, square.high[0]]
    for (left, right), edges in zip(pairwise(strips), bins.edges, strict=True):
        ends = [square.low[1], *edges, square.high[1]]
        for low, high in pairwise(ends):
            made.append([(left, low), (right, low), (right, high), (left, high)])
    return np.array(made)


def draw(x: np.ndarray, reference: Reference) -> Figure:
    """Samples blue over true points grey; beside them cells, red where there are too many.

    Matplotlib's settings stay as they are.
    """
    bins = Bins.of(reference.points, len(x))
    with mpl.rc_context(RC):
        figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.3), width_ratios=[1, 1.12])
        true = subsample(reference.first, N_POINTS)
        draw_cell(left, true, subsample(x, N_POINTS), reference.square, POINT_SIZE)
        left.set_title("samples over true points")
        frame(right, reference.square)
        cells = PolyCollection(list(corners(bins, reference.square)), cmap="RdBu_r")
        cells.set_array(excess(x, reference, bins))
        cells.set_clim(-MOST, MOST)
        cells.set_edgecolor("face")
        cells.set_linewidth(0.2)
        right.add_collection(cells)
        right.set_title("where there are too few (blue), too many (red)")
        bar = figure.colorbar(cells, ax=right, extend="both", shrink=0.8)
        bar.set_label("standard deviations of a true sample")
    plt.close(figure)  # a notebook shows what is returned, once
    return figure
