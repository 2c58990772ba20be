"""Energy distance and Gaussian-kernel MMD^2 between two sets of points, unbiased.

Both are means over pairs of points, so one pass over the distances serves both. Few pairs are
summed exactly, in blocks through one reused buffer. Many pairs are summed on a grid, in time that
hardly depends on their number. In both cases memory does not grow with the number of pairs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Self

import numpy as np
from scipy.spatial.distance import cdist, pdist

from gen2d.geometry import View, subsample, view
from gen2d.metrics.gridded import Grid, Placed
from gen2d.metrics.sliced import projections

# Rows per block: a buffer of 512^2 doubles is 2 MB and outweighs numpy's overhead per call.
_BLOCK = 512
# The grid takes about as long as this many pairs in blocks: some 2000 points against 2000.
_MIN_GRID_PAIRS = 5_000_000
# The grid's exceptions are summed exactly, within seconds: pairs of far points, thinned rows.
_MAX_FAR_PAIRS = 200_000_000
_MAX_EXACT_ROWS = 20_000
_MEDIAN_ROWS = 2000
N_FIRST = 10_000
"""Number of true points for the bandwidths, the view, and metrics other than these two."""


class PairMeans(NamedTuple):
    """Means over pairs of points: the distance, and the kernel at each bandwidth."""

    distance: float
    kernels: np.ndarray  # [L]


class TwoSample(NamedTuple):
    """Two-sample distances; lower is better, 0 in expectation when the laws are equal."""

    energy_distance: float
    mmd2: np.ndarray  # [L], one per bandwidth of the reference
    n: int  # points of the sample in the means, all or some
    m: int  # points of the reference in the means


class OnGrid(NamedTuple):
    """True points on the grid made for them."""

    grid: Grid
    placed: Placed
    within: PairMeans  # over pairs of distinct points


@dataclass(frozen=True, eq=False)
class Reference:
    """True points with all that depends on them alone, shared by all samples measured on them."""

    points: np.ndarray  # [M, 2]
    bandwidths: np.ndarray  # [L], ascending, ratio 2

    @classmethod
    def of(cls, points: np.ndarray, bandwidths: np.ndarray) -> Self:
        """A reference of true points; they are measured against themselves once, on first use.

        Args:
            points: true points [M, 2], M >= 2.
            bandwidths: kernel standard deviations [L], ascending, each twice the one before, in
                the unit of the points; see `bandwidth_ladder`.

        Raises:
            ValueError: points or bandwidths are not as described.
        """
        return cls(_checked_points(points), _checked_ladder(bandwidths))

    @cached_property
    def within(self) -> PairMeans:
        """Means over pairs of distinct true points."""
        m = len(self.points)
        if m * (m - 1) // 2 > _MIN_GRID_PAIRS and self.on_grid:
            return self.on_grid.within
        y = self.some.points
        return _means_within(_block_sums(_blocks_within(y), self.bandwidths), len(y))

    @cached_property
    def fewer(self) -> Self:
        """The reference's first points alone, for samples with many points far out."""
        if len(self.points) <= N_FIRST:
            return self
        return type(self)(self.first, self.bandwidths)

    @cached_property
    def some(self) -> Self:
        """A random subset, for exact sums when all pairs are too many."""
        if len(self.points) <= _MAX_EXACT_ROWS:
            return self
        return type(self)(subsample(self.points, _MAX_EXACT_ROWS), self.bandwidths)

    @property
    def first(self) -> np.ndarray:
        """Points for the view and for other metrics, [at most N_FIRST, 2]."""
        return self.points[:N_FIRST]

    @cached_property
    def square(self) -> View:
        """The view of the true points."""
        return view(self.first)

    @cached_property
    def projections(self) -> np.ndarray:
        """Projections of the true points, for `sliced_wasserstein2`."""
        return projections(self.first)

    @cached_property
    def on_grid(self) -> OnGrid | None:
        """The points on a grid, for large samples; None if the grid is too coarse for them."""
        grid = Grid.around(self.points, self.bandwidths)
        if grid is None:
            return None
        placed = grid.place(self.points)
        sums = grid.sums_within(placed)
        if sums is None:
            return None
        return OnGrid(grid, placed, _means_within(sums, len(self.points)))


