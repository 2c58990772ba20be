"""Sliced Wasserstein distance: optimal transport in one dimension, averaged over directions."""

import numpy as np

from gen2d.geometry import subsample

_N_DIRECTIONS = 32
_MAX_POINTS = 100_000


def projections(points: np.ndarray) -> np.ndarray:
    """Sorted projections [32, N] of points [N, 2] on 32 evenly spaced directions.

    More than 100 000 points are thinned to 100 000 at random.
    """
    angles = np.pi * np.arange(_N_DIRECTIONS)[:, None] / _N_DIRECTIONS
    first, second = subsample(points, _MAX_POINTS).T
    # Not by BLAS, whose rounding may depend on the number of threads; likewise below.
    return np.sort(np.cos(angles) * first + np.sin(angles) * second, axis=1)


def sliced_wasserstein2(x: np.ndarray, y: np.ndarray) -> float:
    """The squared sliced 2-Wasserstein distance of two samples, in squared units of the points.

    The mean over directions of int_0^1 (F^-1(u) - G^-1(u))^2 du, with F^-1 and G^-1 the quantiles
    along a direction, exact for these points. Two samples of one law have a distance above 0 that
    falls with their size.

    Args:
        x: `projections` of a sample [32, N].
        y: `projections` of another [32, M].

    Source: Bonneel et al., Sliced and Radon Wasserstein barycenters of measures (2015).
    """
    n, m = x.shape[1], y.shape[1]
    # The steps of either quantile function; between steps both are constant.
    levels = np.union1d(np.arange(1, n + 1) / n, np.arange(1, m + 1) / m)
    widths = np.diff(levels, prepend=0.0)
    middles = levels - widths / 2
    of_x, of_y = (middles * n).astype(np.int64), (middles * m).astype(np.int64)
    costs = [np.sum(widths * (a[of_x] - b[of_y]) ** 2) for a, b in zip(x, y, strict=True)]
    return float(np.mean(costs))
