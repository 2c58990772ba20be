"""The reverse stochastic differential equation of diffusion, and its noise levels."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, Velocity, ignore


def reverse_sde(
    denoise: Velocity, x: Tensor, noise: Noise, levels: Sequence[float], on_step: OnStep = ignore
) -> Tensor:
    """Solves dx = -2 sigma score(x, sigma) dsigma + sqrt(2 sigma) dw from sigma_1 down to sigma_L.

    A step draws the point at the lower level given x and the data, with the data set to
    D(x, sigma) = E[data | x] = x + sigma^2 score. It is exact for data at a single point, and of
    order 1 otherwise. The fresh noise of later steps partly corrects its errors.

    Args:
        denoise: D, ([K, N, D], sigma) -> [K, N, D], evaluated once per step.
        x: starting points [K, N, D], of the law at the first level; left as they are.
        noise: the members' streams.
        levels: sigma_1 > ... > sigma_L > 0.

    Returns:
        The points at the last level, [K, N, D].

    Source: Song et al., Score-based generative modeling through SDEs, ICLR 2021, eq. 47.
    """
    for now, then in pairwise(levels):
        on_step(now, x)
        kept = (then / now) ** 2
        kick = then * math.sqrt(1 - kept) * noise.normal(*x.shape[1:])
        x = kept * x + (1 - kept) * denoise(x, now) + kick
    return x


def noise_levels(highest: float, lowest: float, n_steps: int) -> list[float]:
    """n_steps + 1 levels from the highest to the lowest, evenly spaced in sigma^(1/7).

    Source: Karras et al., Elucidating the design space of diffusion-based generative models,
    NeurIPS 2022, eq. 5.
    """
    first, last = highest ** (1 / 7), lowest ** (1 / 7)
    return [(first + i / n_steps * (last - first)) ** 7 for i in range(n_steps + 1)]
