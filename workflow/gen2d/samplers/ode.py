"""Solvers of ordinary differential equations, and densities along flows."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from gen2d.samplers.base import OnStep, Velocity, ignore


def heun(velocity: Velocity, x: Tensor, times: Sequence[float], on_step: OnStep = ignore) -> Tensor:
    """Solves dx/dt = velocity(x, t) through the given times by Heun's method, of order 2.

    Args:
        velocity: ([K, N, D], t) -> [K, N, D], evaluated twice per step.
        x: starting points [K, N, D] at times[0]; left as they are.
        times: t_0, ..., t_S, rising or falling.

    Returns:
        The points at times[-1], [K, N, D].
    """
    for now, then in pairwise(times):
        on_step(now, x)
        step = then - now
        slope = velocity(x, now)
        x = x + 0.5 * step * (slope + velocity(x + step * slope, then))
    return x


def rk4(velocity: Velocity, x: Tensor, times: Sequence[float]) -> Tensor:
    """As `heun`, by the classical Runge-Kutta method of order 4, with 4 evaluations per step."""
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
        times: t_0, ..., t_S for `rk4`; at t_S the law is N(0, base_sd^2 I).

    Source: Chen et al., Neural ordinary differential equations, NeurIPS 2018, theorem 1.
    """

    def joint(state: Tensor, t: float) -> Tensor:
        v, divergence = velocity(state[..., :-1], t)
        return torch.cat([v, divergence.unsqueeze(-1)], dim=-1)

    state = rk4(joint, torch.cat([x, torch.zeros_like(x[..., :1])], dim=-1), times)
    z = state[..., :-1] / base_sd
    constant = x.shape[-1] * math.log(base_sd * math.sqrt(2 * math.pi))
    return state[..., -1] - 0.5 * z.square().sum(-1) - constant
