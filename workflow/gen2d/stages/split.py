"""Where the error of a score model comes from, for one block of seeds."""

import logging
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor

from gen2d import cells, files
from gen2d.densities.base import Density
from gen2d.methods.oracle import ExactMeans
from gen2d.methods.scored import ScoreMethod
from gen2d.methods.trained import CHUNK
from gen2d.metrics.two_sample import Reference, bandwidth_ladder, two_sample_distances
from gen2d.noise import Noise

log = logging.getLogger(__name__)

RUNGS = ("smoothing", "discretisation", "mixing", "network")
METRICS = ("energy_distance", "mmd2_small")


def rungs(
    method: ScoreMethod, oracle: ScoreMethod, sequences: list[np.random.SeedSequence], n: int
) -> dict[tuple[str, bool], np.ndarray]:
    """Samples [K, N, 2] that have ever more of the errors of a score model, by (rung, denoised).

    `smoothing`: the law of data with noise of the last level, exactly. `discretisation`: the
    sampler's steps by exact scores, from the law that they should start from. `mixing`: from where
    the sampler does start. `network`: by the scores that were learned. With `denoised`, the mean of
    the data given such a point in its place. The sampler's noise is the same on every rung.

    Args:
        method: the model, trained.
        oracle: the same with exact scores.
    """
    found: dict[tuple[str, bool], list[Tensor]] = {}
    data = [np.random.default_rng(sequence.spawn(1)[0]) for sequence in sequences]
    noises = {rung: Noise(sequences) for rung in RUNGS}
    for start in range(0, n, CHUNK):
        n_here = min(CHUNK, n - start)
        x = np.stack([method.task.density.sample(n_here, rng) for rng in data])
        x = torch.as_tensor(x, dtype=torch.float32)
        ends = {
            "smoothing": (oracle, oracle.end_exactly(x, noises["smoothing"])),
            "discretisation": (oracle, oracle.begin_exactly(x, noises["discretisation"])),
            "mixing": (oracle, oracle.begin(n_here, noises["mixing"])),
            "network": (method, method.begin(n_here, noises["network"])),
        }
        for rung, (sampler, points) in ends.items():
            if rung != "smoothing":
                points = sampler.advance(points, noises[rung])
            for denoised in (False, True):
                found.setdefault((rung, denoised), []).append(sampler.end(points, denoised))
    return {key: torch.cat(parts, 1).double().numpy(force=True) for key, parts in found.items()}


def run(spec: SimpleNamespace, points: str, weights: str, reference: str, split: str) -> None:
    """Writes the tidy table (dataset, model, seed, rung, denoised, own, metric, value, note).

    `own` says whether the model's samples are denoised. Values are missing for seeds that diverged
    and where no density is known.
    """
    method, diverged_at = cells.restore(spec, points, weights)
    names = ("points", "median_distance")
    true_points, median = files.read_arrays(reference, *names, spec=spec.inputs.reference)
    true = Reference.of(true_points, bandwidth_ladder(float(median), spec.n_bandwidths))
    density = method.task.density
    drawn = {}
    if isinstance(density, Density):
        oracle = cells.build(spec, points)
        means = ExactMeans(density)
        oracle.use_exact(means, means.scale)
        with torch.inference_mode():
            drawn = rungs(method, oracle, cells.streams(spec, "sample"), spec.n_samples)
    rows = []
    for rung in RUNGS:
        for denoised in (False, True):
            for k, seed in enumerate(spec.seeds):
                measured = dict.fromkeys(METRICS)
                note = "" if drawn else "skipped: no density is known"
                x = drawn[rung, denoised][k] if drawn else None
                if drawn and (diverged_at[k] or not np.isfinite(x).all()):
                    note = "diverged"
                elif drawn:
                    distances = two_sample_distances(x, true)
                    measured = dict(
                        zip(METRICS, (distances.energy_distance, distances.mmd2[0]), strict=True)
                    )
                told = (spec.dataset.name, spec.name, seed, rung, denoised)
                own = denoised == method.denoises
                rows += [(*told, own, metric, value, note) for metric, value in measured.items()]
    columns = ("dataset", "model", "seed", "rung", "denoised", "own", "metric", "value", "note")
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    files.write_table(split, table, spec=spec.digest, sealed=True)
