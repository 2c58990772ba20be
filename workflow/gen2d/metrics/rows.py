"""Rows of a set of points that stand for all."""

import numpy as np


def some_rows(points: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows of points [N, 2], in whatever order the points are.

    Which ones is drawn at random, once for each N, so that what is measured of them repeats.
    """
    if len(points) <= most:
        return points
    return points[np.random.default_rng(0).permutation(len(points))[:most]]
