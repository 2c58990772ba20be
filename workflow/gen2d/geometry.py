"""Views of data sets and grids in them; sets of points by their rows."""

from typing import NamedTuple, Self

import numpy as np

FINE = 64  # cells a side, of densities and energies
COARSE = 20  # of scores, which are drawn as arrows
TAIL = 0.001  # of the true points beyond each side, before the margin
FAR = 0.01  # share of points outside the square, from which on it is worth a word
MARGIN = 1.25  # of the square's side, by that of the smallest that holds the rest
UNLIKE = 3  # the ratio of two sides from which on each axis has a scale of its own
BULK = 0.02  # of the true points beyond each side, where those beyond TAIL lie
DETACHED = 3  # times as far apart, or more
TIED = 0.01  # share of points that coincide, from which on no likelihood is taken


class View(NamedTuple):
    """A square, by its corners [2]; a rectangle where the axes have unlike units."""

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of_grid(cls, middles: np.ndarray, n: int) -> Self:
        """The view whose grid of n x n cells has these midpoints [n^2, 2]."""
        low, high = middles.min(axis=0), middles.max(axis=0)
        half = (high - low) / (n - 1) / 2
        return cls(low - half, high + half)

    @property
    def sides(self) -> np.ndarray:
        """Width and height, [2]."""
        return self.high - self.low

    @property
    def is_square(self) -> bool:
        """Whether both axes have one scale, but for rounding."""
        return bool(np.isclose(*self.sides, rtol=1e-6))

    def hides(self, x: np.ndarray) -> bool:
        """Whether some of the points [N, 2] lie half a side or more outside."""
        return View(self.low - self.sides / 2, self.high + self.sides / 2).share_outside(x) > 0

    def grid(self, n: int) -> np.ndarray:
        """The midpoints [n^2, 2] of n x n cells, row by row from below."""
        middles = (np.arange(n) + 0.5) / n
        second, first = np.meshgrid(middles, middles, indexing="ij")
        return self.low + self.sides * np.stack([first, second], -1).reshape(-1, 2)

    def share_outside(self, x: np.ndarray) -> float:
        """The share of points [N, 2] outside the square."""
        return float(((x < self.low) | (x > self.high)).any(axis=1).mean())


def view(points: np.ndarray) -> View:
    """The square around true points [N, 2], with a margin.

    Where their spreads differ by more than a factor of 3, each axis has its own scale. Up to 2 % of
    them are left out at a side where these lie far from the rest.
    """
    low, high = np.transpose([_limits(points[:, 0]), _limits(points[:, 1])])
    sides = high - low
    if sides.max() <= UNLIKE * sides.min() or not sides.min():
        sides = sides.max()
    half = MARGIN * np.where(sides > 0, sides / 2, 1e-6)
    return View((low + high) / 2 - half, (low + high) / 2 + half)


def _limits(x: np.ndarray) -> np.ndarray:
    """The least and the largest [2] of numbers [N], but for tails and what lies far out."""
    low, high = np.quantile(x, [BULK, 1 - BULK])
    limits: np.ndarray = np.quantile(x, [TAIL, 1 - TAIL])
    reach = high - low
    if reach > 0 and limits[1] - limits[0] > DETACHED * reach:
        near = x[(x >= low - reach) & (x <= high + reach)]
        limits = np.quantile(near, [TAIL, 1 - TAIL])
    return limits


def subsample(points: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows of points [N, 2], in whatever order the points are.

    Which ones is drawn at random, once for each N, so that what is measured of them repeats.
    """
    if len(points) <= most:
        return points
    return points[np.random.default_rng(0).permutation(len(points))[:most]]


def share_tied(points: np.ndarray) -> float:
    """The share of points [N, 2] at whose place another one lies."""
    _, counts = np.unique(points, axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(points))


def on_a_line(points: np.ndarray) -> bool:
    """Whether points [N, 2] lie on a line but for rounding, whatever the units of the columns."""
    units = points.std(axis=0)
    if not units.all():
        return True
    return np.linalg.matrix_rank(np.cov((points / units).T), rtol=1e-12, hermitian=True) < 2


def unfit(points: np.ndarray, most_sds: float) -> str:
    """Why points [N, 2] are none to learn from in single precision, or nothing.

    They are to span the plane, nearer to 0 than so many of their standard deviations; and less than
    a third of all pairs are to coincide.
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
