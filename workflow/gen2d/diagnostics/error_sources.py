"""Samples that have ever more of the errors of a score model."""

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
    """Samples [K, N, 2] that have ever more of the errors of a score model, by (source, denoised).

    `smoothing`: the law of data with noise of the last level, exactly. `discretisation`: the
    sampler's steps by exact scores, from the law that they should start from. `mixing`: from where
    the sampler does start. `network`: by the scores that were learned. With `denoised`, the mean of
    the data given such a point in its place. The sampler's noise is the same on every source.

    Args:
        method: the model, trained.
        oracle: the same with exact scores.
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
