"""The figure of a scored sample: beside true points, and where it has too many or too few."""

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

N_POINTS = 2000  # drawn of the sample and of the true points
POINT_SIZE = 2.0
MOST = 6.0  # standard deviations at the ends of the colour scale


def excess(x: np.ndarray, reference: Reference, bins: Bins) -> np.ndarray:
    """Excess [S^2] of samples over the expectation of true samples, in standard deviations."""
    counts, true = bins.counts(x), bins.counts(reference.points)
    expected = len(x) * true / true.sum()
    sd = np.sqrt(np.maximum(expected, 1e-12) * (1 + len(x) / true.sum()))
    surplus: np.ndarray = (counts - expected) / sd
    return surplus


def corners(bins: Bins, square: View) -> np.ndarray:
    """Corners [S^2, 4, 2] of the bins within a square."""
    made = []
    strips = [square.low[0], *bins.strips, square.high[0]]
    for (left, right), edges in zip(pairwise(strips), bins.edges, strict=True):
        ends = [square.low[1], *edges, square.high[1]]
        for low, high in pairwise(ends):
            made.append([(left, low), (right, low), (right, high), (left, high)])
    return np.array(made)


def draw(x: np.ndarray, reference: Reference) -> Figure:
    """Samples (blue) over true points (grey); beside them bins, red where samples are too many.

    Matplotlib's settings are not changed.
    """
    bins = Bins.of(reference.points, len(x))
    with mpl.rc_context(RC):
        figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.3), width_ratios=[1, 1.12])
        true = subsample(reference.first, N_POINTS)
        draw_cell(left, true, subsample(x, N_POINTS), reference.square, POINT_SIZE)
        left.set_title("samples over true points")
        frame(right, reference.square)
        patches = PolyCollection(list(corners(bins, reference.square)), cmap="RdBu_r")
        patches.set_array(excess(x, reference, bins))
        patches.set_clim(-MOST, MOST)
        patches.set_edgecolor("face")
        patches.set_linewidth(0.2)
        right.add_collection(patches)
        right.set_title("where there are too few (blue), too many (red)")
        bar = figure.colorbar(patches, ax=right, extend="both", shrink=0.8)
        bar.set_label("standard deviations of a true sample")
    plt.close(figure)  # so that a notebook shows the returned figure once
    return figure
