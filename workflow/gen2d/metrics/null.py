"""Null laws of the two-sample distances, and one test that combines all of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.spatial.distance import cdist

from gen2d.geometry import subsample
from gen2d.metrics.two_sample import TwoSample

_MAX_POINTS = 1000
_N_DRAWS = 999


@dataclass(frozen=True, eq=False)
class KernelNull:
    """The joint null law of the energy distance and MMD^2 [L], by a multiplier bootstrap.

    When n points and m points have one law, the statistics T satisfy

        T / (1/n + 1/m)  ->  sum_l lambda_l (z_l^2 - 1),    z_l ~ N(0, 1) independent

    with lambda the eigenvalues of the centred kernel, -|x - y| for the energy distance. For N
    points of the law, g' K g / N has the same limit: K is the centred kernel between them, without
    its diagonal, and g ~ N(0, I) are multipliers. All kernels share g, so that the draws have the
    statistics' dependence. Asymptotic in n, m and N.

    Source: Gretton et al., A fast, consistent kernel two-sample test (2009), theorem 1; Dehling and
    Mikosch, Random quadratic forms and the bootstrap for U-statistics (1994); the minimum over
    kernels: Schrab et al., MMD aggregated two-sample test (2023), with equal weights.
    """

    draws: np.ndarray  # [B, 1 + L], in units of 1/n + 1/m

    @classmethod
    def of(cls, points: np.ndarray, bandwidths: np.ndarray, rng: np.random.Generator) -> Self:
        """The null law for samples from the law of the points.

        Args:
            points: true points [N, 2]; more than 1000 are thinned to 1000 at random.
            bandwidths: standard deviations [L] of the Gaussian kernels.
            rng: draws the multipliers.
        """
        points = subsample(points, _MAX_POINTS)
        multipliers = rng.standard_normal((len(points), _N_DRAWS), dtype=np.float32)
        distances = cdist(points, points)
        squares = distances**2
        kernels = (-distances, *(np.exp(-squares / (2 * s**2)) for s in bandwidths))
        return cls(np.stack([_quadratic_forms(k, multipliers) for k in kernels], axis=1))

    def quantiles(self, probabilities: np.ndarray, n: int, m: int) -> np.ndarray:
        """Null quantiles [P, 1 + L] of the statistics of n points against m."""
        return np.quantile(self.draws, probabilities, axis=0) * (1 / n + 1 / m)

    def p_values(self, distances: TwoSample) -> tuple[np.ndarray, float]:
        """The p-values of each statistic, [1 + L], and of the test that combines them.

        The combined test compares the least p-value with the null law of the least p-value, so that
        it keeps its level whatever the number of statistics.
        """
        scaled = np.array([distances.energy_distance, *distances.mmd2])
        scaled /= 1 / distances.n + 1 / distances.m
        ordered = np.sort(self.draws, axis=0)
        total = len(ordered) + 1

        def exceeded(values: np.ndarray, statistic: int) -> np.ndarray:
            column = ordered[:, statistic]
            return len(column) - np.searchsorted(column, values, side="left")

        each = np.array([exceeded(scaled[i], i) + 1 for i in range(len(scaled))]) / total
        of_draws = np.stack([exceeded(self.draws[:, i], i) for i in range(len(scaled))], axis=1)
        least = of_draws.min(axis=1) / (total - 1)  # each draw counts itself
        return each, float((np.sum(least <= each.min()) + 1) / total)


def _quadratic_forms(kernel: np.ndarray, multipliers: np.ndarray) -> np.ndarray:
    """g' K g / N [B] with K the kernel [N, N] after centring, without its diagonal.

    The kernel is overwritten.
    """
    mean = kernel.mean(axis=0)
    kernel -= mean
    kernel -= mean[:, None] - mean.mean()
    np.fill_diagonal(kernel, 0)
    products = kernel.astype(np.float32) @ multipliers
    return np.einsum("ib,ib->b", products, multipliers, dtype=np.float64) / len(kernel)
