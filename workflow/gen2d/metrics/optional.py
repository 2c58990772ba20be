"""Optional metrics, which need extra packages and are measured only if configured.

They have the form of those in `gen2d.metrics.of_samples`. Even two samples of one law do not score
0, so compare a model's value with that of true samples.
"""

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist

from gen2d.geometry import subsample
from gen2d.metrics.two_sample import Reference

if TYPE_CHECKING:
    from gen2d.densities.base import Law

_CLASSIFIED = 2000
_FOLDS = 5
_TRANSPORTED = 1000
_MOST_PIVOTS = 10_000_000  # at which the network simplex gives up


def c2st(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The accuracy, in [0, 1], with which a classifier tells a sample [N, 2] from true points.

    Lower is better: 0.5 on average for equal laws, with a standard deviation of 0.01; above 0.99
    for laws with disjoint supports. Gradient-boosted trees are trained and tested by 5-fold
    cross-validation; both sets are thinned at random to the same size, at most 2000. Trees detect
    blur better than small neural networks, but poorly: a checkerboard blurred by a twentieth of a
    square scores 0.51.

    Source: Lopez-Paz and Oquab, Revisiting classifier two-sample tests (2017).
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # here, since it may be missing
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from threadpoolctl import threadpool_limits  # installed with scikit-learn

    x, y = _as_many(x, true.first, _CLASSIFIED)
    is_true = np.repeat([False, True], [len(x), len(y)])
    folds = StratifiedKFold(min(_FOLDS, len(x)), shuffle=True, random_state=0)
    classifier = HistGradientBoostingClassifier(random_state=0)
    with threadpool_limits(1):  # on busy cores, two that wait for each other take 20 times as long
        accuracies = cross_val_score(classifier, np.concatenate([x, y]), is_true, cv=folds)
    return float(accuracies.mean())


def wasserstein1(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The 1-Wasserstein distance of a sample x [N, 2] from true points, in their units.

    Lower is better. Exact, after both sets are thinned at random to the same size, at most 1000.

    Source: Flamary et al., POT: Python optimal transport (2021).
    """
    return _transport(x, true, "euclidean")


def wasserstein2(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The 2-Wasserstein distance, a root mean square; otherwise as `wasserstein1`."""
    return float(np.sqrt(_transport(x, true, "sqeuclidean")))


def _transport(x: np.ndarray, true: Reference, cost: str) -> float:
    """The least mean cost of moving a sample [N, 2] onto as many true points."""
    from ot import emd2  # here, since it may be missing

    costs = cdist(*_as_many(x, true.first, _TRANSPORTED), cost)
    unit = costs.max() or 1.0  # since the solver's tolerances are absolute
    return float(unit * emd2([], [], costs / unit, numItermax=_MOST_PIVOTS))


def _as_many(x: np.ndarray, y: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    n = min(len(x), len(y), most)
    return subsample(x, n), subsample(y, n)
