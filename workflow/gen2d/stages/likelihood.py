"""Measures the densities that one block of seeds learned, for methods that state one."""

import logging
from types import SimpleNamespace

import numpy as np

from gen2d import cells, files
from gen2d.densities.base import Density
from gen2d.methods.base import Method

log = logging.getLogger(__name__)


def measure(method: Method, true: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """Means over points of what a learned density q loses, each [K], nats; lower is better.

    `kl` is that of log p - log q over true points, which estimates KL(p || q), the hold-out
    negative log-likelihood less the entropy, with less noise; where p is not known, `nll` is that
    of -log q. `generalisation_gap` is the same mean over true points less that over training
    points: what a memoriser gains on the points that it has seen.

    Args:
        true: points that nobody trained on, [K, N, 2].
        train: training points [K, N, 2].
    """
    law = method.task.density

    def lost(x: np.ndarray) -> np.ndarray:
        log_q = method.log_prob(x)
        if not isinstance(law, Density):
            return -log_q.mean(1)
        log_p = np.stack([law.log_prob(points) for points in x])
        # A density may be infinite at single points, such as the pinwheel's centre.
        return np.mean(log_p - log_q, axis=1, where=np.isfinite(log_p))

    unseen = lost(true)
    name = "kl" if isinstance(law, Density) else "nll"
    return {name: unseen, "generalisation_gap": unseen - lost(train)}


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
