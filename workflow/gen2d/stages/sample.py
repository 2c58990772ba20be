"""Draws samples from a trained model or a baseline, for one block of seeds."""

from types import SimpleNamespace

import numpy as np

from gen2d import cells, files


def run(spec: SimpleNamespace, points: str, samples: str, weights: str = "") -> None:
    """Writes the samples [K, N, 2] and the step at which training diverged [K], 0 for never.

    Beside them, where the sampler has them, the shares of its proposals that it accepted, [K].
    """
    method, diverged_at = cells.restore(spec, points, weights)
    drawn = method.sample(spec.n_samples, cells.streams(spec, "sample"))
    drawn[diverged_at > 0] = np.nan
    arrays = {"samples": drawn, "diverged_at": diverged_at, **method.acceptance}
    files.write_arrays(samples, spec=spec.digest, **arrays)
