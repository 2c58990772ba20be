"""Interfaces of laws and densities, and quadratures of smoothed densities."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gen2d.plan.knobs import DatasetSpec
from gen2d.plugins import resolve

# A Gaussian has 1e-15 of its mass beyond 8 standard deviations.
TAIL_SDS = 8.0
# Quadrature nodes per standard deviation of the narrowest feature: with these, entropy and Fisher
# information change by less than 1e-8 when the grid is refined.
NODES_PER_SD = 5.0
POINTS_PER_CHUNK = 1 << 16


class LogProbAndScore(NamedTuple):
    """A log-density [N] in nats and its gradient, the score [N, 2]."""

    log_prob: np.ndarray
    score: np.ndarray


class Law(ABC):
    """A probability law on the plane with a sampler."""

    #: The density is 0 outside a known bounded set, so that `in_support` can be False and
    #: KL(q || p) infinite.
    has_bounded_support: bool = False
    #: Means [M, 2] and weights [M] of the modes, if the law is a mixture of separate modes.
    modes: tuple[np.ndarray, np.ndarray] | None = None

    @abstractmethod
    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Independent draws, [n, 2]."""

    def training_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Training points of one seed, [n, 2]; independent draws unless overridden."""
        return self.sample(n, rng)

    def holdout_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Hold-out points of one seed, [n, 2]; independent draws unless overridden."""
        return self.sample(n, rng)

    def reference_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Reference points for measuring samples, [n, 2]; independent draws unless overridden."""
        return self.sample(n, rng)

    def unseen_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Points that no model has seen, [n, 2] or fewer; independent draws unless overridden."""
        return self.sample(n, rng)

    def in_support(self, x: ArrayLike) -> np.ndarray:
        """Whether x [N, 2] may be a draw, bool [N]; True unless a bounded support is known."""
        return np.ones(len(np.asarray(x)), dtype=bool)


