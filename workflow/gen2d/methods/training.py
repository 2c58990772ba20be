"""The training loop: Adam on all members at once."""

import logging
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gen2d.config.methods.base import Training
from gen2d.methods.flat_adam import FlatAdam
from gen2d.methods.trained import TrainedMethod
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import fanned

log = logging.getLogger(__name__)

N_SNAPSHOTS = 12
HOLDOUT = 1000  # hold-out points per member in one evaluation of the loss


class TrainingRecord(NamedTuple):
    """Losses and snapshots of a training run.

    Attributes:
        steps: optimiser steps done at each record, [R].
        loss_train: mean loss over the minibatches since the last record, [R, K].
        loss_holdout: loss on all hold-out points, with fresh noise, [R, K]: a mean over batches of
            `HOLDOUT`, which matters for losses that compare the points of a batch.
        diverged_at: for each seed the first step with a loss that was not finite, or None.
        snapshots: the first seed's parameters at `snapshot_steps`, by name, each [S M, ...].
    """

    steps: np.ndarray
    loss_train: np.ndarray
    loss_holdout: np.ndarray
    diverged_at: list[int | None]
    snapshots: dict[str, Tensor]


def snapshot_steps(n_steps: int) -> list[int]:
    """About a dozen steps from 1 to n_steps, evenly spaced on a log scale."""
    return sorted({round(step) for step in np.geomspace(1, n_steps, N_SNAPSHOTS)})


def learning_rate(step: int, knobs: Training) -> float:
    """Adam's learning rate at step 1, ..., n_steps: linear warmup, times 1 or a cosine to 0."""
    rise = min(1.0, step / max(1, knobs.warmup_steps))
    fall = 0.5 + 0.5 * math.cos(math.pi * (step - 1) / knobs.n_steps)
    return knobs.learning_rate * rise * (fall if knobs.schedule == "cosine" else 1.0)


def train(
    method: TrainedMethod,
    x_train: np.ndarray,
    x_holdout: np.ndarray,
    knobs: Training,
    sequences: Sequence[np.random.SeedSequence],
    progress: Callable[[int, int], object] = lambda step, n_steps: None,
) -> TrainingRecord:
    """Trains a method for K seeds, each on its own points and streams.

    If a seed has M > 1 members, each has its own streams, and the seed's loss is their mean. The
    members' losses are summed: members share no parameters, so each gets the gradient of its own
    loss, and Adam's steps are elementwise. The method ends with the exponential averages as its
    parameters; hold-out losses use the averages too.

    Args:
        method: the method to train, in place.
        x_train: training points [K, n_train, 2].
        x_holdout: hold-out points [K, n_holdout, 2].
        knobs: number of steps, learning rate, batch size, and how often to record losses.
        sequences: one stream per seed.
        progress: called with (step, n_steps) after each step.
    """
    m = method.per_seed
    streams = zip(*(sequence.spawn(3) for sequence in sequences), strict=True)
    batches, noise, holdout_noise = (Noise(fanned(stream, m)) for stream in streams)
    points = torch.as_tensor(x_train, dtype=torch.float32).repeat_interleave(m, 0)  # [K M, ...]
    holdout = torch.as_tensor(x_holdout, dtype=torch.float32).repeat_interleave(m, 0)
    held_out = holdout.split(HOLDOUT, 1)
    pairs = torch.view_as_complex(points)  # [K M, n_train]: `gather` takes each point as one number
    adam = FlatAdam(list(method.parameters()), knobs)

    def descend(step: int) -> Tensor:
        """The members' losses [K M] before one step of Adam, which it does."""
        rows = batches.integers(points.shape[1], knobs.batch_size)
        x = torch.view_as_real(pairs.gather(1, rows))  # [K M, B, 2]
        losses = method.loss_and_gradients(x, noise, adam.gradients)
        adam.step(learning_rate(step, knobs))
        return losses

    def of_seeds(losses: Tensor) -> np.ndarray:
        """Each seed's mean [..., K] over its members' losses [..., K M]."""
        return losses.double().unflatten(-1, (-1, m)).mean(-1).numpy(force=True)

    steps, loss_train, loss_holdout = [], [], []
    diverged_at: list[int | None] = [None] * len(x_train)
    recent = []  # losses [K M] since the last record
    snapshots, at = [], set(snapshot_steps(knobs.n_steps))
    for step in range(1, knobs.n_steps + 1):
        recent.append(descend(step))
        progress(step, knobs.n_steps)
        if step in at:
            snapshots.append([average[:m].clone() for average in adam.averages])
        if step % knobs.log_every and step < knobs.n_steps:
            continue
        block = of_seeds(torch.stack(recent))  # [steps since the last record, K]
        for k, bad in enumerate(~np.isfinite(block).T):
            if bad.any() and diverged_at[k] is None:
                diverged_at[k] = step - len(block) + 1 + int(bad.argmax())
                log.warning("seed %d of the block diverged at step %d", k, diverged_at[k])
        steps.append(step)
        loss_train.append(block.mean(0))
        with torch.no_grad(), adam.averaged():
            sums = [method.losses(x, holdout_noise) * x.shape[1] for x in held_out]
            loss_holdout.append(of_seeds(sum(sums) / holdout.shape[1]))
        log.info(
            "step %d of %d: median training loss %.4g, hold-out loss %.4g",
            step,
            knobs.n_steps,
            np.median(loss_train[-1]),
            np.median(loss_holdout[-1]),
        )
        recent.clear()
    adam.swap()
    names = [name for name, _ in method.named_parameters()]
    stacked = {name: torch.cat(s) for name, *s in zip(names, *snapshots, strict=True)}
    return TrainingRecord(
        np.array(steps), np.array(loss_train), np.array(loss_holdout), diverged_at, stacked
    )