def median_distance(y: np.ndarray) -> float:
    """The median distance between true points y [M, 2], in their unit; of 2000 points at most.

    Raises:
        ValueError: y is not as described, or half of its pairs coincide.
    """
    median = np.median(pdist(subsample(_checked_points(y), _MEDIAN_ROWS)))
    if median == 0:
        raise ValueError("expected distinct points, got a median pairwise distance of 0")
    return float(median)


def bandwidth_ladder(widest: float, n_bandwidths: int) -> np.ndarray:
    """Bandwidths [L], ascending, each twice the one before, up to the widest.

    Use the data set's median distance for all its samples: MMDs at different bandwidths cannot be
    compared.

    Raises:
        ValueError: n_bandwidths, which is L, is below 1.
    """
    if n_bandwidths < 1:
        raise ValueError(f"expected at least 1 bandwidth, got {n_bandwidths}")
    return widest * 2.0 ** np.arange(1 - n_bandwidths, 1)


def two_sample_distances(x: np.ndarray, reference: Reference) -> TwoSample:
    """Energy distance and MMD^2 of a sample from the reference, both as U-statistics.

        E     = 2 E|X-Y| - E|X-X'| - E|Y-Y'|
        MMD^2 = E k(X,X') + E k(Y,Y') - 2 E k(X,Y),    k(x,y) = exp(-|x-y|^2 / 2 s^2)

    Means within a sample leave out the pairs of a point with itself, so both are unbiased and
    go below 0 when the laws are close. No square root is taken: it would undo that.

    Up to 5 million pairs are summed exactly, with 20 000 random points of a larger reference. More
    pairs are summed on a grid. The measured error is then at most 1e-6 for MMD^2; for the energy
    distance it is at most 1e-6 of the reference's extent (8e-6 on a board 8 wide) or of the widest
    bandwidth, if that is wider, and 3e-8 unless points coincide.

    Points more than a quarter of the extent outside the reference are paired exactly; if that takes
    more than 200 million pairs, only the reference's first 10 000 points are used. The grid fails
    if too many samples lie there or crowd into few bins, or if the reference is wider than 220 of
    the smallest bandwidths. Then at most 20 000 random points of either set are paired exactly.

    Args:
        x: sample [N, 2], N >= 2.
        reference: true points, with the ladder of bandwidths s.

    Returns:
        The energy distance, in the unit of the points, and MMD^2 [L] in [-2, 2], lower is better;
        and the numbers of points in the means.

    Raises:
        ValueError: x has another shape, fewer than 2 points or non-finite values.

    Source: Szekely and Rizzo, Energy statistics (2013); Gretton et al., A kernel two-sample
    test (2012), Lemma 6.
    """
    x, reference, (xx, xy) = _sample_means(_checked_points(x), reference)
    yy = reference.within
    return TwoSample(
        energy_distance=2 * xy.distance - xx.distance - yy.distance,
        mmd2=xx.kernels + yy.kernels - 2 * xy.kernels,
        n=len(x),
        m=len(reference.points),
    )


def _sample_means(
    x: np.ndarray, reference: Reference
) -> tuple[np.ndarray, Reference, tuple[PairMeans, PairMeans]]:
    """The points in the means, of x [N, 2] and the reference, and means within x and between both.

    All means must be of the same points, whether all of them or some.
    """
    # Pairs with far points cost less against a smaller reference.
    for true in dict.fromkeys([reference, reference.fewer]):
        n, m = len(x), len(true.points)
        if n * (n - 1) // 2 + n * m > _MIN_GRID_PAIRS and true.on_grid:
            sums = _gridded_sums(x, true)
            if sums is not None:
                return x, true, (_means_within(sums[0], n), _means_between(sums[1], n, m))
    x, reference = subsample(x, _MAX_EXACT_ROWS), reference.some
    n, m = len(x), len(reference.points)
    within = _block_sums(_blocks_within(x), reference.bandwidths)
    between = _block_sums(_blocks_between(x, reference.points), reference.bandwidths)
    return x, reference, (_means_within(within, n), _means_between(between, n, m))


