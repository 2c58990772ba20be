"""Measures the samples of one block of seeds against the true points."""

import logging
from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.densities.base import Density
from gen2d.metrics.suite import measure
from gen2d.metrics.two_sample import Reference, bandwidth_ladder
from gen2d.plugins import resolve

log = logging.getLogger(__name__)


def run(spec: SimpleNamespace, samples: str, reference: str, metrics: str) -> None:
    """Writes the tidy table (dataset, model, seed, metric, value, note).

    The value of a seed that diverged, or was skipped, is missing, as is an infinite one; its note
    says why.
    """
    dataset = spec.dataset
    density = resolve(dataset.implementation)(**vars(dataset.parameters))
    inputs = spec.inputs
    arrays = files.read_all_arrays(samples, spec=inputs.samples)
    drawn, diverged_at = arrays["samples"], arrays["diverged_at"]
    acceptance = {name: array for name, array in arrays.items() if name.startswith("acceptance_")}
    names = ("points", "median_distance")
    points, median = files.read_arrays(reference, *names, spec=inputs.reference)
    files.check_array(reference, "points", points, (None, 2))
    files.check_array(reference, "median_distance", median, ())
    true = Reference.of(points, bandwidth_ladder(float(median), spec.n_bandwidths))
    names = list(measure(true.points[:2], true, density))
    rows = []
    for k, (seed, x, step) in enumerate(zip(spec.seeds, drawn, diverged_at, strict=True)):
        skipped = spec.needs_density and not isinstance(density, Density)
        bad = int((~np.isfinite(x).all(-1)).sum())
        if skipped:
            measured, note = dict.fromkeys(names, np.nan), "skipped: no density is known"
        elif step or bad:
            measured = dict.fromkeys(names, np.nan)
            note = (
                f"diverged at training step {step}"
                if step
                else f"diverged in sampling: {bad} of {len(x)} samples not finite"
            )
        else:
            measured, note = measure(x, true, density), ""
            # Of what was never proposed there is no share.
            measured |= {name: s[k] for name, s in acceptance.items() if np.isfinite(s[k])}
        log.info("seed %d: %s", seed, note or measured)
        for metric, value in measured.items():
            finite = np.isfinite(value)
            missing = note or ("" if finite else "infinite: the samples lie on a line")
            rows.append(
                (dataset.name, spec.model, seed, metric, value if finite else None, missing)
            )
    columns = ("dataset", "model", "seed", "metric", "value", "note")
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    files.write_table(metrics, table, spec=spec.digest, sealed=True)
