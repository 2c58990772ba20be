"""Traces the chains of one block of seeds: the share of points far from the data, by step."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gen2d.geometry import view
from gen2d.job import Job
from gen2d.methods.trained import TrainedMethod
from gen2d.metrics.status import DIVERGED, OK
from gen2d.metrics.two_sample import N_FIRST
from gen2d.plan.knobs import ModelKnobs
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import streams
from gen2d.stages import cells

N_CHAINS = 1000  # per seed
N_TIMES = 20


def shown_steps(n_steps: int) -> list[int]:
    """Steps to record: 0, and about N_TIMES up to the last, denser early on."""
    return sorted({0, *(round(step) for step in np.geomspace(1, n_steps, N_TIMES))})


def follow(method: TrainedMethod, n_steps: int, noise: Noise) -> dict[int, np.ndarray]:
    """The points [K, N, 2] of a method's chains after each of `shown_steps`."""
    steps, seen = {*shown_steps(n_steps)}, {}

    def on_step(step: float, x: Tensor) -> None:
        if step in steps:
            seen[int(step)] = x.double().numpy(force=True)  # a copy: x is changed in place

    draw: Callable[..., Tensor] = method.draw  # chains take a callback for their steps
    with torch.inference_mode():
        samples = draw(N_CHAINS, noise, on_step)
    return {**seen, n_steps: samples.double().numpy(force=True)}


def run(job: Job[ModelKnobs]) -> None:
    """Writes the table (dataset, model, seed, step, outside, status, note).

    `outside` is the share of N_CHAINS points outside the data set's view. It is missing for seeds
    that diverged.
    """
    knobs, rows = job.knobs, []
    restored, diverged_at = cells.restore(job, knobs)
    method = TrainedMethod.checked(restored)
    (true,) = job.points("reference", {"points": (None, 2)})
    square, n_steps = view(true[:N_FIRST]), knobs.model.knobs["sampling"]["n_steps"]
    for step, points in follow(method, n_steps, Noise(streams(knobs, "trace"))).items():
        for seed, x, diverged in zip(knobs.seeds, points, diverged_at, strict=True):
            is_sound = not diverged and np.isfinite(x).all()
            outcome = (
                (square.share_outside(x), OK, "") if is_sound else (None, DIVERGED, "diverged")
            )
            rows.append((knobs.dataset.name, job.cell["model"], seed, step, *outcome))
    columns = ("dataset", "model", "seed", "step", "outside", "status", "note")
    job.write_table("trace", dict(zip(columns, zip(*rows, strict=True), strict=True)))
