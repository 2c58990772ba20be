"""A pinwheel of swirling arms."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from gen2d.densities.base import TAIL_SDS
from gen2d.densities.node_mixture import NodeMixture, circle, gauss_legendre


class Pinwheel(NodeMixture):
    """x = r (sin a, cos a), with r ~ U(0, 1) and a | r, j ~ N(rate (j + r), sd^2) on arm j.

    The arms j = 0 .. n_arms - 1 are equally likely. Angles are in radians, clockwise from the
    second axis; `sd` is an angle. `rate` is both the bend of an arm and its angle to the arm
    before, so that arms are evenly spread only if rate n_arms is a multiple of 2 pi.

    p(x) = q(a - rate r) / r on the unit disc, with q a mixture of wrapped normals. It diverges at
    the origin, where `log_prob` is +inf.

    Smoothed by quadrature over polar coordinates: Gauss-Legendre in r, and on each ring the
    periodic midpoint rule, which is spectrally accurate.
    """

    has_bounded_support = True

    def __init__(self, n_arms: int = 3, sd: float = 0.2, rate: float = 4.0):
        self.n_arms = n_arms
        self.sd = sd
        self.rate = rate

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        arm, r = rng.integers(self.n_arms, size=n), rng.uniform(size=n)
        return self._place(r, self.rate * (arm + r) + self.sd * rng.standard_normal(n))

    def training_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Stratified points [n, 2]: each arm has evenly spaced radii from 0 to 1; in random order.

        If n_arms does not divide n, the first arms have one point more.
        """
        arms = np.array_split(np.arange(n), self.n_arms)
        r = np.concatenate([np.linspace(0.0, 1.0, len(rows)) for rows in arms])
        arm = np.repeat(np.arange(self.n_arms), [len(rows) for rows in arms])
        angle = self.rate * (arm + r) + self.sd * rng.standard_normal(n)
        return rng.permutation(self._place(r, angle))

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        r = np.hypot(x[:, 0], x[:, 1])
        with np.errstate(divide="ignore"):  # the origin
            log_p = self._log_angle_prob(np.arctan2(x[:, 0], x[:, 1]) - self.rate * r) - np.log(r)
        # Stratified radii reach 1, and rounding may put them above it.
        return np.where(r > 1.0 + 1e-12, -np.inf, log_p)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        return -np.ones(2), np.ones(2)

    def entropy(self) -> float:
        """H(p) = H(q) + E log r = H(q) - 1, with H(q) by the periodic midpoint rule."""
        angle, arc = circle(self.sd / 32.0)
        log_q = self._log_angle_prob(angle)
        return float(-arc * np.sum(np.exp(log_q) * log_q) - 1.0)

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        # Precisions add where Gaussians multiply. Along a ring, the wrapped normal meets the
        # kernel, whose exponent r |x| cos(angle) / sigma^2 matters for |x| up to r + 8 sigma;
        # along r, an arm as wide as both sweeps past at `rate`.
        sd = self._total_sd(noise_level)
        sweep = self.rate / np.hypot(self.sd, sd / np.sqrt(1.0 + TAIL_SDS * sd))
        radii, shares = gauss_legendre(1.0, self.node_spacing / np.hypot(1.0 / sd, sweep))
        points, log_weights = [], []
        for r, share in zip(radii, shares, strict=True):
            kernel = np.sqrt(r * (r + TAIL_SDS * sd)) / sd
            angle, arc = circle(self.node_spacing / np.hypot(1.0 / self.sd, kernel))
            points.append(self._place(r, angle))
            log_weights.append(np.log(share * arc) + self._log_angle_prob(angle - self.rate * r))
        return np.concatenate(points), np.concatenate(log_weights)

    def _log_angle_prob(self, angle: np.ndarray) -> np.ndarray:
        """log q(angle) [N]: the density, per radian, of a - rate r modulo 2 pi."""
        turn = 2.0 * np.pi
        # One turn either way, and as many more as 8 sd span.
        reach = 1 + int(np.ceil(8.0 * self.sd / turn))
        offset = angle[:, None] - self.rate * np.arange(self.n_arms)  # [N, n_arms]
        offset -= turn * np.round(offset / turn)
        wraps = offset[..., None] + turn * np.arange(-reach, reach + 1)
        log_scale = np.log(self.n_arms * self.sd * np.sqrt(turn))
        return logsumexp(-0.5 * (wraps / self.sd) ** 2, axis=(1, 2)) - log_scale

    @staticmethod
    def _place(r: np.ndarray, angle: np.ndarray) -> np.ndarray:
        return np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)
