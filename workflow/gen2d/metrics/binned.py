"""Counts in cells that the true points fill evenly: total variation and a chi-square test."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import chdtrc

_MAX_PER_SIDE = 24
# Points of the smaller sample that a cell gets on average, at least: chi-square is asymptotic.
_MIN_PER_CELL = 10


@dataclass(frozen=True, eq=False)
class Bins:
    """S^2 cells of about equal true mass: S strips by the first coordinate, each cut in S.

    The outer cells reach to infinity, so that every point has a cell.
    """

    strips: np.ndarray  # [S - 1], edges along the first coordinate
    edges: np.ndarray  # [S, S - 1], of the cells of each strip along the second

    @classmethod
    def of(cls, points: np.ndarray, n: int) -> Self:
        """Cells for n points against the true points [M, 2]: 24^2, or fewer for few points."""
        per_side = int(np.sqrt(min(n, len(points)) / _MIN_PER_CELL))
        per_side = max(1, min(per_side, _MAX_PER_SIDE))
        by_first = np.array_split(points[np.argsort(points[:, 0], kind="stable")], per_side)
        shares = np.arange(1, per_side) / per_side
        return cls(
            strips=np.array([strip[0, 0] for strip in by_first[1:]]),
            edges=np.stack([np.quantile(strip[:, 1], shares) for strip in by_first]),
        )

    def counts(self, points: np.ndarray) -> np.ndarray:
        """Points in each cell [S^2], for points [N, 2]."""
        per_side = len(self.edges)
        strip = np.searchsorted(self.strips, points[:, 0], side="right")
        cell = np.empty(len(points), dtype=np.int64)
        for i, edges in enumerate(self.edges):
            inside = strip == i
            cell[inside] = i * per_side + np.searchsorted(edges, points[inside, 1], side="right")
        return np.bincount(cell, minlength=per_side**2)


def total_variation(x_counts: np.ndarray, y_counts: np.ndarray) -> float:
    """Half the sum of |p - q| over cells, in [0, 1]; 0 only if the shares are equal.

    A lower bound of the laws' total variation, but for noise: two samples of one law have about
    sqrt(C / (2 pi)) sqrt(1/n + 1/m) in C cells.
    """
    return float(np.abs(x_counts / x_counts.sum() - y_counts / y_counts.sum()).sum() / 2)


def chi_square_p_value(x_counts: np.ndarray, y_counts: np.ndarray) -> float:
    """Pearson's test of homogeneity: 1 for a single cell.

    That the cells are quantiles of the true points does not change the limit: their shares of
    another sample then vary as those of a fixed cell between two samples.
    """
    table = np.stack([x_counts, y_counts])
    table = table[:, table.any(axis=0)]
    if table.shape[1] == 1:
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))
