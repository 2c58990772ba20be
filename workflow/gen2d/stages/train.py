"""Trains one model on one data set, for one block of seeds at once."""

from types import SimpleNamespace

import numpy as np

from gen2d import cells, files
from gen2d.training import snapshot_steps, train


def run(spec: SimpleNamespace, points: str, weights: str, snapshots: str, losses: str) -> None:
    """Writes the weights, with the step at which a seed diverged, and the table of losses.

    The snapshots are the weights of the first seed at `snapshot_steps`, as members of an ensemble.
    """
    method = cells.build(spec, points)
    task, knobs = method.task, spec.model.training
    record = train(method, task.x_train, task.x_holdout, knobs, cells.streams(spec, "train"))
    diverged = {str(s): at for s, at in zip(spec.seeds, record.diverged_at, strict=True) if at}
    files.write_weights(weights, method.state_dict(), {"diverged_at": diverged}, spec=spec.digest)
    steps = {"steps": snapshot_steps(knobs.n_steps)}
    files.write_weights(snapshots, record.snapshots, steps, spec=spec.digest)
    table = {
        "seed": np.tile(spec.seeds, len(record.steps)),
        "step": np.repeat(record.steps, len(spec.seeds)),
        "loss_train": record.loss_train.ravel(),
        "loss_holdout": record.loss_holdout.ravel(),
    }
    files.write_table(losses, table, spec=spec.digest, sealed=True)
