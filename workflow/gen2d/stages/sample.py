"""Draws samples from a trained model or a baseline, for one block of seeds."""

from collections.abc import Sequence

import numpy as np

from gen2d.job import Job
from gen2d.methods.base import Method
from gen2d.plan.knobs import SampleKnobs
from gen2d.randomness.seeding import streams
from gen2d.stages import cells


def draw(
    method: Method, diverged_at: np.ndarray, n: int, sequences: Sequence[np.random.SeedSequence]
) -> np.ndarray:
    """Samples [K, n, 2]; NaN for seeds whose training diverged."""
    drawn = method.sample(n, sequences)
    drawn[diverged_at > 0] = np.nan
    return drawn


def run(job: Job[SampleKnobs]) -> None:
    """Writes the samples [K, N, 2] and the step at which training diverged [K], 0 for never.

    Samplers with proposals add the share [K] of each kind that was accepted.
    """
    method, diverged_at = cells.restore(job, job.knobs)
    drawn = draw(method, diverged_at, job.knobs.n_samples, streams(job.knobs, "sample"))
    job.write_arrays("samples", samples=drawn, diverged_at=diverged_at, **method.acceptance)
