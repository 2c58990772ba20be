"""Samplers, as functions of a callable score."""

import math
from collections.abc import Callable

from torch import Tensor

from gen2d.noise import Noise

Score = Callable[[Tensor], Tensor]


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
