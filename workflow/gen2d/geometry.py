"""Views of data sets and grids in them; sets of points by their rows."""

from typing import NamedTuple

import numpy as np

FINE = 64  # cells a side, of densities and energies
COARSE = 20  # of scores, which are drawn as arrows
TAIL = 0.001  # of the true points beyond each side, before the margin
FAR = 0.01  # share of points outside the square, from which on it is worth a word
MARGIN = 1.25  # of the square's side, by that of the smallest that holds the rest


class View(NamedTuple):
    """A square, by its corners [2]."""

    low: np.ndarray
    high: np.ndarray

    def grid(self, n: int) -> np.ndarray:
        """The midpoints [n^2, 2] of n x n cells, row by row from below."""
        middles = (np.arange(n) + 0.5) / n
        second, first = np.meshgrid(middles, middles, indexing="ij")
        return self.low + (self.high - self.low) * np.stack([first, second], -1).reshape(-1, 2)

    def share_outside(self, x: np.ndarray) -> float:
        """The share of points [N, 2] outside the square."""
        return float(((x < self.low) | (x > self.high)).any(axis=1).mean())


def view(points: np.ndarray) -> View:
    """The square around true points [N, 2], with a margin."""
    low, high = np.quantile(points, [TAIL, 1 - TAIL], axis=0)
    half = MARGIN * max((high - low).max() / 2, 1e-6)
    return View((low + high) / 2 - half, (low + high) / 2 + half)


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
