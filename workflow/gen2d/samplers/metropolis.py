"""Metropolis-Hastings with Langevin proposals and uniform jumps."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen2d.randomness.noise import Noise
from gen2d.samplers.base import Energy, OnStep, ignore

BLOCK = 16  # steps whose random numbers `metropolis` draws together


def metropolis(
    energy: Energy,
    x: Tensor,
    noise: Noise,
    *,
    box: Tensor,
    step: float,
    n_steps: int,
    jump_probability: float,
    corrected: bool = True,
    on_step: OnStep = ignore,
    on_accept: Callable[[Tensor, Tensor], object] = ignore,
) -> Tensor:
    """The ends of Metropolis-Hastings chains on exp(-E) within a box.

    A proposal is a step of Langevin dynamics, x - h grad E(x) + sqrt(2 h) N(0, I), or, with the
    jump's probability, a point drawn uniformly from the box. The acceptance rule leaves the law
    unchanged at any h. Jumps carry chains between modes, but few are accepted if the law fills
    little of the box, as in many dimensions. Without jumps this is the Metropolis-adjusted Langevin
    algorithm.

    Args:
        energy: [K, N, 2] -> energies [K, N], gradients [K, N, 2]; evaluated `n_steps` + 1 times.
        x: starting points [K, N, 2], in the box; left as they are.
        noise: the members' streams.
        box: half the sides [K, 1, 2] of the box around 0, outside of which the density is 0.
        step: h.
        corrected: whether to apply the acceptance rule; else all proposals in the box are accepted,
            and the law has a bias that grows with h and with the jumps.
        on_accept: called at each step with (jumps, accepted), the masks of proposals, bool [K, N].

    Returns:
        The chains' ends [K, N, 2].

    Source: Roberts and Tweedie, Bernoulli 1996, section 1.4.1; Tierney, Markov chains for exploring
    posterior distributions, Annals of Statistics 1994, sections 2.3.3 and 2.4.
    """
    box = box.expand_as(x).contiguous()  # faster than broadcasting
    now, gradient = energy(x)
    for i in range(n_steps):
        if i % BLOCK == 0:  # one call for the numbers of many steps is faster
            shape = (min(BLOCK, n_steps - i), x.shape[1])
            kicks = (math.sqrt(2 * step) * noise.normal(*shape, 2)).unbind(1)
            places = ((2 * noise.uniform(*shape, 2) - 1) * box.unsqueeze(1)).unbind(1)
            jump = noise.uniform(*shape) < jump_probability
            half, jump = (0.5 * ~jump).unbind(1), jump.unbind(1)
            log_chance = noise.uniform(*shape).log().unbind(1)
        on_step(i, x)
        kick, place, jumps = kicks[i % BLOCK], places[i % BLOCK], jump[i % BLOCK]
        local = torch.add(x, gradient, alpha=-step).add_(kick)
        proposal = chosen(jumps, place, local)
        then, slope = energy(proposal)
        # log q(x | proposal) - log q(proposal | x) with expanded squares; 0 for jumps
        both = gradient + slope
        terms = torch.add(kick, both, alpha=-step / 2).mul_(both)
        asymmetry = torch.add(terms[..., 0], terms[..., 1]).mul_(half[i % BLOCK])
        log_ratio = asymmetry.add_(now).sub_(then)
        inside = proposal.abs() <= box
        accept = inside[..., 0] & inside[..., 1]
        if corrected:
            accept &= log_chance[i % BLOCK] < log_ratio
        x, gradient = chosen(accept, proposal, x), chosen(accept, slope, gradient)
        now = torch.where(accept, then, now)
        on_accept(jumps, accept)
    return x


class Acceptance:
    """Counts the proposals of `metropolis` by kind: Langevin steps, then jumps."""

    def __init__(self) -> None:
        self.tried: Any = 0  # [2, K] from the first call on
        self.accepted: Any = 0

    def __call__(self, jumps: Tensor, accept: Tensor) -> None:
        kinds = torch.stack([~jumps, jumps])
        self.tried = self.tried + kinds.sum(-1)
        self.accepted = self.accepted + (kinds & accept).sum(-1)

    def shares(self) -> np.ndarray:
        """The accepted shares [2, K]; NaN for kinds that were never proposed."""
        return (self.accepted / self.tried).double().numpy(force=True)


def chosen(mask: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """The points [K, N, 2] of `one` where the mask [K, N] is true, else of `other`.

    Points are taken as complex numbers, since `torch.where` is slow with a mask that broadcasts.
    """
    pairs = (torch.view_as_complex(points) for points in (one, other))
    return torch.view_as_real(torch.where(mask, *pairs))
