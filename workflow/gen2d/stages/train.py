"""Trains one model on one data set, for one block of seeds at once."""

import numpy as np

from gen2d.job import Job
from gen2d.methods.trained import TrainedMethod
from gen2d.methods.training import snapshot_steps, train
from gen2d.plan.knobs import TrainKnobs
from gen2d.randomness.seeding import streams
from gen2d.stages import cells


def run(job: Job[TrainKnobs]) -> None:
    """Writes the weights, with the step at which each seed diverged, snapshots, and losses.

    Snapshots are the first seed's weights at `snapshot_steps`, one member per step.
    """
    seeds, method = job.knobs.seeds, TrainedMethod.checked(cells.build(job, job.knobs))
    task, training = method.task, method.knobs.training
    sequences = streams(job.knobs, "train")
    record = train(method, task.x_train, task.x_holdout, training, sequences, job.progress)
    diverged = {str(seed): at for seed, at in zip(seeds, record.diverged_at, strict=True) if at}
    job.write_weights("weights", method.state_dict(), {"diverged_at": diverged})
    job.write_weights("snapshots", record.snapshots, {"steps": snapshot_steps(training.n_steps)})
    table = {
        "seed": np.tile(seeds, len(record.steps)),
        "step": np.repeat(record.steps, len(seeds)),
        "loss_train": record.loss_train.ravel(),
        "loss_holdout": record.loss_holdout.ravel(),
    }
    job.write_table("losses", table)
