"""Measures the sources of a score model's error, for one block of seeds."""

import logging

import numpy as np
import torch

from gen2d.densities.base import Density
from gen2d.diagnostics.error_sources import ERROR_SOURCES, cumulative_samples
from gen2d.job import Job
from gen2d.methods.oracle import ExactMeans
from gen2d.methods.scored import ScoreMethod
from gen2d.metrics.status import DIVERGED, OK, SKIPPED
from gen2d.metrics.two_sample import two_sample_distances
from gen2d.plan.knobs import ErrorSourcesKnobs
from gen2d.randomness.seeding import streams
from gen2d.stages import cells
from gen2d.stages.evaluate import reference

log = logging.getLogger(__name__)
METRICS = ("energy_distance", "mmd2_small")


def run(job: Job[ErrorSourcesKnobs]) -> None:
    """Writes the table (dataset, model, seed, source, denoised, own, metric, value, status, note).

    `own` marks rows denoised, or not, as the model's own samples are. Values are missing for seeds
    that diverged and for data sets without a known density.
    """
    knobs = job.knobs
    restored, diverged_at = cells.restore(job, knobs)
    method = ScoreMethod.checked(restored)
    true = reference(job, knobs.n_bandwidths)
    density = method.task.density
    drawn = {}
    if isinstance(density, Density):
        oracle = ScoreMethod.checked(cells.build(job, knobs))
        means = ExactMeans(density)
        oracle.use_exact(means, means.scale)
        with torch.inference_mode():
            drawn = cumulative_samples(method, oracle, streams(knobs, "sample"), knobs.n_samples)
    rows = []
    for source in ERROR_SOURCES:
        for denoised in (False, True):
            for k, seed in enumerate(knobs.seeds):
                measured: dict[str, float | None] = dict.fromkeys(METRICS)
                x = drawn[source, denoised][k] if drawn else None
                if x is None:
                    missing = (SKIPPED, "no density is known")
                elif diverged_at[k] or not np.isfinite(x).all():
                    missing = (DIVERGED, "diverged")
                else:
                    missing = (OK, "")
                    distances = two_sample_distances(x, true)
                    measured = dict(
                        zip(METRICS, (distances.energy_distance, distances.mmd2[0]), strict=True)
                    )
                place = (knobs.dataset.name, knobs.name, seed, source, denoised)
                own = denoised == method.denoises
                rows += [
                    (*place, own, metric, value, *missing) for metric, value in measured.items()
                ]
    of_row = ("dataset", "model", "seed", "source", "denoised", "own")
    columns = (*of_row, "metric", "value", "status", "note")
    job.write_table("errors", dict(zip(columns, zip(*rows, strict=True), strict=True)))
