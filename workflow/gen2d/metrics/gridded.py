"""Sums of distances and Gaussian kernels over all pairs of points, by FFT on a grid.

Every point is spread over 4 x 4 nodes of a square grid by a cubic B-spline. A sum of K(x - y) over
all pairs is then a convolution, and costs one transform per set of points. The splines blur the
points, and K corrects for the blur:

    distance   K(r) = r - 1 / (3 r),   K(0) = -Z(-1) + Z(1) / 3,   in widths of a bin
    Gaussian   spectrum exp(-(k s)^2 / 2) / sinc(k / 2)^8 on either axis

A cubic spline has the variance 1/3 wherever in its bin the point lies, so that the blurs of both
points lengthen a distance r by 1 / (3 r), to leading order. This fails near 0. There K(0) makes the
error cancel on average over a locally even density: Z(s), the analytic continuation of the sum of
|j|^-s over nodes j other than 0, is the lattice's difference from the integral.

Source: Hockney and Eastwood, Computer Simulation Using Particles (1988), chapters 5 and 8; for Z,
Epstein's zeta function, Z(s) = 4 zeta(s/2) beta(s/2), Borwein et al., Lattice Sums Then and Now
(2013).
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from scipy import fft

# Bins along a side of the grid, which is _ROOM times as wide as the points that it is made for. The
# narrowest Gaussian gets 3 bins per standard deviation; if that takes too many, there is no grid.
_MIN_BINS, _MAX_BINS = 640, 1024
_BINS_PER_SD = 3.0
_ROOM = 1.5
# Two coinciding points count as half a bin apart. The error cancels against points nearby unless
# points crowd (duplicates, collapsed samples); it may not exceed this share of the extent.
_TOLERANCE = 1e-6
_ROWS_PER_CHUNK = 1 << 16  # 16 weights and 16 indices each: 16 MB

# Nodes along an axis over which a point is spread.
_WIDTH = 4
_Z_MINUS_1, _Z_PLUS_1 = -0.22882431037721898, -3.9002649200019555


class Placed(NamedTuple):
    """A set of points on a grid."""

    n: int
    transform: np.ndarray  # [T, T // 2 + 1], complex
    self_sums: np.ndarray  # [1 + L], the grid's sums over pairs of a point with itself
    bin_counts: np.ndarray  # [B^2]


@dataclass(frozen=True, eq=False)
class Grid:
    """A square of B x B bins, with the spectra of the distance and of L Gaussian kernels.

    Sums over pairs have the shape [1 + L], the distance first. Their measured mean error per pair
    is below 1e-6 for kernels. For the distance it is below 1e-6 of the extent of the points that
    the grid was made for, or of the widest bandwidth if that is wider.
    """

    low: np.ndarray  # [2], corner
    spacing: float
    n_bins: int  # B, along a side
    distance: np.ndarray  # [T, T], at the differences of nodes, in widths of a bin
    gaussians: np.ndarray  # [L, T], along an axis: a Gaussian is a product over axes
    distance_spectrum: np.ndarray  # [T, T // 2 + 1]
    gaussian_spectra: np.ndarray  # [L, T]
    multiplicity: np.ndarray  # [T // 2 + 1], of each column: real spectra leave out half of them

    @classmethod
    def around(cls, points: np.ndarray, bandwidths: np.ndarray) -> Self | None:
        """A grid 1.5 times as wide as the points [N, 2]; None if it needs too many bins.

        Args:
            points: [N, 2].
            bandwidths: standard deviations [L] of the Gaussians, ascending.
        """
        low, high = points.min(axis=0), points.max(axis=0)
        side = _ROOM * max(np.max(high - low), bandwidths[-1])
        n_bins = max(_MIN_BINS, np.ceil(_BINS_PER_SD * side / bandwidths[0]))
        if n_bins > _MAX_BINS:
            return None
        n_bins = int(n_bins)
        spacing = side / n_bins
        # Twice the nodes, so that nothing wraps around.
        size = fft.next_fast_len(2 * (n_bins + _WIDTH), real=True)
        nodes = np.minimum(np.arange(size), size - np.arange(size))
        distance = _distance_kernel(nodes)
        gaussians = np.stack([_gaussian_kernel(sd, nodes) for sd in bandwidths / spacing])
        multiplicity = np.full(size // 2 + 1, 2.0)
        multiplicity[[0, -1] if size % 2 == 0 else [0]] = 1.0
        return cls(
            low=(low + high) / 2 - side / 2,
            spacing=spacing,
            n_bins=n_bins,
            distance=distance,
            gaussians=gaussians,
            distance_spectrum=fft.rfft2(distance).real / size**2 * multiplicity,
            gaussian_spectra=fft.fft(gaussians).real / size,
            multiplicity=multiplicity,
        )

    def covers(self, points: np.ndarray) -> np.ndarray:
        """Whether points [N, 2] lie on the grid, bool [N]; only such points can be placed."""
        position = (points - self.low) / self.spacing
        return ((position >= 0) & (position < self.n_bins)).all(axis=1)

    def place(self, points: np.ndarray) -> Placed:
        """The points [N, 2], spread over the nodes; memory does not grow with N."""
        n_nodes, size = self.n_bins + _WIDTH, len(self.distance)
        nodes = np.zeros(n_nodes**2)
        bin_counts = np.zeros(self.n_bins**2, dtype=np.int64)
        # Products of a point's own weights at nodes (i, j) apart, summed over points.
        overlap = np.zeros((_WIDTH, _WIDTH))
        for start in range(0, len(points), _ROWS_PER_CHUNK):
            position = (points[start : start + _ROWS_PER_CHUNK] - self.low).T / self.spacing
            corner = position.astype(np.int64)  # [2, R]
            weights = _spline_weights(position - corner)  # [4, 2, R]
            index = corner[:, None] + np.arange(_WIDTH)[:, None]  # [2, 4, R]
            nodes += np.bincount(
                (index[0, :, None] * n_nodes + index[1]).ravel(),
                (weights[:, None, 0] * weights[:, 1]).ravel(),
                minlength=n_nodes**2,
            )
            bin_counts += np.bincount(corner[0] * self.n_bins + corner[1], minlength=self.n_bins**2)
            along = _autocorrelation(weights)  # [4, 2, R]
            overlap += np.einsum("ir,jr->ij", along[:, 0], along[:, 1])
        near = self.gaussians[:, :_WIDTH]
        return Placed(
            n=len(points),
            transform=fft.fft(fft.rfft(nodes.reshape(n_nodes, n_nodes), size), size, axis=0),
            self_sums=np.array(
                [
                    self.spacing * np.sum(overlap * self.distance[:_WIDTH, :_WIDTH]),
                    *np.einsum("li,ij,lj->l", near, overlap, near),
                ]
            ),
            bin_counts=bin_counts,
        )

    def sums_within(self, x: Placed) -> np.ndarray | None:
        """Sums [1 + L] over unordered pairs of distinct points; None if they crowd."""
        n_close = np.sum(x.bin_counts * (x.bin_counts - 1))
        if self._is_crowded(n_close, x.n * (x.n - 1)):
            return None
        return (self._sums(x, x) - x.self_sums) / 2

    def sums_between(self, x: Placed, y: Placed) -> np.ndarray | None:
        """Sums [1 + L] over all points of x and all of y; None if they crowd."""
        if self._is_crowded(np.sum(x.bin_counts * y.bin_counts), x.n * y.n):
            return None
        return self._sums(x, y)

    def _is_crowded(self, n_close: int, n_pairs: int) -> bool:
        return n_close / 2 * _ROOM > _TOLERANCE * self.n_bins * n_pairs

    def _sums(self, x: Placed, y: Placed) -> np.ndarray:
        # By einsum, not by BLAS, whose order of summation depends on the number of threads.
        power = x.transform.real * y.transform.real
        power += x.transform.imag * y.transform.imag
        distance = self.spacing * np.einsum("ij,ij", power, self.distance_spectrum)
        columns = self.gaussian_spectra[:, : len(self.multiplicity)] * self.multiplicity
        rows = np.einsum("ij,lj->li", power, columns)
        return np.array([distance, *np.einsum("li,li->l", rows, self.gaussian_spectra)])


def _distance_kernel(nodes: np.ndarray) -> np.ndarray:
    kernel = np.hypot(nodes[:, None], nodes)
    kernel[0, 0] = 1.0
    kernel -= 1.0 / (3.0 * kernel)
    kernel[0, 0] = -_Z_MINUS_1 + _Z_PLUS_1 / 3.0
    return kernel


def _gaussian_kernel(sd: float, nodes: np.ndarray) -> np.ndarray:
    """The kernel along an axis [T], at nodes [T] apart, for an sd in widths of a bin."""
    # 8 grids long, so that the widest Gaussian, of an sd of 2/3 grid at most, does not wrap around.
    length = 4 * len(nodes)
    frequency = fft.rfftfreq(length)  # k / 2 pi
    spectrum = np.exp(-0.5 * (2 * np.pi * frequency * sd) ** 2) * np.sqrt(2 * np.pi) * sd
    return fft.irfft(spectrum / np.sinc(frequency) ** (2 * _WIDTH), length)[nodes]


def _spline_weights(a: np.ndarray) -> np.ndarray:
    """Weights [4, ...] of the nodes around points at the fractions a [...] of a bin."""
    b = 1 - a
    return np.stack([b**3, a**2 * (3 * a - 6) + 4, b**2 * (3 * b - 6) + 4, a**3]) / 6


def _autocorrelation(weights: np.ndarray) -> np.ndarray:
    """Sums [4, ...] of products of weights [4, ...] at nodes 0 to 3 apart, in both orders."""
    return np.stack(
        [
            (1 if lag == 0 else 2) * (weights[: _WIDTH - lag] * weights[lag:]).sum(axis=0)
            for lag in range(_WIDTH)
        ]
    )
