"""Measures the samples of one block of seeds against the true points."""

import logging
from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.metrics.two_sample import Reference, two_sample_distances

log = logging.getLogger(__name__)
METRICS = ("energy_distance", "mmd2_small", "mmd2_ladder")


def run(spec: SimpleNamespace, samples: str, reference: str, metrics: str) -> None:
    """Writes the tidy table (dataset, model, seed, metric, value, note).

    The value of a seed that diverged is missing, and its note says so. `mmd2_small` is at the
    smallest bandwidth, `mmd2_ladder` the mean over all.
    """
    drawn, diverged_at = files.read_arrays(samples, "samples", "diverged_at")
    true = Reference.of(*files.read_arrays(reference, "points", "bandwidths"))
    rows = []
    for seed, x, step in zip(spec.seeds, drawn, diverged_at, strict=True):
        bad = int((~np.isfinite(x).all(-1)).sum())
        if step or bad:
            values = [None] * len(METRICS)
            note = (
                f"diverged at training step {step}"
                if step
                else f"diverged in sampling: {bad} of {len(x)} samples not finite"
            )
        else:
            distances = two_sample_distances(x, true)
            mmd2 = distances.mmd2
            values = [distances.energy_distance, mmd2[0], mmd2.mean()]
            note = ""
        log.info("seed %d: %s", seed, note or dict(zip(METRICS, map(float, values), strict=True)))
        rows += [
            (spec.dataset, spec.model, seed, metric, value, note)
            for metric, value in zip(METRICS, values, strict=True)
        ]
    names = ("dataset", "model", "seed", "metric", "value", "note")
    files.write_table(metrics, dict(zip(names, zip(*rows, strict=True), strict=True)))
