"""The square that the panels of a data set show, and the grids in it."""

from typing import NamedTuple

import numpy as np

FINE = 64  # cells a side, of densities and energies
COARSE = 20  # of scores, which are drawn as arrows
TAIL = 0.001  # of the true points beyond each side, before the margin
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


def view(points: np.ndarray) -> View:
    """The square around true points [N, 2], with a margin."""
    low, high = np.quantile(points, [TAIL, 1 - TAIL], axis=0)
    half = MARGIN * max((high - low).max() / 2, 1e-6)
    return View((low + high) / 2 - half, (low + high) / 2 + half)
