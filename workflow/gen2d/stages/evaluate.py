"""Measures the samples of one block of seeds against the true points."""

import logging

import numpy as np

from gen2d.densities.base import Density, law_of
from gen2d.job import Job
from gen2d.metrics.of_samples import measure
from gen2d.metrics.status import DIVERGED, INFINITE, OK, SKIPPED
from gen2d.metrics.two_sample import Reference, bandwidth_ladder
from gen2d.plan.knobs import EvaluateKnobs, JobKnobs

log = logging.getLogger(__name__)


def reference(job: Job[JobKnobs], n_bandwidths: int) -> Reference:
    """The true points of the job's input `reference`, prepared for measuring samples."""
    shapes = {"points": (None, 2), "median_distance": ()}
    points, median = job.points("reference", shapes)
    return Reference.of(points, bandwidth_ladder(float(median), n_bandwidths))


def run(job: Job[EvaluateKnobs]) -> None:
    """Writes the tidy table (dataset, model, seed, metric, value, status, note).

    The value is missing, and the note says why, where the seed diverged or was skipped, or where
    the metric is infinite.
    """
    knobs, density = job.knobs, law_of(job.knobs.dataset)
    arrays = job.all_arrays("samples")
    drawn, diverged_at = arrays["samples"], arrays["diverged_at"]
    acceptance = {name: array for name, array in arrays.items() if name.startswith("acceptance_")}
    true = reference(job, knobs.n_bandwidths)
    metrics = dict(knobs.metrics)
    names = list(measure(true.points[:2], true, density, metrics))
    rows = []
    for k, (seed, x, step) in enumerate(zip(knobs.seeds, drawn, diverged_at, strict=True)):
        skipped = knobs.needs_density and not isinstance(density, Density)
        bad = int((~np.isfinite(x).all(-1)).sum())
        measured, status, note = dict.fromkeys(names, np.nan), OK, ""
        if skipped:
            status, note = SKIPPED, "no density is known"
        elif step or bad:
            status = DIVERGED
            note = (
                f"diverged at training step {step}"
                if step
                else f"diverged in sampling: {bad} of {len(x)} samples not finite"
            )
        else:
            measured = measure(x, true, density, metrics)
            # A move that was never proposed has no acceptance share.
            measured |= {name: s[k] for name, s in acceptance.items() if np.isfinite(s[k])}
        log.info("seed %d: %s", seed, note or measured)
        for metric, value in measured.items():
            outcome = (value, OK, "") if np.isfinite(value) else (None, status, note)
            if outcome == (None, OK, ""):
                outcome = (None, INFINITE, "infinite: the samples lie on a line")
            rows.append((knobs.dataset.name, knobs.model, seed, metric, *outcome))
    columns = ("dataset", "model", "seed", "metric", "value", "status", "note")
    job.write_table("metrics", dict(zip(columns, zip(*rows, strict=True), strict=True)))
