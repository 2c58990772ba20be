"""Draws the training and hold-out points of one block of seeds."""

from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence


def run(spec: SimpleNamespace, points: str) -> None:
    """Writes x_train [K, n_train, 2] and x_holdout [K, n_holdout, 2]."""
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))
    x_train, x_holdout = [], []
    for seed in spec.seeds:
        train, holdout = seed_sequence(spec.study_seed, "data", dataset.name, seed).spawn(2)
        x_train.append(density.training_points(spec.n_train, np.random.default_rng(train)))
        x_holdout.append(density.holdout_points(spec.n_holdout, np.random.default_rng(holdout)))
    arrays = {"x_train": np.stack(x_train), "x_holdout": np.stack(x_holdout)}
    files.write_arrays(points, spec=spec.digest, **arrays)
