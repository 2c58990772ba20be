"""Views of data sets, grids in them, and properties of sets of points [N, 2]."""

from typing import NamedTuple, Self

import numpy as np

FINE = 64  # bins per side of grids of densities and energies
COARSE = 20  # bins per side of grids of scores, which are drawn as arrows
TAIL = 0.001  # share of true points cut off at each side, before the margin
FAR = 0.01  # share of points outside the view, above which it is reported
MARGIN = 1.25  # side of the view over the side of the smallest one without the tails
UNLIKE = 3  # ratio of two sides, above which each axis has its own scale
BULK = 0.02  # share of true points cut off at each side, if the tails are detached
DETACHED = 3  # ratio of the range inside TAIL to the range inside BULK: tails are detached above
TIED = 0.01  # share of coinciding points, above which no likelihood is measured


class View(NamedTuple):
    """The square that shows a data set, by its corners [2]; a rectangle if units are unlike."""

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of_grid(cls, middles: np.ndarray, n: int) -> Self:
        """The view whose grid of n x n bins has these midpoints [n^2, 2]."""
        low, high = middles.min(axis=0), middles.max(axis=0)
        half = (high - low) / (n - 1) / 2
        return cls(low - half, high + half)

    @property
    def sides(self) -> np.ndarray:
        """Width and height, [2]."""
        return self.high - self.low

    @property
    def is_square(self) -> bool:
        """Whether both axes have the same scale, up to rounding."""
        width, height = self.sides
        return bool(np.isclose(width, height, rtol=1e-6))

    def hides(self, x: np.ndarray) -> bool:
        """Whether any of the points [N, 2] lies half a side or more outside."""
        return View(self.low - self.sides / 2, self.high + self.sides / 2).share_outside(x) > 0

    def grid(self, n: int) -> np.ndarray:
        """Midpoints [n^2, 2] of n x n bins, row by row from below."""
        middles = (np.arange(n) + 0.5) / n
        second, first = np.meshgrid(middles, middles, indexing="ij")
        return self.low + self.sides * np.stack([first, second], -1).reshape(-1, 2)

    def share_outside(self, x: np.ndarray) -> float:
        """The share of points [N, 2] outside the view."""
        return float(((x < self.low) | (x > self.high)).any(axis=1).mean())


def view(points: np.ndarray) -> View:
    """The view around true points [N, 2], with a margin.

    A square, unless the two spreads differ by more than a factor of 3: then each axis has its own
    scale. At each side 0.1 % of the points are cut off, or up to 2 % if they lie far from the
    rest.
    """
    low, high = np.transpose([_limits(points[:, 0]), _limits(points[:, 1])])
    sides = high - low
    if sides.max() <= UNLIKE * sides.min() or not sides.min():
        sides = sides.max()
    half = MARGIN * np.where(sides > 0, sides / 2, 1e-6)
    return View((low + high) / 2 - half, (low + high) / 2 + half)


def _limits(x: np.ndarray) -> np.ndarray:
    """The least and the largest [2] of numbers x [N], without tails and detached points."""
    low, high = np.quantile(x, [BULK, 1 - BULK])
    limits: np.ndarray = np.quantile(x, [TAIL, 1 - TAIL])
    reach = high - low
    if reach > 0 and limits[1] - limits[0] > DETACHED * reach:
        near = x[(x >= low - reach) & (x <= high + reach)]
        limits = np.quantile(near, [TAIL, 1 - TAIL])
    return limits


def subsample(points: np.ndarray, most: int) -> np.ndarray:
    """At most `most` rows of points or labels [N, ...], chosen at random whatever their order.

    The choice depends on N alone, so that measurements repeat.
    """
    if len(points) <= most:
        return points
    return points[np.random.default_rng(0).permutation(len(points))[:most]]


def share_tied(points: np.ndarray) -> float:
    """The share of points [N, 2] that coincide with another one."""
    _, counts = np.unique(points, axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(points))


def on_a_line(points: np.ndarray) -> bool:
    """Whether points [N, 2] lie on a line, up to rounding, whatever the units of the columns."""
    units = points.std(axis=0)
    if not units.all():
        return True
    return np.linalg.matrix_rank(np.cov((points / units).T), rtol=1e-12, hermitian=True) < 2


def unfit(points: np.ndarray, most_sds: float) -> str:
    """Why no model can learn points [N, 2] in single precision; empty if one can.

    Points must span the plane, with a mean within `most_sds` standard deviations of 0, and fewer
    than a third of all pairs may coincide.
    """
    places = np.ascontiguousarray(points).view(complex)
    counts = np.unique(places, return_counts=True)[1]
    if np.sum(counts * (counts - 1)) >= len(points) * (len(points) - 1) / 3:
        return "mostly the same point"
    size = np.abs(points).max()
    if not 1e-15 < size < 1e15:
        return f"numbers up to {size:g}"
    scaled = points / size
    mean, sd = scaled.mean(axis=0), scaled.std(axis=0)
    if np.linalg.matrix_rank(scaled - mean) < 2:
        return "points on a line"
    if (np.abs(mean) >= most_sds * sd).any():
        return f"points farther from 0 than {most_sds:g} of their standard deviations"
    return ""
