"""Samplers, as functions of a callable score or velocity."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from gen2d.noise import Noise

BLOCK = 16  # steps whose random numbers `metropolis` draws together

Score = Callable[[Tensor], Tensor]
Velocity = Callable[[Tensor, float], Tensor]
Energy = Callable[[Tensor], tuple[Tensor, Tensor]]
Visit = Callable[[float, Tensor], object]
"""Told of each step a sampler is about to take: its time, and the points [K, N, D] there.

The points may be changed in place afterwards. What `time` is, a step or a noise level, is the
sampler's.
"""


def unseen(time: float, x: Tensor) -> None:
    """The visit that looks at nothing."""


def langevin(
    score: Score,
    x: Tensor,
    noise: Noise,
    *,
    step: float,
    n_steps: int,
    temperature: float = 1.0,
    step_decay: float = 1.0,
    visit: Visit = unseen,
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
    x, shape = x.clone(), x.shape[1:]
    for i in range(n_steps):
        visit(i, x)
        kick = noise.normal(*shape)
        x.add_(score(x), alpha=step).add_(kick, alpha=math.sqrt(2 * step * temperature))
        step *= step_decay
    return x


def langevin_chains(
    score: Score, n: int, noise: Noise, visit: Visit, *, step: float, n_steps: int, init_sd: float
) -> Tensor:
    """The ends [K, n, 2] of n Langevin chains that start from N(0, init_sd^2 I)."""
    start = init_sd * noise.normal(n, 2)
    return langevin(score, start, noise, step=step, n_steps=n_steps, visit=visit)


def metropolis(
    energy: Energy,
    x: Tensor,
    noise: Noise,
    *,
    box: Tensor,
    step: float,
    n_steps: int,
    jump_probability: float,
    visit: Visit = unseen,
    decided: Callable[[Tensor, Tensor], object] = unseen,
) -> Tensor:
    """Metropolis-Hastings on exp(-E) within a box: Langevin proposals, and uniform jumps.

    A proposal is a step of Langevin dynamics, x - h grad E(x) + sqrt(2 h) N(0, I), or, with the
    jump's probability, a point drawn uniformly from the box. Accepted as they are, both leave the
    law unchanged, whatever h. Jumps carry chains between modes, but few are accepted where the law
    fills little of the box, as in many dimensions; without them this is the Metropolis-adjusted
    Langevin algorithm.

    Args:
        energy: [K, N, 2] -> energies [K, N], gradients [K, N, 2]; evaluated `n_steps` + 1 times.
        x: starting points [K, N, 2], in the box; left as they are.
        noise: the members' streams.
        box: half the sides [K, 1, 2] of the box around 0, outside of which the density is 0.
        step: h.
        decided: told at each step which proposals are jumps and which are accepted, bool [K, N].

    Returns:
        The chains' ends [K, N, 2].

    Source: Roberts and Tweedie, Bernoulli 1996, section 1.4.1; Tierney, Markov chains for exploring
    posterior distributions, Annals of Statistics 1994, sections 2.3.3 and 2.4.
    """
    box = box.expand_as(x).contiguous()  # faster than what broadcasts
    now, gradient = energy(x)
    for i in range(n_steps):
        if i % BLOCK == 0:  # what the next steps draw: a call for all is faster
            shape = (min(BLOCK, n_steps - i), x.shape[1])
            kicks = (math.sqrt(2 * step) * noise.normal(*shape, 2)).unbind(1)
            places = ((2 * noise.uniform(*shape, 2) - 1) * box.unsqueeze(1)).unbind(1)
            jump = noise.uniform(*shape) < jump_probability
            half, jump = (0.5 * ~jump).unbind(1), jump.unbind(1)
            log_chance = noise.uniform(*shape).log().unbind(1)
        visit(i, x)
        kick, place, jumps = kicks[i % BLOCK], places[i % BLOCK], jump[i % BLOCK]
        local = torch.add(x, gradient, alpha=-step).add_(kick)
        proposal = chosen(jumps, place, local)
        then, slope = energy(proposal)
        # log q(x | proposal) - log q(proposal | x), its squares multiplied out; 0 for jumps
        both = gradient + slope
        terms = torch.add(kick, both, alpha=-step / 2).mul_(both)
        asymmetry = torch.add(terms[..., 0], terms[..., 1]).mul_(half[i % BLOCK])
        log_ratio = asymmetry.add_(now).sub_(then)
        inside = proposal.abs() <= box
        accept = (log_chance[i % BLOCK] < log_ratio) & inside[..., 0] & inside[..., 1]
        x, gradient = chosen(accept, proposal, x), chosen(accept, slope, gradient)
        now = torch.where(accept, then, now)
        decided(jumps, accept)
    return x


class Acceptance:
    """Counts the proposals of `metropolis`, of each kind: Langevin steps, then jumps."""

    def __init__(self) -> None:
        self.tried, self.accepted = 0, 0  # [2, K]

    def __call__(self, jumps: Tensor, accept: Tensor) -> None:
        kinds = torch.stack([~jumps, jumps])
        self.tried = self.tried + kinds.sum(-1)
        self.accepted = self.accepted + (kinds & accept).sum(-1)

    def shares(self) -> np.ndarray:
        """The shares that were accepted [2, K], NaN of what was never proposed."""
        return (self.accepted / self.tried).double().numpy(force=True)


def chosen(mask: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """The points [K, N, 2] of one where the mask [K, N] is true, and else of the other.

    A point is one complex number here: on a mask that broadcasts, `torch.where` is slow.
    """
    pairs = (torch.view_as_complex(points) for points in (one, other))
    return torch.view_as_real(torch.where(mask, *pairs))


def annealed_langevin(
    score: Velocity,
    x: Tensor,
    noise: Noise,
    levels: Sequence[float],
    *,
    step: float,
    n_steps: int,
    visit: Visit = unseen,
) -> Tensor:
    """Langevin dynamics at one noise level after the other, from the highest to the lowest.

    A level's step size is `step` times the square of the level, its natural unit.

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
        x = langevin(
            lambda x, level=level: score(x, level),
            x,
            noise,
            step=step * level**2,
            n_steps=n_steps,
            visit=lambda _, x, level=level: visit(level, x),
        )
    return x