def _gridded_sums(x: np.ndarray, reference: Reference) -> tuple[np.ndarray, np.ndarray] | None:
    """Sums [1 + L] over pairs within x [N, 2] and between x and the reference; None if not met."""
    y, bandwidths = reference.points, reference.bandwidths
    assert reference.on_grid
    grid, true, _ = reference.on_grid
    covered = grid.covers(x)
    near, far = x[covered], x[~covered]
    if len(far) * (len(x) + len(y)) > _MAX_FAR_PAIRS:
        return None
    placed = grid.place(near)
    within, between = grid.sums_within(placed), grid.sums_between(placed, true)
    if within is None or between is None:
        return None
    blocks_to_far = chain(_blocks_within(far), _blocks_between(far, near))
    return (
        within + _block_sums(blocks_to_far, bandwidths),
        between + _block_sums(_blocks_between(far, y), bandwidths),
    )


def _means_within(sums: np.ndarray, n: int) -> PairMeans:
    return _means_between(sums, n, (n - 1) / 2)


def _means_between(sums: np.ndarray, n: int, m: float) -> PairMeans:
    return PairMeans(float(sums[0]) / (n * m), sums[1:] / (n * m))


def _block_sums(blocks: Iterable[np.ndarray], bandwidths: np.ndarray) -> np.ndarray:
    """Sums [1 + L] of distances and kernels over blocks of distances, which are overwritten."""
    sums = np.zeros(1 + len(bandwidths))
    for block in blocks:  # [pairs]
        sums[0] += block.sum()
        # One exp serves the ladder, since halving s raises k to the power 4. It starts at the
        # widest kernel: a narrow one underflows and cannot be raised back. Each step multiplies
        # the relative error by 4, from 1e-16.
        block *= block
        block *= -0.5 / bandwidths[-1] ** 2
        kernel = np.exp(block, out=block)
        sums[-1] += kernel.sum()
        for i in reversed(range(1, len(bandwidths))):
            kernel *= kernel
            kernel *= kernel
            sums[i] += kernel.sum()
    return sums


def _blocks_within(x: np.ndarray) -> Iterator[np.ndarray]:
    """Distances between unordered pairs of distinct rows, in views of one buffer."""
    buffer = np.empty(_BLOCK**2)
    for i in range(0, len(x), _BLOCK):
        rows = x[i : i + _BLOCK]
        if len(rows) > 1:
            diagonal = buffer[: len(rows) * (len(rows) - 1) // 2]
            yield pdist(rows, out=diagonal)
        yield from _blocks_between(rows, x[i + _BLOCK :], buffer)


def _blocks_between(
    x: np.ndarray, y: np.ndarray, buffer: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Distances between every row of x and every row of y, in views of one buffer."""
    buffer = np.empty(_BLOCK**2) if buffer is None else buffer
    for i in range(0, len(x), _BLOCK):
        for j in range(0, len(y), _BLOCK):
            rows, columns = x[i : i + _BLOCK], y[j : j + _BLOCK]
            block = buffer[: len(rows) * len(columns)]
            cdist(rows, columns, out=block.reshape(len(rows), len(columns)))
            yield block


def _checked_points(points: np.ndarray) -> np.ndarray:
    points = np.ascontiguousarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise ValueError(f"expected points of shape [N, 2] with N >= 2, got {points.shape}")
    n_bad = np.count_nonzero(~np.isfinite(points).all(axis=1))
    if n_bad:
        raise ValueError(f"expected finite points, got {n_bad} non-finite of {len(points)}")
    return points


def _checked_ladder(bandwidths: np.ndarray) -> np.ndarray:
    bandwidths = np.asarray(bandwidths, dtype=np.float64)
    is_ladder = (
        bandwidths.ndim == 1
        and bandwidths.size > 0
        and np.isfinite(bandwidths).all()
        and bandwidths[0] > 0
        and np.allclose(bandwidths[1:], 2 * bandwidths[:-1], rtol=1e-12, atol=0)
    )
    if not is_ladder:
        raise ValueError(f"expected positive bandwidths, each twice the last, got {bandwidths}")
    return bandwidths
