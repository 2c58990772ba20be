"""Equal Gaussians on a ring."""

import numpy as np
from numpy.typing import ArrayLike

from gen2d.densities.base import TAIL_SDS
from gen2d.densities.node_mixture import NodeMixture


class GaussianMixture(NodeMixture):
    """p(x) = (1/K) sum_k N(x; m_k, sd^2 I), m_k = radius (cos a_k, sin a_k), a_k = 2 pi k / K.

    K is `n_components`; `radius` and `sd` are in the units of x.
    """

    def __init__(self, n_components: int = 7, radius: float = 1.2, sd: float = 0.12):
        self.n_components = n_components
        self.radius = radius
        self.sd = self.blur = sd

    @property
    def means(self) -> np.ndarray:
        """Centres of the components, [n_components, 2]."""
        angle = 2.0 * np.pi * np.arange(self.n_components) / self.n_components
        return self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(self.means, size=n) + self.sd * rng.standard_normal((n, 2))

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        return self.smoothed_log_prob(x, 0.0)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        corner = np.full(2, self.radius + TAIL_SDS * self.sd)
        return -corner, corner

    def entropy(self) -> float:
        return self.smoothed_entropy(0.0)

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        return self.means, np.full(self.n_components, -np.log(self.n_components))
