"""Densities whose smoothed law is a mixture of equal isotropic Gaussians at known nodes."""

from abc import abstractmethod
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import roots_legendre

from gen2d.densities.base import TAIL_SDS, Density, LogProbAndScore

# A node is skipped where it adds less than exp(-36) = 2e-16 of the density: less than rounding.
NEGLIGIBLE_NATS = 36.0
# Large enough to amortise calls, small enough for one block of float64 to stay in cache.
ENTRIES_PER_BLOCK = 1 << 17
MAX_ROOTS = 2048  # of a quadrature rule
# Side of the smallest tiles, in standard deviations; each larger tile has 3 x 3 smaller ones.
_SIDE = 4.0
_TILES_ACROSS = 3


class NodeMixture(Density):
    """p_sigma(x) = sum_k w_k N(x; m_k, (blur^2 + sigma^2) I): a true mixture or a quadrature.

    The nodes of a quadrature depend on the noise level: log p_sigma and sigma times the score are
    exact to 1e-8 up to 8 sigma from p's mass; further out their relative error stays below 1e-4.

    With `blur` > 0, p itself is such a mixture; without, subclasses override `log_prob`, `box` and
    `entropy`.
    """

    #: Distance between quadrature nodes, in widths of the integrand.
    node_spacing: float = 0.5

    @abstractmethod
    def nodes(self, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
        """Nodes m_k [M, 2] and log-weights log w_k [M], with sum_k w_k = 1, for p_sigma."""

    def smoothed(self, x: ArrayLike, noise_level: float) -> LogProbAndScore:
        sd = self._total_sd(noise_level)
        return isotropic_mixture(x, *_latest_nodes(self, noise_level), sd)

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        return self.smoothed_log_prob(x, 0.0)

    @property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        nodes, _ = self.nodes(0.0)
        margin = TAIL_SDS * self.blur
        return nodes.min(axis=0) - margin, nodes.max(axis=0) + margin

    def entropy(self) -> float:
        return self.smoothed_entropy(0.0)


@lru_cache(maxsize=1)
def _latest_nodes(mixture: NodeMixture, noise_level: float) -> tuple[np.ndarray, np.ndarray]:
    return mixture.nodes(noise_level)


def isotropic_mixture(
    x: ArrayLike, nodes: np.ndarray, log_weights: np.ndarray, sd: float
) -> LogProbAndScore:
    """Log-density and score of a mixture of isotropic Gaussians of equal variance.

    p(x) = sum_k w_k N(x; m_k, sd^2 I),   grad log p(x) = (E[m | x] - x) / sd^2

    Points are visited tile by tile, in coordinates centred on the tile, so that no digits cancel in
    |x - m|^2. Each tile uses only the nodes that matter somewhere in it, so that the cost of a fine
    mixture depends on the nodes nearby, not on all.

    Args:
        x: points [N, 2].
        nodes: means m_k [M, 2].
        log_weights: log w_k [M], nats.
        sd: the common standard deviation, in the units of x.
    """
    x = np.asarray(x, dtype=float)
    log_prob, score = np.empty(len(x)), np.empty_like(x)
    scaled_nodes = nodes / sd
    extent = np.ptp(scaled_nodes, axis=0).max()
    depth = int(np.log(max(extent / _SIDE, 1.0)) / np.log(_TILES_ACROSS)) + 1
    for rows, near, near_weights in _neighbourhoods(x / sd, scaled_nodes, log_weights, depth):
        points = x[rows] / sd
        centre = _centre(points)
        points -= centre
        means = near - centre  # [M', 2]
        offsets = near_weights - 0.5 * _squares(means)
        block = max(1, ENTRIES_PER_BLOCK // len(means))
        for start in range(0, len(rows), block):
            here, at = points[start : start + block], rows[start : start + block]
            weights = here @ means.T + offsets  # [block, M'], for now in nats
            peak = weights.max(axis=1)
            np.exp(weights - peak[:, None], out=weights)
            total = weights.sum(axis=1)
            log_prob[at] = peak + np.log(total) - 0.5 * _squares(here)
            score[at] = (weights @ means / total[:, None] - here) / sd
    return LogProbAndScore(log_prob - np.log(2.0 * np.pi * sd**2), score)


def _neighbourhoods(
    x: np.ndarray, nodes: np.ndarray, log_weights: np.ndarray, depth: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per tile: rows of its points, and the nodes and log-weights that matter to them.

    The search is recursive: a tile's nodes are searched among its parent's, `depth` levels down.

    Args:
        x, nodes: points [N, 2] and nodes [M, 2], in standard deviations.
    """
    for rows in _tiles(x, _SIDE * _TILES_ACROSS**depth):
        keep = _relevant(x[rows], nodes, log_weights)
        found = nodes[keep], log_weights[keep]
        if depth == 0:
            yield rows, *found
        else:
            for part, *near in _neighbourhoods(x[rows], *found, depth - 1):
                yield rows[part], *near


def _tiles(x: np.ndarray, side: float) -> Iterator[np.ndarray]:
    """Rows of x [N, 2], grouped by square tiles."""
    # NaN differs from itself: without a common tile, each NaN would get its own.
    tile = np.nan_to_num(np.floor(x / side), nan=np.inf)
    order = np.lexsort(tile.T)
    starts = np.flatnonzero(np.any(tile[order[1:]] != tile[order[:-1]], axis=1)) + 1
    return (rows for rows in np.split(order, starts) if len(rows))


def _squares(x: np.ndarray) -> np.ndarray:
    """|x|^2 [N] without np.sum, which is slow along an axis this short."""
    return x[:, 0] ** 2 + x[:, 1] ** 2


def _centre(points: np.ndarray) -> np.ndarray:
    return 0.5 * (points.min(axis=0) + points.max(axis=0))


def _relevant(points: np.ndarray, nodes: np.ndarray, log_weights: np.ndarray) -> np.ndarray:
    """Whether each node [M, 2] matters to any point [R, 2], bool [M]; in standard deviations.

    By the triangle inequality, the points' reach bounds every distance from both sides.
    """
    centre = _centre(points)
    reach = np.sqrt(np.max(_squares(points - centre)))
    distances = np.sqrt(_squares(nodes - centre))
    at_most = log_weights - 0.5 * np.maximum(distances - reach, 0.0) ** 2
    at_least = np.max(log_weights - 0.5 * (distances + reach) ** 2)
    # Negated so that NaN points keep every node, and come out as NaN.
    return ~(at_most < at_least - NEGLIGIBLE_NATS)


@lru_cache(maxsize=64)
def _legendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    return roots_legendre(n)


def gauss_legendre(length: float, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes [M] on [0, length], at most `spacing` apart, and weights [M] with the sum 1."""
    # M nodes are widest apart in the middle: pi / 2 * length / M.
    n = max(8, int(np.ceil(0.5 * np.pi * length / spacing)))
    # The time for roots grows as n squared, so large n are several rules, end to end.
    n_panels = int(np.ceil(n / MAX_ROOTS))
    roots, weights = _legendre(int(np.ceil(n / n_panels)))
    nodes = np.arange(n_panels)[:, None] + 0.5 * (roots + 1.0)
    return length / n_panels * nodes.ravel(), np.tile(0.5 * weights / n_panels, n_panels)


def circle(spacing: float) -> tuple[np.ndarray, float]:
    """Angles evenly spaced around the circle, at most `spacing` apart, and the arc of each."""
    n = int(np.ceil(2.0 * np.pi / spacing))
    return 2.0 * np.pi / n * np.arange(n), 2.0 * np.pi / n
