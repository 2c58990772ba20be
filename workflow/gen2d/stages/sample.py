"""Draws samples from a trained model or a baseline, for one block of seeds."""

from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.methods.base import Task
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence


def run(spec: SimpleNamespace, points: str, samples: str, weights: str = "") -> None:
    """Writes the samples [K, N, 2] and the step at which training diverged [K], 0 for never."""
    x_train, x_holdout = files.read_arrays(points, "x_train", "x_holdout")
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))
    streams = [seed_sequence(spec.study_seed, "sample", dataset.name, s) for s in spec.seeds]
    task = Task(density, x_train, x_holdout, streams)
    method = resolve(spec.model.implementation)(spec.model, task)
    diverged_at = np.zeros(len(spec.seeds), dtype=np.int64)
    if weights:
        import torch  # here, since baselines do without

        torch.set_num_threads(1)  # results must not depend on how many cores there are
        state, metadata = files.read_weights(weights)
        method.load_state_dict(state)
        diverged_at[:] = [metadata["diverged_at"].get(str(seed), 0) for seed in spec.seeds]
    drawn = method.sample(spec.n_samples, streams)
    drawn[diverged_at > 0] = np.nan
    files.write_arrays(samples, samples=drawn, diverged_at=diverged_at)
