"""Energy distance and Gaussian-kernel MMD^2 between two sets of points, exact and unbiased.

Both are means over pairs of points, so one pass over the distances serves both. The pass goes
block by block through one reused buffer: time grows with the number of pairs, memory does not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from scipy.spatial.distance import cdist, pdist

# Rows per block: a buffer of 512^2 doubles is 2 MB, and numpy's overhead per call is lost in it.
_BLOCK = 512
_MEDIAN_ROWS = 2000


class PairMeans(NamedTuple):
    """Means over pairs of points: distance, and kernel at each bandwidth."""

    distance: float
    kernels: np.ndarray  # [L]


class TwoSample(NamedTuple):
    """Two-sample distances; lower is better, 0 in expectation when the laws are equal."""

    energy_distance: float
    mmd2: np.ndarray  # [L], one per bandwidth of the reference


@dataclass(frozen=True, eq=False)
class Reference:
    """True points and all that depends on them alone, shared by every sample measured on them."""

    points: np.ndarray  # [M, 2]
    bandwidths: np.ndarray  # [L], ascending, ratio 2
    within: PairMeans

    @classmethod
    def of(cls, points: np.ndarray, bandwidths: np.ndarray) -> Self:
        """Measure the true points against themselves.

        Args:
            points: true points [M, 2], M >= 2.
            bandwidths: kernel standard deviations [L], ascending, each twice the one before, in
                the unit of the points; see `bandwidth_ladder`.

        Raises:
            ValueError: points or bandwidths are not as described.
        """
        points, bandwidths = _checked_points(points), _checked_ladder(bandwidths)
        return cls(points, bandwidths, _pair_means(_blocks_within(points), bandwidths))


def bandwidth_ladder(y: np.ndarray, n_bandwidths: int) -> np.ndarray:
    """Bandwidths that halve from the median distance between true points.

    Take it once per data set: distances at bandwidths of their own cannot be compared.

    Args:
        y: true points [M, 2]; above 2000 the median is that of 2000 evenly spaced rows, so that
            a file sorted by cluster is seen whole.
        n_bandwidths: L >= 1.

    Returns:
        Bandwidths [L], ascending, ratio 2, in the unit of y.

    Raises:
        ValueError: y is not as described or half of its pairs coincide, or n_bandwidths < 1.
    """
    y = _checked_points(y)
    if n_bandwidths < 1:
        raise ValueError(f"expected at least 1 bandwidth, got {n_bandwidths}")
    n_rows = min(len(y), _MEDIAN_ROWS)
    median = np.median(pdist(y[np.arange(n_rows) * len(y) // n_rows]))
    if median == 0:
        raise ValueError("expected distinct points, got a median pairwise distance of 0")
    return median * 2.0 ** np.arange(1 - n_bandwidths, 1)


def two_sample_distances(x: np.ndarray, reference: Reference) -> TwoSample:
    """Energy distance and MMD^2 of a sample from the reference, both as U-statistics.

        E     = 2 E|X-Y| - E|X-X'| - E|Y-Y'|
        MMD^2 = E k(X,X') + E k(Y,Y') - 2 E k(X,Y),    k(x,y) = exp(-|x-y|^2 / 2 s^2)

    Means within a sample leave out the pairs of a point with itself, so both are unbiased and
    go below 0 when the laws are close. No square root is taken: it would undo that.

    Args:
        x: sample [N, 2], N >= 2.
        reference: true points, with the ladder of bandwidths s.

    Returns:
        The energy distance, in the unit of the points, and MMD^2 [L] in [-2, 2]; lower is better.

    Raises:
        ValueError: x has another shape, fewer than 2 points or non-finite values.

    Source: Szekely and Rizzo, Energy statistics (2013); Gretton et al., A kernel two-sample
    test (2012), Lemma 6.
    """
    x = _checked_points(x)
    y, bandwidths, yy = reference.points, reference.bandwidths, reference.within
    xx = _pair_means(_blocks_within(x), bandwidths)
    xy = _pair_means(_blocks_between(x, y), bandwidths)
    return TwoSample(
        energy_distance=2 * xy.distance - xx.distance - yy.distance,
        mmd2=xx.kernels + yy.kernels - 2 * xy.kernels,
    )


def _pair_means(blocks: Iterable[np.ndarray], bandwidths: np.ndarray) -> PairMeans:
    """Mean distance and kernels over blocks of distances, which are overwritten."""
    n_pairs, distance, kernels = 0, 0.0, np.zeros(len(bandwidths))
    for block in blocks:  # [pairs]
        n_pairs += block.size
        distance += block.sum()
        # One exp serves the ladder, since halving s raises k to the power 4. It starts at the
        # widest kernel: a narrow one underflows and cannot be raised back. Each step multiplies
        # the relative error by 4, from 1e-16.
        block *= block
        block *= -0.5 / bandwidths[-1] ** 2
        kernel = np.exp(block, out=block)
        kernels[-1] += kernel.sum()
        for i in reversed(range(len(bandwidths) - 1)):
            kernel *= kernel
            kernel *= kernel
            kernels[i] += kernel.sum()
    return PairMeans(float(distance) / n_pairs, kernels / n_pairs)


def _blocks_within(x: np.ndarray) -> Iterator[np.ndarray]:
    """Distances of the unordered pairs of distinct rows, in views of one buffer."""
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
    """Distances of every row of x to every row of y, in views of one buffer."""
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