def heun(velocity: Velocity, x: Tensor, times: Sequence[float], visit: Visit = unseen) -> Tensor:
    """Solves dx/dt = velocity(x, t) through the given times by Heun's method, of order 2.

    Args:
        velocity: ([K, N, D], t) -> [K, N, D], evaluated twice a step.
        x: starting points [K, N, D] at times[0]; left as they are.
        times: t_0, ..., t_S, rising or falling.

    Returns:
        The points at times[-1], [K, N, D].
    """
    for now, then in pairwise(times):
        visit(now, x)
        step = then - now
        slope = velocity(x, now)
        x = x + 0.5 * step * (slope + velocity(x + step * slope, then))
    return x


def reverse_sde(
    denoise: Velocity, x: Tensor, noise: Noise, levels: Sequence[float], visit: Visit = unseen
) -> Tensor:
    """Solves dx = -2 sigma score(x, sigma) dsigma + sqrt(2 sigma) dw from sigma_1 down to sigma_L.

    A step draws from the law of the point at the lower level given x and the data, taken to be
    D(x, sigma) = E[data | x] = x + sigma^2 score: exact for data at a single point, and of order 1
    otherwise. What a step gets wrong the fresh noise of later ones partly forgets.

    Args:
        denoise: D, ([K, N, D], sigma) -> [K, N, D], evaluated once a step.
        x: starting points [K, N, D], of the law at the first level; left as they are.
        noise: the members' streams.
        levels: sigma_1 > ... > sigma_L > 0.

    Returns:
        The points at the last level, [K, N, D].

    Source: Song et al., Score-based generative modeling through SDEs, ICLR 2021, eq. 47.
    """
    for now, then in pairwise(levels):
        visit(now, x)
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


def rk4(velocity: Velocity, x: Tensor, times: Sequence[float]) -> Tensor:
    """As `heun`, by the classical Runge-Kutta method of order 4: four evaluations a step."""
    for now, then in pairwise(times):
        step, middle = then - now, (now + then) / 2
        first = velocity(x, now)
        second = velocity(x + step / 2 * first, middle)
        third = velocity(x + step / 2 * second, middle)
        fourth = velocity(x + step * third, then)
        x = x + step / 6 * (first + 2 * second + 2 * third + fourth)
    return x


def flow_log_prob(
    velocity: Callable[[Tensor, float], tuple[Tensor, Tensor]],
    x: Tensor,
    times: Sequence[float],
    base_sd: float,
) -> Tensor:
    """log q(x) [K, N] where the flow dx/dt = v(x, t) carries q at times[0] to N(0, base_sd^2 I).

    Along the flow, d log q / dt = -div v.

    Args:
        velocity: ([K, N, D], t) -> v [K, N, D] and div v [K, N].
        x: points [K, N, D] at times[0].
        times: of the steps of `rk4`, ending where the law is N(0, base_sd^2 I).

    Source: Chen et al., Neural ordinary differential equations, NeurIPS 2018, theorem 1.
    """

    def joint(state: Tensor, t: float) -> Tensor:
        v, divergence = velocity(state[..., :-1], t)
        return torch.cat([v, divergence.unsqueeze(-1)], dim=-1)

    state = rk4(joint, torch.cat([x, torch.zeros_like(x[..., :1])], dim=-1), times)
    z = state[..., :-1] / base_sd
    constant = x.shape[-1] * math.log(base_sd * math.sqrt(2 * math.pi))
    return state[..., -1] - 0.5 * z.square().sum(-1) - constant
