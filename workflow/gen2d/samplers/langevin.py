"""Unadjusted Langevin dynamics, at one noise level and annealed through many."""

import math
from collections.abc import Sequence

from torch import Tensor

from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, Score, Velocity, ignore


def langevin(
    score: Score,
    x: Tensor,
    noise: Noise,
    *,
    step: float,
    n_steps: int,
    temperature: float = 1.0,
    step_decay: float = 1.0,
    on_step: OnStep = ignore,
) -> Tensor:
    """Unadjusted Langevin: x <- x + h score(x) + sqrt(2 h T) N(0, I), then h <- h step_decay.

    At T = 1 and small h the chain samples the law of the score, with a bias of order h. On a
    Gaussian of standard deviation s it is unstable for h > 2 s^2.

    Args:
        score: [K, N, D] -> [K, N, D], evaluated `n_steps` times.
        x: starting points [K, N, D]; left as they are.
        noise: the members' streams.
        step: first step size h.
        temperature: T; the chain samples the law's density to the power 1 / T.

    Returns:
        The chains' ends [K, N, D].

    Source: Roberts and Tweedie, Exponential convergence of Langevin distributions and their
    discrete approximations, Bernoulli 1996.
    """
    x, shape = x.clone(), x.shape[1:]
    for i in range(n_steps):
        on_step(i, x)
        kick = noise.normal(*shape)
        x.add_(score(x), alpha=step).add_(kick, alpha=math.sqrt(2 * step * temperature))
        step *= step_decay
    return x


def langevin_chains(
    score: Score,
    n: int,
    noise: Noise,
    on_step: OnStep,
    *,
    step: float,
    n_steps: int,
    init_sd: float,
) -> Tensor:
    """The ends [K, n, 2] of n Langevin chains that start from N(0, init_sd^2 I)."""
    start = init_sd * noise.normal(n, 2)
    return langevin(score, start, noise, step=step, n_steps=n_steps, on_step=on_step)


def annealed_langevin(
    score: Velocity,
    x: Tensor,
    noise: Noise,
    levels: Sequence[float],
    *,
    step: float,
    n_steps: int,
    on_step: OnStep = ignore,
) -> Tensor:
    """The ends of Langevin chains that run at each noise level in turn, from highest to lowest.

    The step size at sigma is `step` sigma^2.

    Args:
        score: ([K, N, D], sigma) -> [K, N, D], the score of the data smoothed at sigma.
        x: starting points [K, N, D], of the law at the first level; left as they are.
        levels: sigma_1 > ... > sigma_L.
        n_steps: steps at each level.

    Returns:
        The chains' ends [K, N, D].

    Source: Song and Ermon, NeurIPS 2019, algorithm 1.
    """
    for level in levels:

        def score_there(x: Tensor, level: float = level) -> Tensor:
            return score(x, level)

        def on_step_there(_: float, x: Tensor, level: float = level) -> None:
            on_step(level, x)

        x = langevin(
            score_there,
            x,
            noise,
            step=step * level**2,
            n_steps=n_steps,
            on_step=on_step_there,
        )
    return x
