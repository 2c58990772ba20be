"""Metrics as functions of a sample x [N, 2], the true points and their law.

`gen2d.metrics.catalogue` lists them. A function returns one metric, or several by name if they
share work. Metrics that are not defined for a law are left out.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from gen2d.geometry import on_a_line, subsample
from gen2d.metrics.binned import Bins, total_variation
from gen2d.metrics.neighbours import neighbours
from gen2d.metrics.sliced import projections, sliced_wasserstein2
from gen2d.metrics.two_sample import Reference, two_sample_distances
from gen2d.plugins import resolve

if TYPE_CHECKING:
    from gen2d.densities.base import Law

_KDE_POINTS = 1000


def measure(
    x: np.ndarray, true: Reference, law: "Law", metrics: Mapping[str, str]
) -> dict[str, float]:
    """Metrics of a sample x [N, 2], by name; no single one sees every difference.

    Args:
        metrics: function of each metric, "module:function".
    """
    found: dict[str, float] = {}
    for taken_by in dict.fromkeys(metrics.values()):
        taken = resolve(taken_by)(x, true, law)
        if isinstance(taken, Mapping):
            found |= {name: float(value) for name, value in taken.items() if name in metrics}
        else:
            found |= {name: float(taken) for name, by in metrics.items() if by == taken_by}
    return {name: found[name] for name in metrics if name in found}


def distances(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """The energy distance, MMD^2 at the smallest bandwidth, and its mean over all bandwidths."""
    measured = two_sample_distances(x, true)
    return {
        "energy_distance": measured.energy_distance,
        "mmd2_small": measured.mmd2[0],
        "mmd2_ladder": measured.mmd2.mean(),
    }


def sliced(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The squared sliced 2-Wasserstein distance."""
    return sliced_wasserstein2(projections(x), true.projections)


def over_bins(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The total variation between shares of points in bins that the true points fill evenly."""
    bins = Bins.of(true.first, len(x))
    return total_variation(bins.counts(x), bins.counts(true.first))


def neighbourhoods(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """Precision, recall and coverage."""
    return neighbours(x, true.first)._asdict()


def kernel_estimate(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The mean log-density [nats] of a kernel density estimate of the sample at true points."""
    return kde_log_likelihood(x, true.first)


def off_support(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """The share of samples off the support; empty for laws without a bounded support."""
    if not law.has_bounded_support:
        return {}
    return {"off_support": (~law.in_support(x)).mean()}


def outside(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The share of samples outside the view of the true points."""
    return true.square.share_outside(x)


def furthest_coordinate(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The largest absolute coordinate of any sample."""
    return float(np.abs(x).max())


def modes(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """The least and the largest ratio of a mode's share of samples to its weight.

    A sample belongs to the nearest mode. Both are 1 if every mode has its weight's share. Empty for
    laws without separate modes.
    """
    if law.modes is None:
        return {}
    means, weights = law.modes
    nearest = cdist(x, means).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(means)) / len(x) / weights
    return {"least_mode": shares.min(), "largest_mode": shares.max()}


def kde_log_likelihood(x: np.ndarray, y: np.ndarray) -> float:
    """Mean log-density [nats] of a kernel density estimate of samples x at true points y.

    Both are thinned to 1000 points. Scott's bandwidth is wide for laws with several modes: it hides
    small defects, and a true sample scores well below minus the entropy. -inf for samples on a
    line.

    Source: Scott, Multivariate density estimation (1992), as scipy.stats.gaussian_kde, whose
    import takes longer than all metrics of 10,000 points.
    """
    x, y = (subsample(points, _KDE_POINTS) for points in (x, y))
    if on_a_line(x):
        return -np.inf
    root = np.linalg.cholesky(np.cov(x.T)) * len(x) ** (-1 / 6)
    x, y = (np.linalg.solve(root, points.T).T for points in (x, y))
    log_kernels = logsumexp(-0.5 * cdist(y, x, "sqeuclidean"), axis=1)
    log_scale = np.log(2 * np.pi * len(x)) + np.log(np.diag(root)).sum()
    return float(log_kernels.mean() - log_scale)
