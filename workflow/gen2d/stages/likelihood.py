"""Measures the densities that one block of seeds learned, for methods that state one."""

import logging
from types import SimpleNamespace

import numpy as np

from gen2d import cells, files
from gen2d.densities.base import Density
from gen2d.methods.base import Method

log = logging.getLogger(__name__)


def measure(method: Method, true: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """How far a learned density q is from the true one p, each [K]; lower is better.

    `kl` is the mean of log p - log q over true points, which estimates KL(p || q), the hold-out
    negative log-likelihood less the entropy, with less noise, in nats; where p is not known, `nll`
    is that of -log q. `density_tv` is the mean of max(0, 1 - q / p) over true points: the total
    variation between the densities, in [0, 1]. `generalisation_gap`, in nats, is what q loses on
    true points more than on training points: what a memoriser gains on the points that it has seen.

    Args:
        true: points that nobody trained on, [K, N, 2].
        train: training points [K, N, 2].
    """
    law = method.task.density
    if not isinstance(law, Density):
        unseen = -method.log_prob(true).mean(1)
        return {"nll": unseen, "generalisation_gap": unseen + method.log_prob(train).mean(1)}

    def lost(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        log_q = method.log_prob(x)
        log_p = np.stack([law.log_prob(points) for points in x])
        # A density may be infinite at single points, such as the pinwheel's centre.
        return log_p - log_q, np.isfinite(log_p)

    (unseen, known), (seen, known_seen) = lost(true), lost(train)
    kl, kl_seen = np.mean(unseen, axis=1, where=known), np.mean(seen, axis=1, where=known_seen)
    excess = np.maximum(0.0, -np.expm1(-unseen))
    with np.errstate(invalid="ignore"):  # where both are infinite
        gap = kl - kl_seen
    return {
        "kl": kl,
        "density_tv": np.mean(excess, axis=1, where=known),
        "generalisation_gap": gap,
    }


def run(
    spec: SimpleNamespace, points: str, reference: str, likelihood: str, weights: str = ""
) -> None:
    """Writes the tidy table (dataset, model, seed, metric, value, note).

    A value that is missing, since training diverged or q is 0 at a point, has a note.
    """
    method, diverged_at = cells.restore(spec, points, weights)
    (true,) = files.read_arrays(reference, "points", spec=spec.inputs.reference)
    files.check_array(reference, "points", true, (None, 2))
    true = np.repeat(true[None, : spec.n_points], len(spec.seeds), axis=0)
    measured = measure(method, true, method.task.x_train[:, : spec.n_points])
    rows = []
    for metric, values in measured.items():
        for seed, value, step in zip(spec.seeds, values, diverged_at, strict=True):
            note = ""
            if step:
                note = f"diverged at training step {step}"
            elif not np.isfinite(value):
                note = "the density that was learned is 0 at true points"
            log.info("seed %d: %s %s", seed, metric, note or value)
            rows.append((spec.dataset.name, spec.name, seed, metric, None if note else value, note))
    columns = ("dataset", "model", "seed", "metric", "value", "note")
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    files.write_table(likelihood, table, spec=spec.digest, sealed=True)
