"""A noisy Archimedean spiral."""

import numpy as np
from numpy.typing import ArrayLike

from gen2d.densities.base import TAIL_SDS
from gen2d.densities.node_mixture import NodeMixture, gauss_legendre


class Spiral(NodeMixture):
    """x = pitch theta (cos theta, sin theta) + sd eps, with theta ~ U(0, 2 pi n_turns).

    `sd` is in the units of x and `pitch` is radius per radian, so that neighbouring arms are
    2 pi pitch apart. The density is an integral over theta of isotropic Gaussians, and remains
    one under smoothing: both are evaluated by Gauss-Legendre quadrature in theta.
    """

    def __init__(self, n_turns: float = 3.0, pitch: float = 0.05, sd: float = 0.04):
        self.n_turns = n_turns
        self.pitch = pitch
        self.sd = self.blur = sd

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        curve = self._curve(rng.uniform(0.0, self._length, size=n))
        return curve + self.sd * rng.standard_normal((n, 2))

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        return self.smoothed_log_prob(x, 0.0)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        corner = np.full(2, self.pitch * self._length + TAIL_SDS * self.sd)
        return -corner, corner

    def entropy(self) -> float:
        return self.smoothed_entropy(0.0)

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        sd, radius = self._total_sd(noise_level), self.pitch * self._length
        # Seen from a distance d outside a ring of this radius, a Gaussian's exponent is 1 + d /
        # radius times as curved along the ring as on it.
        sharpness = np.sqrt(1.0 + TAIL_SDS * sd / radius) / sd
        top_speed = np.hypot(self.pitch, radius)
        theta, weights = gauss_legendre(self._length, self.node_spacing / (sharpness * top_speed))
        return self._curve(theta), np.log(weights)

    @property
    def _length(self) -> float:
        """The range of theta, in radians."""
        return 2.0 * np.pi * self.n_turns

    def _curve(self, theta: np.ndarray) -> np.ndarray:
        return self.pitch * theta[:, None] * np.stack([np.cos(theta), np.sin(theta)], axis=1)
