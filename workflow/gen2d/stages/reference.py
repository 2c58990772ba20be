"""Draws the true points of a data set that every model's samples are measured against."""

from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.metrics.two_sample import median_distance
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence


def run(spec: SimpleNamespace, reference: str) -> None:
    """Writes the points [M, 2], and the median distance between them []."""
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))
    stream = seed_sequence(spec.study_seed, "reference", dataset.name)
    points = density.reference_points(spec.n_points, np.random.default_rng(stream))
    arrays = {"points": points, "median_distance": np.array(median_distance(points))}
    files.write_arrays(reference, spec=spec.digest, **arrays)
