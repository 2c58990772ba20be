"""Precision, recall and coverage: does a sample lie where the true points lie, and everywhere?"""

from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from gen2d.geometry import subsample

_N_NEIGHBOURS = 5
_MAX_POINTS = 5000


class Neighbours(NamedTuple):
    """Shares in [0, 1], higher is better; even two samples of one law score below 1."""

    precision: float
    recall: float
    coverage: float


def neighbours(x: np.ndarray, y: np.ndarray) -> Neighbours:
    """Precision, recall and coverage of a sample x [N, 2] against true points y [M, 2].

    A point's neighbourhood is the disc that reaches its 5th neighbour within its own set.
    Precision is the share of samples in some true point's neighbourhood; recall is the share of
    true points in some sample's neighbourhood; coverage is the share of true points' neighbourhoods
    that hold a sample. Both sets are thinned at random to the same size, at most 5000.

    Source: Kynkäänniemi et al., Improved precision and recall metric for assessing generative
    models (2019); Naeem et al., Reliable fidelity and diversity metrics (2020), eq. 9.
    """
    n = min(len(x), len(y), _MAX_POINTS)
    x, y = (subsample(points, n) for points in (x, y))
    of_x, of_y = KDTree(x), KDTree(y)
    radii_x, radii_y = (_reach(tree) for tree in (of_x, of_y))
    nearest, _ = of_x.query(y)
    return Neighbours(
        precision=_share_within(of_x, y, radii_y),
        recall=_share_within(of_y, x, radii_x),
        coverage=float(np.mean(nearest <= radii_y)),
    )


def _reach(tree: KDTree) -> np.ndarray:
    """Distance [N] of every point to its 5th neighbour; the first found is the point itself."""
    distances, _ = tree.query(tree.data, k=[min(_N_NEIGHBOURS + 1, tree.n)])
    return distances[:, 0]


def _share_within(tree: KDTree, centres: np.ndarray, radii: np.ndarray) -> float:
    """Share of the tree's points that lie in at least one of the discs."""
    within = np.zeros(tree.n, dtype=bool)
    for rows in tree.query_ball_point(centres, radii, return_sorted=False):
        within[rows] = True
    return float(within.mean())
