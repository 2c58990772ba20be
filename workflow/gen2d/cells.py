"""A cell of the study, a model on a data set: its method as the stages build and restore it."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.methods.base import Method, Task
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence


def streams(spec: SimpleNamespace, purpose: str) -> list[np.random.SeedSequence]:
    """One stream a seed of the cell."""
    return [seed_sequence(spec.study_seed, purpose, spec.dataset.name, s) for s in spec.seeds]


def build(spec: SimpleNamespace, points: str, members: Sequence[int] | None = None) -> Method:
    """The cell's method, not yet trained.

    Args:
        spec: study_seed, seeds, dataset, model and, for models that need torch, device, as
            `gen2d.jobs` tells them.
        points: file of the training and hold-out points.
        members: which seeds of the block, by their place in it, as often as they stand; else all.
    """
    if hasattr(spec, "device"):
        from gen2d.arithmetic import settle  # here, since baselines do without torch

        settle(spec.device)
    names = ("x_train", "x_holdout")
    x_train, x_holdout = files.read_arrays(points, *names, spec=spec.inputs.points)
    for name, x in zip(names, (x_train, x_holdout), strict=True):
        files.check_array(points, name, x, (len(spec.seeds), None, 2))
    law = resolve(spec.dataset.implementation)(**vars(spec.dataset.parameters))
    rows = list(range(len(spec.seeds)) if members is None else members)
    sequences = streams(spec, "initialise")
    task = Task(law, x_train[rows], x_holdout[rows], [sequences[row] for row in rows])
    return resolve(spec.model.implementation)(spec.model, task)


def restore(spec: SimpleNamespace, points: str, weights: str) -> tuple[Method, np.ndarray]:
    """The cell's method, trained, and the step [K] at which training diverged, 0 for never.

    Args:
        weights: file of its parameters; empty for methods that train nothing.
    """
    method = build(spec, points)
    diverged_at = np.zeros(len(spec.seeds), dtype=np.int64)
    if weights:
        state, metadata = files.read_weights(weights, spec=spec.inputs.weights)
        try:
            method.load_state_dict(state)
        except RuntimeError as error:
            raise files.FileError.of(weights, "the parameters of the model", error) from error
        diverged_at[:] = [metadata["diverged_at"].get(str(seed), 0) for seed in spec.seeds]
    return method, diverged_at
