"""Mixtures of Gaussians of equal variance: anywhere, on a ring, on a grid."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gen2d.densities.node_mixture import NodeMixture


class Gaussians(NodeMixture):
    """p(x) = sum_k w_k N(x; m_k, sd^2 I).

    `means` [K, 2] and `sd` are in the units of x; `weights` [K] are relative; None means
    equal weights.
    """

    def __init__(self, means: ArrayLike, sd: float, weights: Sequence[float] | None = None):
        self.means = np.asarray(means, dtype=float)
        self.blur = sd
        self.weights = None if weights is None else np.divide(weights, np.sum(weights))
        shares = np.full(len(self.means), 1 / len(self.means))
        self.modes = self.means, shares if self.weights is None else self.weights

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        centres = rng.choice(self.means, size=n, p=self.weights)
        return centres + self.blur * rng.standard_normal((n, 2))

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        n = len(self.means)
        return self.means, np.log(np.full(n, 1.0 / n) if self.weights is None else self.weights)


class GaussianMixture(Gaussians):
    """Gaussians of equal weight on a ring: m_k = radius (cos a_k, sin a_k), a_k = 2 pi k / K.

    K is `n_components`.
    """

    def __init__(self, n_components: int = 7, radius: float = 1.2, sd: float = 0.12):
        angle = 2.0 * np.pi * np.arange(n_components) / n_components
        super().__init__(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), sd)


class GaussianGrid(Gaussians):
    """n_per_side^2 Gaussians of equal weight on a square grid, `spacing` apart, centred at 0."""

    def __init__(self, n_per_side: int = 5, spacing: float = 2.0, sd: float = 0.05):
        ticks = spacing * (np.arange(n_per_side) - 0.5 * (n_per_side - 1))
        super().__init__(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), sd)
