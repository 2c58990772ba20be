"""Where the error of a score model comes from, for one block of seeds."""

import logging

import numpy as np
import torch
from torch import Tensor

from gen2d import cells
from gen2d.densities.base import Density
from gen2d.job import Job
from gen2d.methods.oracle import ExactMeans
from gen2d.methods.scored import ScoreMethod
from gen2d.methods.trained import CHUNK
from gen2d.metrics.status import DIVERGED, OK, SKIPPED
from gen2d.metrics.two_sample import two_sample_distances
from gen2d.noise import Noise
from gen2d.plan.knobs import SplitKnobs
from gen2d.seeding import streams
from gen2d.stages.evaluate import reference

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
        drawn = np.stack([method.task.density.sample(n_here, rng) for rng in data])
        x = torch.as_tensor(drawn, dtype=torch.float32)
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


def run(job: Job[SplitKnobs]) -> None:
    """Writes the table (dataset, model, seed, rung, denoised, own, metric, value, status, note).

    `own` says whether the model's samples are denoised. Values are missing for seeds that diverged
    and where no density is known.
    """
    knobs = job.knobs
    restored, diverged_at = cells.restore(job, knobs)
    method = ScoreMethod.checked(restored)
    true = reference(job, knobs.n_bandwidths)
    density = method.task.density
    drawn = {}
    if isinstance(density, Density):
        oracle = ScoreMethod.checked(cells.build(job, knobs))
        means = ExactMeans(density)
        oracle.use_exact(means, means.scale)
        with torch.inference_mode():
            drawn = rungs(method, oracle, streams(knobs, "sample"), knobs.n_samples)
    rows = []
    for rung in RUNGS:
        for denoised in (False, True):
            for k, seed in enumerate(knobs.seeds):
                measured: dict[str, float | None] = dict.fromkeys(METRICS)
                x = drawn[rung, denoised][k] if drawn else None
                if x is None:
                    missing = (SKIPPED, "no density is known")
                elif diverged_at[k] or not np.isfinite(x).all():
                    missing = (DIVERGED, "diverged")
                else:
                    missing = (OK, "")
                    distances = two_sample_distances(x, true)
                    measured = dict(
                        zip(METRICS, (distances.energy_distance, distances.mmd2[0]), strict=True)
                    )
                told = (knobs.dataset.name, knobs.name, seed, rung, denoised)
                own = denoised == method.denoises
                rows += [
                    (*told, own, metric, value, *missing) for metric, value in measured.items()
                ]
    told_of = ("dataset", "model", "seed", "rung", "denoised", "own")
    columns = (*told_of, "metric", "value", "status", "note")
    job.write_table("split", dict(zip(columns, zip(*rows, strict=True), strict=True)))
