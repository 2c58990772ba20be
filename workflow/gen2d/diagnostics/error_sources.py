"""Samples of a score model to which one source of error after another is added."""

import numpy as np
import torch
from torch import Tensor

from gen2d.methods.scored import ScoreMethod
from gen2d.methods.trained import CHUNK
from gen2d.randomness.noise import Noise

ERROR_SOURCES = ("smoothing", "discretisation", "mixing", "network")


def cumulative_samples(
    method: ScoreMethod, oracle: ScoreMethod, sequences: list[np.random.SeedSequence], n: int
) -> dict[tuple[str, bool], np.ndarray]:
    """Samples [K, N, 2] by (source, denoised); each source adds its error to the one before.

    `smoothing`: exact draws of data with noise of the last level. `discretisation`: the sampler's
    steps with exact scores, from exact draws of the first level. `mixing`: the same steps, from the
    sampler's own start. `network`: its steps with the learned scores. With `denoised`, points are
    replaced by the mean of the data given them. The sampler's noise is the same for every source.

    Args:
        method: the trained model.
        oracle: the same model with exact scores.
    """
    found: dict[tuple[str, bool], list[Tensor]] = {}
    data = [np.random.default_rng(sequence.spawn(1)[0]) for sequence in sequences]
    noises = {source: Noise(sequences) for source in ERROR_SOURCES}
    for start in range(0, n, CHUNK):
        n_here = min(CHUNK, n - start)
        drawn = np.stack([method.task.density.sample(n_here, rng) for rng in data])
        x = torch.as_tensor(drawn, dtype=torch.float32)
        ends = {
            "smoothing": (oracle, oracle.end_exactly(x, noises["smoothing"])),
            "discretisation": (oracle, oracle.begin_exactly(x, noises["discretisation"])),
            "mixing": (oracle, oracle.begin(n_here, noises["mixing"])),
            "network": (method, method.begin(n_here, noises["network"])),
        }
        for source, (sampler, points) in ends.items():
            if source != "smoothing":
                points = sampler.advance(points, noises[source])
            for denoised in (False, True):
                found.setdefault((source, denoised), []).append(sampler.end(points, denoised))
    return {key: torch.cat(parts, 1).double().numpy(force=True) for key, parts in found.items()}
