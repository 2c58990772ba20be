"""Densities that are quick to integrate, and a test of samples against them."""

from pkgutil import resolve_name

import numpy as np
from scipy.stats import chi2

from gen2d.config import DATASETS

# Parameters without a default, or whose default makes integration slow: large beside the details.
KNOBS = {
    "gaussians": {"means": [[-2.0, 0.0], [1.0, 1.0]], "weights": [1.0, 4.0], "sd": 0.3},
    "gaussian_grid": {"n_per_side": 3, "spacing": 0.8, "sd": 0.12},
    "rings": {"radii": [0.4, 0.7, 1.0]},
    "two_spirals": {"pitch": 0.15, "sd": 0.08},
    "ffjord_pinwheel": {"n_arms": 3, "radial_sd": 0.15, "scale": 1.0},
}


def build(kind, knobs=KNOBS):
    knobs = DATASETS[kind](kind=kind, **knobs.get(kind, {}))
    return resolve_name(knobs.implementation)(**knobs.parameters(study=None))


def noised(density, n, noise_level, seed):
    rng = np.random.default_rng(seed)
    return density.sample(n, rng) + noise_level * rng.standard_normal((n, 2))


def circle(radius, n=12):
    angle = 2.0 * np.pi * (np.arange(n) + 0.3) / n
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def midpoints(low, high, n_bins, n_per_bin):
    """Midpoints [n, n, 2] of a grid on a rectangle, n = n_bins n_per_bin, and the area of each."""
    sides = (np.asarray(high) - low) / (n_bins * n_per_bin)
    axes = [low[d] + sides[d] * (np.arange(n_bins * n_per_bin) + 0.5) for d in range(2)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1), np.prod(sides)


def bin_masses(log_prob, low, high, n_bins, n_per_bin):
    """Probability of each bin, [n_bins, n_bins], by the midpoint rule."""
    points, area = midpoints(low, high, n_bins, n_per_bin)
    mass = np.exp(log_prob(points.reshape(-1, 2))) * area
    return mass.reshape(n_bins, n_per_bin, n_bins, n_per_bin).sum(axis=(1, 3))


def chi_square_p_value(points, masses, low, high):
    """p-value of Pearson's test of points [n, 2]; thin bins and the outside are one bin."""
    counts, *_ = np.histogram2d(*points.T, bins=len(masses), range=np.transpose([low, high]))
    expected = len(points) * masses
    full = expected >= 10.0
    observed = np.append(counts[full], len(points) - counts[full].sum())
    expected = np.append(expected[full], len(points) - expected[full].sum())
    if expected[-1] < 10.0:
        observed, expected = observed[:-1], expected[:-1]
    return chi2.sf(np.sum((observed - expected) ** 2 / expected), len(observed) - 1)
