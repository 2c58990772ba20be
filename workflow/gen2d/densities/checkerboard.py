"""The checkerboard: uniform on every other square of a 4 x 4 board."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfcx, log_ndtr, logsumexp

from gen2d.densities.base import NODES_PER_SD, TAIL_SDS, Density, LogProbAndScore, midpoint_rule

# Squares (i, j) with even i + j; they span [i, i + 1] x [j, j + 1] in units of a square's side.
SQUARES = np.array([(i, j) for i in range(-2, 2) for j in range(-2, 2) if (i + j) % 2 == 0])


class Checkerboard(Density):
    """p(x) = 1 / (8 scale^2) on the eight squares with even i + j, of side `scale`; 0 elsewhere."""

    has_bounded_support = True

    def __init__(self, scale: float = 2.0):
        self.scale = scale

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.scale * (rng.choice(SQUARES, size=n) + rng.uniform(size=(n, 2)))

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        square = np.floor(np.asarray(x, dtype=float) / self.scale)  # [N, 2]
        inside = np.any(np.all(square[:, None] == SQUARES, axis=2), axis=1)
        undefined = np.any(np.isnan(square), axis=1)
        return np.select([inside, undefined], [-self.entropy(), np.nan], default=-np.inf)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        corner = np.full(2, 2.0 * self.scale)
        return -corner, corner

    def entropy(self) -> float:
        return float(np.log(len(SQUARES) * self.scale**2))

    def _axes(self, noise_level: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """Fine nodes near edges only: at low noise p_sigma is constant elsewhere."""
        reach = TAIL_SDS * self._total_sd(noise_level)
        if 2.0 * reach >= self.scale:
            return super()._axes(noise_level)
        n_nodes = int(np.ceil(2.0 * TAIL_SDS * NODES_PER_SD))
        edges = self.scale * np.arange(-2.0, 3.0)
        axis = [midpoint_rule(edge - reach, edge + reach, n_nodes) for edge in edges]
        axis += [midpoint_rule(edge + reach, edge + self.scale - reach, 1) for edge in edges[:-1]]
        nodes, widths = (np.concatenate(parts) for parts in zip(*axis, strict=True))
        return [(nodes, widths)] * 2

    def smoothed(self, x: ArrayLike, noise_level: float) -> LogProbAndScore:
        """Closed form: a mixture over squares of products of two smoothed intervals."""
        sd = self._total_sd(noise_level)
        x = np.asarray(x, dtype=float)
        # [N, 2, 4]: each coordinate against the board's four intervals.
        log_mass, slope = _smoothed_interval(
            x[..., None], self.scale * np.arange(-1.5, 2.0), self.scale, sd
        )
        first, second = (SQUARES + 2).T
        log_squares = log_mass[:, 0, first] + log_mass[:, 1, second]  # [N, 8]
        log_sum = logsumexp(log_squares, axis=1)
        weights = np.exp(log_squares - log_sum[:, None])
        slopes = np.stack([slope[:, 0, first], slope[:, 1, second]], axis=1)  # [N, 2, 8]
        return LogProbAndScore(log_sum - self.entropy(), np.einsum("nk,ndk->nd", weights, slopes))


def _smoothed_interval(
    x: np.ndarray, centre: np.ndarray, width: float, sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """log P(|x + sd eps - centre| < width / 2) and its derivative in x, elementwise.

    With h = width / (2 sd) and t = |x - centre| / sd the probability is Phi(h - t) - Phi(-h - t).
    Both arguments are negative where it is small, so that its logarithm keeps all digits.
    Its slope in t is phi(h + t) - phi(h - t) = -phi(h - t) (1 - exp(-2 h t)).
    """
    half, distance = 0.5 * width / sd, np.abs(x - centre) / sd
    log_near, log_far = log_ndtr(half - distance), log_ndtr(-half - distance)
    share = -np.expm1(log_far - log_near)  # probability / Phi(h - t)
    # phi(z) / Phi(z) by erfcx, which stays exact where both underflow. Deep inside the interval,
    # erfcx itself overflows, and the ratio is 0 up to rounding.
    ratio = np.sqrt(2.0 / np.pi) / erfcx((distance - half) / np.sqrt(2.0))
    steepness = -np.expm1(-2.0 * half * distance) * ratio / (share * sd)
    return log_near + np.log(share), np.sign(centre - x) * steepness
