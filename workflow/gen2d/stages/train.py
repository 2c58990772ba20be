"""Trains one model on one data set, for one block of seeds at once."""

from types import SimpleNamespace

import numpy as np
import torch

from gen2d import files
from gen2d.methods.base import Task
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence
from gen2d.training import train


def run(spec: SimpleNamespace, points: str, weights: str, losses: str) -> None:
    """Writes the weights, with the step at which a seed diverged, and the table of losses."""
    torch.set_num_threads(1)  # results must not depend on how many cores there are
    x_train, x_holdout = files.read_arrays(points, "x_train", "x_holdout")
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))

    def streams(purpose: str) -> list[np.random.SeedSequence]:
        return [seed_sequence(spec.study_seed, purpose, dataset.name, s) for s in spec.seeds]

    task = Task(density, x_train, x_holdout, streams("initialise"))
    method = resolve(spec.model.implementation)(spec.model, task)
    record = train(method, x_train, x_holdout, spec.model.training, streams("train"))
    diverged = {str(s): at for s, at in zip(spec.seeds, record.diverged_at, strict=True) if at}
    files.write_weights(weights, method.state_dict(), {"diverged_at": diverged})
    table = {
        "seed": np.tile(spec.seeds, len(record.steps)),
        "step": np.repeat(record.steps, len(spec.seeds)),
        "loss_train": record.loss_train.ravel(),
        "loss_holdout": record.loss_holdout.ravel(),
    }
    files.write_table(losses, table)
