"""Samplers, as functions of a callable score or velocity."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor

from gen2d.noise import Noise

Score = Callable[[Tensor], Tensor]
Velocity = Callable[[Tensor, float], Tensor]


def langevin(
    score: Score,
    x: Tensor,
    noise: Noise,
    *,
    step: float,
    n_steps: int,
    temperature: float = 1.0,
    step_decay: float = 1.0,
) -> Tensor:
    """Unadjusted Langevin: x <- x + h score(x) + sqrt(2 h T) N(0, I), then h <- h step_decay.

    At T = 1 and small h the chain samples the law of the score; it is biased at order h, and
    unstable on a Gaussian of standard deviation s once h > 2 s^2.

    Args:
        score: [K, N, D] -> [K, N, D], evaluated `n_steps` times.
        x: starting points [K, N, D]; left as they are.
        noise: the members' streams.
        step: first step size h.
        temperature: T; below 1 the chain samples a sharpened law.

    Returns:
        The chains' ends [K, N, D].

    Source: Roberts and Tweedie, Exponential convergence of Langevin distributions and their
    discrete approximations, Bernoulli 1996.
    """
    x = x.clone()
    for _ in range(n_steps):
        kick = noise.normal(*x.shape[1:])
        x.add_(score(x), alpha=step).add_(kick, alpha=math.sqrt(2 * step * temperature))
        step *= step_decay
    return x


def langevin_chains(
    score: Score, n: int, noise: Noise, *, step: float, n_steps: int, init_sd: float
) -> Tensor:
    """The ends [K, n, 2] of n Langevin chains that start from N(0, init_sd^2 I)."""
    return langevin(score, init_sd * noise.normal(n, 2), noise, step=step, n_steps=n_steps)


def heun(velocity: Velocity, x: Tensor, times: Sequence[float]) -> Tensor:
    """Solves dx/dt = velocity(x, t) through the given times by Heun's method, of order 2.

    Args:
        velocity: ([K, N, D], t) -> [K, N, D], evaluated twice a step.
        x: starting points [K, N, D] at times[0]; left as they are.
        times: t_0, ..., t_S, rising or falling.

    Returns:
        The points at times[-1], [K, N, D].
    """
    for now, then in pairwise(times):
        step = then - now
        slope = velocity(x, now)
        x = x + 0.5 * step * (slope + velocity(x + step * slope, then))
    return x
