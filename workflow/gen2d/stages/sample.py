"""Draws samples from a trained model or a baseline, for one block of seeds."""

from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.densities.base import Law
from gen2d.methods.base import Method, Task
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence


def restored(
    spec: SimpleNamespace, points: str, weights: str = ""
) -> tuple[Law, Method, np.ndarray]:
    """A cell's law, its trained method, and the steps [K] at which training diverged, 0 for never.

    Args:
        points: file of the cell's training points.
        weights: file of its parameters; empty for methods that train nothing.
    """
    x_train, x_holdout = files.read_arrays(points, "x_train", "x_holdout")
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))
    streams = [seed_sequence(spec.study_seed, "initialise", dataset.name, s) for s in spec.seeds]
    task = Task(density, x_train, x_holdout, streams)
    method = resolve(spec.model.implementation)(spec.model, task)
    diverged_at = np.zeros(len(spec.seeds), dtype=np.int64)
    if weights:
        import torch  # here, since baselines do without

        torch.set_num_threads(1)  # results must not depend on how many cores there are
        state, metadata = files.read_weights(weights)
        method.load_state_dict(state)
        diverged_at[:] = [metadata["diverged_at"].get(str(seed), 0) for seed in spec.seeds]
    return density, method, diverged_at


def run(spec: SimpleNamespace, points: str, samples: str, weights: str = "") -> None:
    """Writes the samples [K, N, 2] and the step at which training diverged [K], 0 for never."""
    _, method, diverged_at = restored(spec, points, weights)
    name = spec.dataset.name
    drawn = method.sample(
        spec.n_samples, [seed_sequence(spec.study_seed, "sample", name, s) for s in spec.seeds]
    )
    drawn[diverged_at > 0] = np.nan
    files.write_arrays(samples, samples=drawn, diverged_at=diverged_at)
