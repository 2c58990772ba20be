"""Counts in bins that the true points fill evenly: total variation and a chi-square test."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import chdtrc

_MAX_PER_SIDE = 24
# Mean number of the smaller sample's points per bin, at least: chi-square is asymptotic.
_MIN_PER_BIN = 10


@dataclass(frozen=True, eq=False)
class Bins:
    """S^2 bins of about equal true mass: S strips by the first coordinate, each cut into S bins.

    The outer bins reach to infinity, so that every point has a bin.
    """

    strips: np.ndarray  # [S - 1], edges along the first coordinate
    edges: np.ndarray  # [S, S - 1], edges of each strip's bins along the second

    @classmethod
    def of(cls, points: np.ndarray, n: int) -> Self:
        """Bins for n points against the true points [M, 2]: 24^2, or fewer for few points."""
        per_side = int(np.sqrt(min(n, len(points)) / _MIN_PER_BIN))
        per_side = max(1, min(per_side, _MAX_PER_SIDE))
        by_first = np.array_split(points[np.argsort(points[:, 0], kind="stable")], per_side)
        shares = np.arange(1, per_side) / per_side
        return cls(
            strips=np.array([strip[0, 0] for strip in by_first[1:]]),
            edges=np.stack([np.quantile(strip[:, 1], shares) for strip in by_first]),
        )

    def counts(self, points: np.ndarray) -> np.ndarray:
        """Number of the points [N, 2] in each bin, [S^2]."""
        per_side = len(self.edges)
        strip = np.searchsorted(self.strips, points[:, 0], side="right")
        bin_of = np.empty(len(points), dtype=np.int64)
        for i, edges in enumerate(self.edges):
            inside = strip == i
            bin_of[inside] = i * per_side + np.searchsorted(edges, points[inside, 1], side="right")
        return np.bincount(bin_of, minlength=per_side**2)


def total_variation(x_counts: np.ndarray, y_counts: np.ndarray) -> float:
    """Half the sum of |p - q| over bins, in [0, 1]; 0 only if all shares are equal.

    Up to noise, a lower bound of the total variation between the laws: two samples of one law give
    about sqrt(B / (2 pi)) sqrt(1/n + 1/m) with B bins.
    """
    return float(np.abs(x_counts / x_counts.sum() - y_counts / y_counts.sum()).sum() / 2)


def chi_square_p_value(x_counts: np.ndarray, y_counts: np.ndarray) -> float:
    """The p-value of Pearson's test of homogeneity; 1 for a single bin.

    The limit holds although the bins are quantiles of the true points: another sample's shares in
    them vary as much as shares in fixed bins differ between two samples.
    """
    table = np.stack([x_counts, y_counts])
    table = table[:, table.any(axis=0)]
    if table.shape[1] == 1:
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))
