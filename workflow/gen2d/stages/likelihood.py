"""Measures the densities and scores that one block of seeds learned, if the method has them."""

import logging

import numpy as np

from gen2d.diagnostics.likelihood import Measured, measure_density, measure_scores, status
from gen2d.job import Job
from gen2d.metrics.status import DIVERGED, OK, SKIPPED
from gen2d.plan.knobs import LikelihoodKnobs
from gen2d.randomness.seeding import seed_sequence, streams
from gen2d.stages import cells

log = logging.getLogger(__name__)

N_SCORES = 1000  # true points at which scores are compared
N_SEEN = 1000  # training points of each seed at which densities are taken, at most


def run(job: Job[LikelihoodKnobs]) -> None:
    """Writes the tidy table (dataset, model, seed, metric, value, error, status, note).

    A missing value has a note: training diverged, q is 0 or not finite at a point, no score was
    learned at the noise level, or no density is known.
    """
    knobs = job.knobs
    method, diverged_at = cells.restore(job, knobs)
    measured: dict[str, Measured] = {}
    if knobs.has_density:
        law = method.task.density
        drawn = [  # the same for every model of a seed
            law.unseen_points(knobs.n_points, np.random.default_rng(stream))
            for stream in streams(knobs, "likelihood")
        ]
        measured |= measure_density(method, np.stack(drawn), method.task.x_train[:, :N_SEEN])
    (true,) = job.points("reference", {"points": (None, 2)})
    true, noised = true[:N_SCORES], {}
    for level in knobs.noise_levels:  # the same points for every model
        sequence = seed_sequence(knobs.study_seed, "noise", knobs.dataset.name, f"{level:g}")
        noise = np.random.default_rng(sequence).standard_normal(true.shape)
        noised[level] = true + level * noise
    measured |= measure_scores(method, noised, np.array(diverged_at) > 0)
    rows = []
    for metric, of_seeds in measured.items():
        by_seed = zip(knobs.seeds, *of_seeds, diverged_at, strict=True)
        for seed, value, error, note, step in by_seed:
            if step and status(note) != SKIPPED:
                outcome = (None, None, DIVERGED, f"diverged at training step {step}")
            elif np.isfinite(value):
                outcome = (value, error, OK, "")
            else:
                outcome = (None, None, status(note), note)
            log.info("seed %d: %s %s", seed, metric, outcome[-1] or f"{value} +- {error}")
            rows.append((knobs.dataset.name, knobs.name, seed, metric, *outcome))
    columns = ("dataset", "model", "seed", "metric", "value", "error", "status", "note")
    job.write_table("likelihood", dict(zip(columns, zip(*rows, strict=True), strict=True)))
