"""Records one model on every data set: training, sampling, learned density, score, energy."""

import logging
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from gen2d.densities.base import Density
from gen2d.geometry import COARSE, FINE, View
from gen2d.job import Job
from gen2d.methods.trained import TrainedMethod
from gen2d.plan.knobs import RecordHistoryKnobs
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import fanned, streams
from gen2d.stages import cells

log = logging.getLogger(__name__)

T = TypeVar("T")
N_POINTS = 500
N_TIMES = 20
N_TYPICAL = 2000


def shown_times(method: TrainedMethod, times: list[float]) -> list[int]:
    """Indices of the sampler's steps to show: about N_TIMES, denser early on for chains."""
    if method.sampling_time == "step":
        spaced = np.geomspace(1, len(times), N_TIMES) - 1
    else:
        spaced = np.linspace(0, len(times) - 1, N_TIMES)
    return sorted({round(i) for i in spaced})


def follow(method: TrainedMethod, noise: Noise) -> tuple[Tensor, list[float], Tensor]:
    """Samples, and the last member's points on their way to them.

    Returns:
        Samples [K, N, 2], the shown times [T], and the last member's points at them [T, N, 2].
    """
    if not method.sampling_time:
        return method.draw(N_POINTS, noise), [], torch.empty(0, N_POINTS, 2)
    seen: list[tuple[float, Tensor]] = []
    draw: Callable[..., Tensor] = method.draw  # it takes a callback if there is a sampling time
    samples = draw(N_POINTS, noise, lambda time, x: seen.append((time, x[-1].clone())))
    chosen = [seen[i] for i in shown_times(method, [time for time, _ in seen])]
    return samples, [time for time, _ in chosen], torch.stack([x for _, x in chosen])


def law_at(method: TrainedMethod, time: float) -> tuple[float, np.ndarray, np.ndarray] | None:
    """a, b [2] and s [2] of the sampler's points a x + b + s eps at this time; None if unknown."""
    if law := method.law_at(time):
        signal, *parts = law
        return signal, *(part.double().numpy(force=True).reshape(-1, 2)[0] for part in parts)
    return None


def exact_score(method: TrainedMethod, time: float, x: np.ndarray) -> np.ndarray | None:
    """The exact score [N, 2] at x [N, 2], for the law at this time; None if unknown.

    If the coordinates have different units, their noise levels differ; the score then takes the
    geometric mean of the two.
    """
    law, density = law_at(method, time), method.task.density
    if law is None or not isinstance(density, Density):
        return None
    signal, shift, sd = law
    if signal == 0:
        of_noise: np.ndarray = -(x - shift) / sd**2
        return of_noise
    noise_level = float(np.sqrt(sd.prod())) / signal
    if noise_level == 0 and density.blur == 0:
        return None
    return density.smoothed_score((x - shift) / signal, noise_level) / signal


def _all_known(values: list[T | None]) -> list[T]:
    """The values, or an empty list if any is None."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def typical_score(method: TrainedMethod, time: float, rng: np.random.Generator) -> float:
    """Root mean square of the score at training points, noised as at this time.

    The exact score if it is known, else the learned one; 1 if there is neither.
    """
    x = method.task.x_train[0, :N_TYPICAL]
    if law := law_at(method, time):
        signal, shift, sd = law
        x = signal * x + shift + sd * rng.standard_normal(x.shape)
    score = exact_score(method, time, x)
    if score is None:
        every = torch.as_tensor(x, dtype=torch.float32).expand(len(method.task.x_train), -1, -1)
        learned = method.score_at(every, time)
        if learned is None:
            return 1.0
        score = learned[-1].numpy(force=True)
    squares = (score.astype(float) ** 2).sum(-1)
    squares = squares[np.isfinite(squares)]
    return float(np.sqrt(squares.mean())) if squares.any() else 1.0


def look(
    method: TrainedMethod, sequences: list[np.random.SeedSequence], view: View
) -> dict[str, np.ndarray]:
    """Arrays of a method whose S members are snapshots of one seed, in the order of training.

    Of every member: `samples` [S, N, 2], with common noise; `scores_in_training` [S, COARSE^2, 2]
    and the `typical_score` [], both at the last time; `energies` [S, FINE^2]. Of the last member:
    the sampler's `times` [T], their meaning `time_name`, the `path` [T, N, 2] of its points, its
    `scores` [T, COARSE^2, 2], or [1, ...] if they do not depend on time, and `exact_scores` if
    known. Arrays that the method does not define are left out.
    """
    samples, times, path = follow(method, Noise(fanned(sequences, method.per_seed)))
    found: dict[str, Tensor | np.ndarray]
    found = {"samples": samples, "times": np.array(times), "path": path}
    found["time_name"] = np.array(method.sampling_time)
    coarse, fine = view.grid(COARSE), view.grid(FINE)

    def members(x: np.ndarray) -> Tensor:
        return torch.as_tensor(x, dtype=torch.float32).expand(len(sequences), -1, -1)

    aims = times[:1] if method.sampling_time == "step" else times
    scores = _all_known([method.score_at(members(coarse), time) for time in aims])
    if scores:
        found["scores"] = torch.stack([score[-1] for score in scores])
        found["scores_in_training"] = scores[-1]
        rng = np.random.default_rng(sequences[-1].spawn(1)[0])
        found["typical_score"] = np.array(typical_score(method, aims[-1], rng))
        exact = _all_known([exact_score(method, time, coarse) for time in aims])
        if exact:
            found["exact_scores"] = np.stack(exact)
    energies = method.energy_at(members(fine))
    if energies is not None:
        found["energies"] = energies
    return {
        name: array.numpy(force=True) if isinstance(array, Tensor) else array
        for name, array in found.items()
    }


def run(job: Job[RecordHistoryKnobs]) -> None:
    """Writes the arrays of `look`, steps [S] and log_prob [FINE^2], named "dataset.name".

    For a law with modes, also `scores_at_level` [FINE^2, 2], if the model has a score at the
    configured noise level. All are of the first seed of the first block.
    """
    found: dict[str, np.ndarray] = {}
    for dataset in job.knobs.datasets:
        name, cell = dataset.name, job.knobs.on(dataset)
        view = View(*job.arrays("grids", "view", dataset=name)[0])
        seen: dict[str, np.ndarray] = {}
        last = cells.build(job, cell, [0], dataset=name)
        if job.knobs.trained:
            parameters, metadata = job.weights("snapshots", dataset=name)
            rows = [0] * len(metadata["steps"])
            method = TrainedMethod.checked(cells.build(job, cell, rows, dataset=name))
            method.load_state_dict(parameters, strict=False)  # the rest follows from the points
            TrainedMethod.checked(last).load_state_dict(
                {key: p[-method.per_seed :] for key, p in parameters.items()}, strict=False
            )
            sequences = [streams(cell, "sample")[0] for _ in rows]
            with torch.inference_mode():
                seen = look(method, sequences, view)
            seen["steps"] = np.array(metadata["steps"])
        if job.knobs.has_density:
            seen["log_prob"] = last.log_prob(view.grid(FINE)[None])[0]
        if job.knobs.noise_level and last.task.density.modes is not None:
            learned = last.smoothed_score(view.grid(FINE)[None], job.knobs.noise_level)
            if learned is not None:
                seen["scores_at_level"] = learned[0]
        log.info("%s: %s", name, ", ".join(seen))
        found |= {f"{name}.{key}": array for key, array in seen.items()}
    job.write_arrays("arrays", **found)
