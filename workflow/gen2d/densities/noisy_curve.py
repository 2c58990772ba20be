"""Plane curves with isotropic Gaussian noise."""

from abc import abstractmethod

import numpy as np

from gen2d.densities.base import TAIL_SDS
from gen2d.densities.node_mixture import NodeMixture, gauss_legendre


class NoisyCurve(NodeMixture):
    """x = c_s(t) + sd eps on strands s = 1 .. S, equally likely; t in radians.

    The density is an integral over t of isotropic Gaussians, with and without smoothing. It is
    evaluated by Gauss-Legendre quadrature in t.

    Args:
        span: least and largest t, the same on every strand.
        swing: a bound on |c_s'(t)| and |c_s''(t)|, in the units of x.
        sd: standard deviation of the noise, in the units of x.
    """

    #: The density of t is proportional to t^power.
    power: int = 0

    def __init__(self, span: tuple[float, float], swing: float, sd: float):
        self.span = span
        self.swing = swing
        self.blur = sd

    @abstractmethod
    def curve(self, t: np.ndarray) -> np.ndarray:
        """Points [S, M, 2] of the strands at t [M]."""

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        exponent = self.power + 1
        low, high = np.power(self.span, exponent)
        t = rng.uniform(low, high, size=n) ** (1.0 / exponent)
        strands = self.curve(t)
        centres = strands[rng.integers(len(strands), size=n), np.arange(n)]
        return centres + self.blur * rng.standard_normal((n, 2))

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        # |x - c(t)|^2 / 2 sd^2 has the second derivative (|c'|^2 + (c - x) c'') / sd^2 in t, which
        # is at most sharpness^2 up to 8 sd from the curve.
        sd = self._total_sd(noise_level)
        sharpness = np.sqrt(self.swing**2 + TAIL_SDS * sd * self.swing) / sd
        start, stop = self.span
        t, weights = gauss_legendre(stop - start, self.node_spacing / sharpness)
        strands = self.curve(start + t)
        weights = weights * (start + t) ** self.power
        log_weights = np.log(weights / weights.sum() / len(strands))
        return strands.reshape(-1, 2), np.tile(log_weights, len(strands))


def around(t: np.ndarray) -> np.ndarray:
    """Points [..., 2] of the unit circle at angles t [...]."""
    return np.stack([np.cos(t), np.sin(t)], axis=-1)
