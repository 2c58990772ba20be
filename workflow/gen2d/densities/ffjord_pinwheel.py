"""The pinwheel of FFJORD: Gaussians on a ring, swirled around the origin."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from gen2d.densities.base import TAIL_SDS
from gen2d.densities.node_mixture import NodeMixture, circle, gauss_legendre

PANELS = 16  # of the quadrature in r, since arms sweep past faster further out


class FFJORDPinwheel(NodeMixture):
    """x = scale T(a_j + rate exp |z|) z, with z ~ N((1, 0), diag(radial_sd^2, tangential_sd^2)).

    T(a) turns clockwise by a radians; the arms j, with a_j = 2 pi j / n_arms, are equally likely.
    The standard deviations are before scaling. Turning by an angle that depends on |z| alone keeps
    areas: p(x) is the density of n_arms Gaussians on a ring, at x scaled and turned back.

    FFJORD turns by rate exp z_1 instead. With its parameters (the defaults) this moves points by
    0.013, root mean square. Its map is not one-to-one, so its density has no closed form.

    Smoothed by quadrature over polar coordinates. The quadrature omits the 1e-14 of the mass beyond
    TAIL_SDS standard deviations of every arm, so log p_sigma is exact to 1e-8 only where it is
    above -25 nats.

    Source: Grathwohl et al., FFJORD, ICLR 2019; lib/toy_data.py of its repository.
    """

    node_spacing = 0.7

    def __init__(
        self,
        n_arms: int = 5,
        radial_sd: float = 0.3,
        tangential_sd: float = 0.1,
        rate: float = 0.25,
        scale: float = 2.0,
    ):
        self.n_arms = n_arms
        self.radial_sd = radial_sd
        self.tangential_sd = tangential_sd
        self.rate = rate
        self.scale = scale

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        arm = rng.integers(self.n_arms, size=n)
        z1 = 1.0 + self.radial_sd * rng.standard_normal(n)
        z2 = self.tangential_sd * rng.standard_normal(n)
        r = np.hypot(z1, z2)
        return self._place(r, np.arctan2(z2, z1) - 2.0 * np.pi * arm / self.n_arms - self._turn(r))

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        x = np.asarray(x, dtype=float) / self.scale
        r, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])
        return self._log_ring(r, angle + self._turn(r)) - 2.0 * np.log(self.scale)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        corner = np.full(2, self.scale * self._reach)
        return -corner, corner

    def entropy(self) -> float:
        """Entropy of the Gaussians on their ring, since areas are kept; by the midpoint rule."""
        n = int(np.ceil(10.0 * self._reach / min(self.radial_sd, self.tangential_sd)))
        side = 2.0 * self._reach / n
        ticks = side * (np.arange(n) + 0.5) - self._reach
        x, y = np.meshgrid(ticks, ticks)
        log_p = self._log_ring(np.hypot(x, y).ravel(), np.arctan2(y, x).ravel())
        return float(-(side**2) * np.sum(np.exp(log_p) * log_p) + 2.0 * np.log(self.scale))

    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        sd = self._total_sd(noise_level) / self.scale
        edges = np.linspace(0.0, self._reach, PANELS + 1)
        points, log_densities, log_areas = [], [], []
        for start, stop in pairwise(edges):
            # Precisions add where Gaussians multiply. Along r, an arm as wide as tangential_sd and
            # the kernel together sweeps past; along a ring, an arm meets the kernel, whose exponent
            # r |x| cos(angle) / sigma^2 matters for |x| up to r + 8 sigma.
            sweep = stop * self._turn(stop) / np.hypot(self.tangential_sd, sd)
            # Within a few tangential_sd of the origin, arms run into each other.
            origin = 1.0 / np.hypot(self.tangential_sd, start)
            radial = np.sqrt(1.0 / sd**2 + 1.0 / self.radial_sd**2 + sweep**2 + origin**2)
            arm = np.hypot(stop / self.tangential_sd, np.sqrt(stop * (stop + 1.0)) / self.radial_sd)
            kernel = np.sqrt(stop * (stop + TAIL_SDS * sd)) / sd
            offset, shares = gauss_legendre(stop - start, self.node_spacing / radial)
            angles, arc = circle(self.node_spacing / np.hypot(arm, kernel))
            r, angle = np.repeat(start + offset, len(angles)), np.tile(angles, len(offset))
            points.append(self._place(r, angle))
            log_densities.append(self._log_ring(r, angle + self._turn(r)))
            log_areas.append(np.log(r * arc * (stop - start) * np.repeat(shares, len(angles))))
        log_density = np.concatenate(log_densities)
        keep = log_density > log_density.max() - 0.5 * TAIL_SDS**2
        return np.concatenate(points)[keep], (log_density + np.concatenate(log_areas))[keep]

    @property
    def _reach(self) -> float:
        """Radius, before scaling, of a disc with all but 1e-15 of the mass."""
        return 1.0 + TAIL_SDS * max(self.radial_sd, self.tangential_sd)

    def _turn(self, r: ArrayLike) -> np.ndarray:
        return self.rate * np.exp(np.minimum(r, 700.0))  # further out, exp overflows

    def _log_ring(self, r: np.ndarray, angle: np.ndarray) -> np.ndarray:
        """Log-density [N] of the Gaussians on their ring, in polar coordinates [N]."""
        angle = angle[:, None] + 2.0 * np.pi / self.n_arms * np.arange(self.n_arms)  # [N, n_arms]
        z1, z2 = r[:, None] * np.cos(angle), r[:, None] * np.sin(angle)
        squares = ((z1 - 1.0) / self.radial_sd) ** 2 + (z2 / self.tangential_sd) ** 2
        scale = 2.0 * np.pi * self.radial_sd * self.tangential_sd * self.n_arms
        return logsumexp(-0.5 * squares, axis=1) - np.log(scale)

    def _place(self, r: np.ndarray, angle: np.ndarray) -> np.ndarray:
        return self.scale * np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
