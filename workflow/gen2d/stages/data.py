"""Draws the training and hold-out points of one block of seeds."""

import numpy as np

from gen2d.densities.base import law_of
from gen2d.job import Job
from gen2d.plan.knobs import DataKnobs
from gen2d.randomness.seeding import streams


def run(job: Job[DataKnobs]) -> None:
    """Writes x_train [K, n_train, 2] and x_holdout [K, n_holdout, 2]."""
    knobs, law = job.knobs, law_of(job.knobs.dataset)
    x_train, x_holdout = [], []
    for stream in streams(knobs, "data"):
        train, holdout = stream.spawn(2)
        x_train.append(law.training_points(knobs.n_train, np.random.default_rng(train)))
        x_holdout.append(law.holdout_points(knobs.n_holdout, np.random.default_rng(holdout)))
    job.write_arrays("points", x_train=np.stack(x_train), x_holdout=np.stack(x_holdout))
