"""Every metric of a sample, by its name in metrics.csv."""

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from gen2d.densities.base import Law
from gen2d.geometry import on_a_line, some_rows
from gen2d.metrics.binned import Bins, total_variation
from gen2d.metrics.neighbours import neighbours
from gen2d.metrics.sliced import projections, sliced_wasserstein2
from gen2d.metrics.two_sample import Reference, two_sample_distances

_KDE_POINTS = 1000


def measure(x: np.ndarray, true: Reference, law: Law) -> dict[str, float]:
    """All metrics of a sample [N, 2]; no single one sees every difference.

    Lower is better but for `precision`, `recall`, `coverage` and `kde_log_likelihood`. `mmd2_small`
    is at the smallest bandwidth, `mmd2_ladder` the mean over all; `off_support` is the share of
    points where a density of bounded support is 0, and absent for other laws.
    """
    distances = two_sample_distances(x, true)
    bins = Bins.of(true.points, len(x))
    metrics = {
        "energy_distance": distances.energy_distance,
        "mmd2_small": float(distances.mmd2[0]),
        "mmd2_ladder": float(distances.mmd2.mean()),
        "sliced_wasserstein2": sliced_wasserstein2(projections(x), true.projections),
        "total_variation": total_variation(bins.counts(x), bins.counts(true.points)),
        **neighbours(x, true.points)._asdict(),
        "kde_log_likelihood": kde_log_likelihood(x, true.points),
    }
    if law.has_bounded_support:
        metrics["off_support"] = float((~law.in_support(x)).mean())
    return metrics


def kde_log_likelihood(x: np.ndarray, y: np.ndarray) -> float:
    """Mean log density at 1000 true points of a kernel density estimate of 1000 samples, in nats.

    With Scott's bandwidth, which is wide for laws of several modes: it hides small defects, and a
    true sample scores well below minus the entropy. -inf for samples on a line.

    Source: Scott, Multivariate density estimation (1992), as scipy.stats.gaussian_kde, whose
    import takes longer than all metrics of 10,000 points.
    """
    x, y = (some_rows(points, _KDE_POINTS) for points in (x, y))
    if on_a_line(x):
        return -np.inf
    root = np.linalg.cholesky(np.cov(x.T)) * len(x) ** (-1 / 6)
    x, y = (np.linalg.solve(root, points.T).T for points in (x, y))
    log_kernels = logsumexp(-0.5 * cdist(y, x, "sqeuclidean"), axis=1)
    log_scale = np.log(2 * np.pi * len(x)) + np.log(np.diag(root)).sum()
    return float(log_kernels.mean() - log_scale)
