"""Metrics as functions of a sample [N, 2], the true points and their law.

`gen2d.metrics.catalogue` names them. A function returns its metric or, where several share work,
all by name; what is not defined for a law is left out.
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
    """These metrics of a sample [N, 2], by name; no single one sees every difference.

    Args:
        metrics: the function that takes each, "module:function".
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
    """The energy distance, and MMD^2 at the smallest bandwidth and in the mean over all."""
    measured = two_sample_distances(x, true)
    return {
        "energy_distance": measured.energy_distance,
        "mmd2_small": measured.mmd2[0],
        "mmd2_ladder": measured.mmd2.mean(),
    }


def sliced(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The squared sliced 2-Wasserstein distance."""
    return sliced_wasserstein2(projections(x), true.projections)


def cells(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The total variation between shares of cells that the true points fill evenly."""
    bins = Bins.of(true.first, len(x))
    return total_variation(bins.counts(x), bins.counts(true.first))


def neighbourhoods(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """Precision, recall and coverage."""
    return neighbours(x, true.first)._asdict()


def kernel_estimate(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The mean log density of true points by a kernel density estimate of the sample, in nats."""
    return kde_log_likelihood(x, true.first)


def off_support(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """The share of points where a density of bounded support is 0; none for other laws."""
    if not law.has_bounded_support:
        return {}
    return {"off_support": (~law.in_support(x)).mean()}


def outside(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The share of points outside the square that shows the true points."""
    return true.square.share_outside(x)


def furthest_coordinate(x: np.ndarray, true: Reference, law: "Law") -> float:
    """The largest absolute coordinate of any point."""
    return float(np.abs(x).max())


def modes(x: np.ndarray, true: Reference, law: "Law") -> dict[str, float]:
    """The least and the largest share of the points nearest to a mode, over the mode's weight.

    None for laws that are no mixture of separate modes. Both are 1 where every mode gets its due.
    """
    if law.modes is None:
        return {}
    means, weights = law.modes
    nearest = cdist(x, means).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(means)) / len(x) / weights
    return {"least_mode": shares.min(), "largest_mode": shares.max()}


def kde_log_likelihood(x: np.ndarray, y: np.ndarray) -> float:
    """Mean log density at 1000 true points of a kernel density estimate of 1000 samples, in nats.

    With Scott's bandwidth, which is wide for laws of several modes: it hides small defects, and a
    true sample scores well below minus the entropy. -inf for samples on a line.

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
