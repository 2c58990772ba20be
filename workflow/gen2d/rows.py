"""Sets of points, by their rows: some that stand for all, and whether they span the plane."""

import numpy as np


def some_rows(points: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows of points [N, 2], in whatever order the points are.

    Which ones is drawn at random, once for each N, so that what is measured of them repeats.
    """
    if len(points) <= most:
        return points
    return points[np.random.default_rng(0).permutation(len(points))[:most]]


def on_a_line(points: np.ndarray) -> bool:
    """Whether points [N, 2] lie on a line but for rounding, whatever the units of the columns."""
    units = points.std(axis=0)
    if not units.all():
        return True
    return np.linalg.matrix_rank(np.cov((points / units).T), rtol=1e-12, hermitian=True) < 2
