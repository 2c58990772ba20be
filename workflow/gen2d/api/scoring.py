"""The metrics of a sample, with what true samples score, and whether it is of a law."""

from hashlib import sha256
from typing import Any

import numpy as np
from scipy.special import betainc

from gen2d.config.sections import Metrics
from gen2d.densities.base import Law
from gen2d.densities.points import Points
from gen2d.metrics.binned import Bins, chi_square_p_value
from gen2d.metrics.catalogue import TAKEN
from gen2d.metrics.null import KernelNull
from gen2d.metrics.of_samples import measure
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.randomness.seeding import seed_sequence
from gen2d.storage import files

LEVEL = 0.05
N_REFERENCE = 100_000
N_BANDWIDTHS = Metrics().n_bandwidths
N_TRUE_SAMPLES = 5
MIN_DISTINCT = 100
# Points of bounded support that rounding to single precision may push over its edge, as a share.
ROUNDED = 1e-6


def tests(
    x: np.ndarray, true: Reference, null: KernelNull, law: Law
) -> tuple[dict[str, float], float]:
    """Tests whether a sample [N, 2] is of a law: the p-value of each test, and of all.

    Each sees something else: `distances`, the energy distance and all MMD^2 in one; `cells`, a
    chi-square test of counts; `off_support`, points where a density of bounded support is 0. The
    p-value of all is Bonferroni's over the first two, or that of the third if it is smaller: true
    samples have no points there, so that it takes no share of the level.
    """
    n = len(x)
    bins = Bins.of(true.points, n)
    found = {
        "distances": null.p_values(two_sample_distances(x, true))[1],
        "cells": chi_square_p_value(bins.counts(x), bins.counts(true.points)),
    }
    p_value = min(1.0, 2 * min(found.values()))
    if law.has_bounded_support:
        n_off = int((~law.in_support(x)).sum())
        # P(at least n_off of n), binomial.
        found["off_support"] = float(betainc(n_off, n - n_off + 1, ROUNDED)) if n_off else 1.0
        p_value = min(p_value, found["off_support"])
    return found, p_value


def true_sample(law: Law, n: int, rng: np.random.Generator) -> np.ndarray:
    """n points of a law [n, 2]; of a file none twice, and half of what it has for that at most."""
    if isinstance(law, Points):
        return law.training_points(min(n, law.n_training // 2), rng)
    return law.sample(n, rng)  # a pinwheel's training points are stratified


def score(
    x: np.ndarray, law: Law, n_reference: int, n_true: int, n_bandwidths: int = N_BANDWIDTHS
) -> dict[str, Any]:
    """Measures a sample against a law, and tests whether it is of that law.

    Args:
        x: sample [N, 2], finite.
        law: where true points come from. Their streams are named by the sample: scores repeat, and
            those of two samples have true points of their own.
        n_reference: true points M that the sample is measured against.
        n_true: points of each of the 5 true samples that are scored beside it; see `true_sample`.
        n_bandwidths: of the kernels of the MMD.

    Returns:
        n_points, n_reference, n_true, metrics (name -> value and truth [lowest, highest], None if
        infinite), tests (name -> p-value), p_value, level, and differs: whether p_value < level.
    """
    streams = seed_sequence(0, "score", sha256(x.tobytes()).hexdigest()).spawn(2 + N_TRUE_SAMPLES)
    first, second, *others = (np.random.default_rng(stream) for stream in streams)
    points = law.reference_points(n_reference, first)
    true = Reference.of(points, bandwidth_ladder(median_distance(points), n_bandwidths))
    measured = measure(x, true, law, TAKEN)
    fresh = [true_sample(law, n_true, rng) for rng in others]
    truth = [measure(points, true, law, TAKEN) for points in fresh]
    found, p_value = tests(x, true, KernelNull.of(points, true.bandwidths, second), law)
    return {
        "n_points": len(x),
        "n_reference": len(true.points),
        "n_true": len(fresh[0]),
        "metrics": {
            name: {
                "value": _if_finite(value),
                "truth": [_if_finite(f(t[name] for t in truth)) for f in (min, max)],
            }
            for name, value in measured.items()
        },
        "tests": found,
        "p_value": p_value,
        "level": LEVEL,
        "differs": p_value < LEVEL,
    }


def _if_finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def read_sample(path: str) -> np.ndarray:
    """The points [N, 2] of a file; raises `FileError` for what cannot be scored."""
    points, _ = files.read_points(path)
    n_distinct = len(np.unique(points, axis=0))
    if n_distinct < MIN_DISTINCT:
        raise files.FileError(
            f"{path}: expected at least {MIN_DISTINCT} distinct points; "
            f"got {n_distinct} in {len(points)} rows"
        )
    return points


def read_reference(path: str) -> np.ndarray:
    """True points [N, 2] of a file; raises `FileError` where no kernel has a bandwidth, too."""
    points = read_sample(path)
    try:
        median_distance(points)
    except ValueError as error:
        raise files.FileError(f"{path}: {error}") from None
    return points