class Density(Law):
    """A probability density p on the plane, known exactly.

    p_sigma is p convolved with N(0, sigma^2 I), the law of x + sigma eps; `noise_level` is sigma,
    a standard deviation in the units of x. It may be 0 if p itself is smooth (`blur` > 0); else 0
    raises a `ValueError`. All arrays are float64; NaN in gives NaN out.
    """

    #: p itself is a convolution with N(0, blur^2 I).
    blur: float = 0.0

    @abstractmethod
    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """log p(x) in nats, [N], for x [N, 2]; -inf off the support."""

    def in_support(self, x: ArrayLike) -> np.ndarray:
        """Whether p(x) > 0, bool [N], for x [N, 2]; False where x is NaN."""
        return self.log_prob(x) > -np.inf

    @property
    @abstractmethod
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners (low [2], high [2]) of a box that holds all but 1e-12 of p's mass."""

    @abstractmethod
    def entropy(self) -> float:
        """H(p) = -E log p(x) in nats."""

    @abstractmethod
    def smoothed(self, x: ArrayLike, noise_level: float) -> LogProbAndScore:
        """log p_sigma and its gradient at x [N, 2], in one call, since one alone costs as much."""

    def smoothed_log_prob(self, x: ArrayLike, noise_level: float) -> np.ndarray:
        """log p_sigma(x) in nats, [N], for x [N, 2]; finite at any finite x."""
        return self.smoothed(x, noise_level).log_prob

    def smoothed_score(self, x: ArrayLike, noise_level: float) -> np.ndarray:
        """grad log p_sigma(x), [N, 2], for x [N, 2]; finite at any finite x."""
        return self.smoothed(x, noise_level).score

    def smoothed_entropy(self, noise_level: float) -> float:
        """H(p_sigma) = -E log p_sigma(x~) in nats, with x~ = x + sigma eps, to 1e-8."""
        return _smoothed_means(self, noise_level)[0]

    def fisher_information(self, noise_level: float) -> float:
        """I(sigma) = E |grad log p_sigma(x + sigma eps)|^2, to a relative error of 1e-8."""
        return _smoothed_means(self, noise_level)[1]

    def dsm_loss_floor(self, noise_level: float) -> float:
        """The least denoising-score-matching loss of any function s.

        min over s of sigma^2 E |s(x~) + eps / sigma|^2 = 2 - sigma^2 I(sigma), reached by the
        score of p_sigma; s = 0 has loss 2, the dimension. A model's excess over the floor is
        sigma^2 times its Fisher divergence E |s(x~) - grad log p_sigma(x~)|^2.

        Source: Vincent, A connection between score matching and denoising autoencoders, 2011.
        """
        return 2.0 - noise_level**2 * self.fisher_information(noise_level)

    def flow_matching_loss_floor(self, noise_level: float) -> float:
        """The least flow-matching loss at time t = 1 / (1 + sigma), on paths from N(0, I).

        This is min over v of E |v(x_t) - (x - eps)|^2 with x_t = t x + (1 - t) eps, the mean
        variance of x - eps given x_t. With x~ = x + sigma eps, x_t = t x~ and
        x - eps = x~ - (1 + sigma) eps, so that it is (1 + sigma)^2 times the denoising floor.
        """
        return (1.0 + noise_level) ** 2 * self.dsm_loss_floor(noise_level)

    def v_loss_floor(self, noise_level: float) -> float:
        """The least diffusion loss of v-prediction at the noise-to-signal ratio sigma.

        min over f of E |f(x_t) - (a eps - s x)|^2 with x_t = a x + s eps, a^2 + s^2 = 1 and
        s / a = sigma. It is (1 + sigma^2) times the denoising floor, the floor of eps-prediction.
        """
        return (1.0 + noise_level**2) * self.dsm_loss_floor(noise_level)

    def _total_sd(self, noise_level: float) -> float:
        """Standard deviation sqrt(blur^2 + sigma^2) of the total Gaussian blur in p_sigma."""
        sd = float(np.hypot(self.blur, noise_level))
        if not (noise_level >= 0.0 and 0.0 < sd < np.inf):
            bound = "0 or above" if self.blur > 0.0 else "above 0"
            raise ValueError(
                f"noise_level of {type(self).__name__}: expected a finite number {bound}; "
                f"got {noise_level}"
            )
        return sd

    def _axes(self, noise_level: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """Quadrature nodes and their widths along each axis, over the box widened by the noise."""
        sd = self._total_sd(noise_level)
        low, high = self.box
        low, high = low - TAIL_SDS * noise_level, high + TAIL_SDS * noise_level
        n_nodes = np.ceil((high - low) * NODES_PER_SD / sd).astype(int)
        return [midpoint_rule(*ends) for ends in zip(low, high, n_nodes, strict=True)]

    def _grid(self, noise_level: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Quadrature nodes [N, 2] and their areas [N], strip by strip."""
        (first, widths), (second, heights) = self._axes(noise_level)
        columns = max(1, POINTS_PER_CHUNK // len(second))
        for start in range(0, len(first), columns):
            strip = slice(start, start + columns)
            points = np.stack(np.meshgrid(first[strip], second, indexing="ij"), axis=-1)
            yield points.reshape(-1, 2), np.outer(widths[strip], heights).ravel()


def midpoint_rule(low: float, high: float, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and widths [n_nodes] of the midpoint rule from low to high."""
    width = (high - low) / n_nodes
    return low + width * (np.arange(n_nodes) + 0.5), np.full(n_nodes, width)


@lru_cache(maxsize=64)
def _smoothed_means(density: Density, noise_level: float) -> tuple[float, float]:
    """Means of -log p_sigma and |score|^2 under p_sigma, by the midpoint rule.

    Spectrally accurate for smooth p. Both in one call, since one alone costs as much.
    """
    entropy = information = 0.0
    for points, areas in density._grid(noise_level):
        field = density.smoothed(points, noise_level)
        mass = areas * np.exp(field.log_prob)
        entropy -= float(np.sum(mass * field.log_prob))
        information += float(np.sum(mass * np.sum(field.score**2, axis=1)))
    return entropy, information


def law_of(dataset: DatasetSpec) -> Law:
    """The law of a data set's points."""
    made: Law = resolve(dataset.implementation)(**dataset.parameters)
    return made
