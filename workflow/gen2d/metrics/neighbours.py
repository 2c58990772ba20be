"""Precision, recall and coverage: does a sample lie where the true points lie, and everywhere?"""

from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from gen2d.geometry import subsample

_N_NEIGHBOURS = 5
_MAX_POINTS = 5000


class Neighbours(NamedTuple):
    """Shares in [0, 1], higher is better; two samples of one law have less than 1."""

    precision: float
    recall: float
    coverage: float


def neighbours(x: np.ndarray, y: np.ndarray) -> Neighbours:
    """How a sample [N, 2] and true points [M, 2] lie in each other's neighbourhoods.

    A point's neighbourhood is the disc that reaches its 5th neighbour within its own sample.
    Precision is the share of the sample in a neighbourhood of true points, recall the share of true
    points in one of the sample's, coverage the share of true neighbourhoods that hold a sample.
    As many points are taken of either, 5000 at most, of more some at random.

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
    """Distance of every point to its 5th neighbour [N]; the first found is the point itself."""
    distances, _ = tree.query(tree.data, k=[min(_N_NEIGHBOURS + 1, tree.n)])
    return distances[:, 0]


def _share_within(tree: KDTree, centres: np.ndarray, radii: np.ndarray) -> float:
    """Share of the tree's points that lie in at least one disc."""
    within = np.zeros(tree.n, dtype=bool)
    for rows in tree.query_ball_point(centres, radii, return_sorted=False):
        within[rows] = True
    return float(within.mean())
