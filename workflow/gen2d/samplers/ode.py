"""Solvers of ordinary differential equations, and densities along flows."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from gen2d.samplers.base import OnStep, Velocity, ignore

LIKELIHOOD_STEPS = 20  # of `rk4`; twice as many change the mean of log q by less than 3e-4


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
    velocity: Callable[[Tensor, float], tuple[Tensor, Tensor]], x: Tensor, times: Sequence[float]
) -> Tensor:
    """log q(x) [K, N] where the flow dx/dt = v(x, t) carries q at times[0] to N(0, I).

    Along the flow, d log q / dt = -div v.

    Args:
        velocity: ([K, N, D], t) -> v [K, N, D] and div v [K, N].
        x: points [K, N, D] at times[0].
        times: t_0, ..., t_S for `rk4`; at t_S the law is N(0, I).

    Source: Chen et al., Neural ordinary differential equations, NeurIPS 2018, theorem 1.
    """

    def joint(state: Tensor, t: float) -> Tensor:
        v, divergence = velocity(state[..., :-1], t)
        return torch.cat([v, divergence.unsqueeze(-1)], dim=-1)

    state = rk4(joint, torch.cat([x, torch.zeros_like(x[..., :1])], dim=-1), times)
    constant = 0.5 * x.shape[-1] * math.log(2 * math.pi)
    return state[..., -1] - 0.5 * state[..., :-1].square().sum(-1) - constant


def diffusion_log_prob(
    velocity: Callable[[Tensor, float], tuple[Tensor, Tensor]], x: Tensor, levels: Sequence[float]
) -> Tensor:
    """log q(x) [K, N] under the probability flow of a diffusion, which carries q to noise.

    At the noise level sigma = tan a, with noise eps, the points u = cos(a) x_data + sin(a) eps
    follow du/da = v = E[cos(a) eps - sin(a) x_data | u]. For data of variance 1, u has variance 1
    at every angle, and v at most 1: the flow is smooth.

    Args:
        velocity: (u [K, N, D], sigma) -> v [K, N, D] and div v [K, N].
        x: points x_data + sigma eps [K, N, D] at the first level.
        levels: rising sigma, one more than steps of `rk4`; q is the law of x at the first, which
            may be 0, and u has the law N(0, I) at the last, which may be infinite.

    Source: Salimans and Ho, Progressive distillation for fast sampling of diffusion models, ICLR
    2022, appendix D.
    """
    angles = [math.atan(level) for level in levels]
    signal = math.cos(angles[0])
    log_prob = flow_log_prob(lambda u, angle: velocity(u, math.tan(angle)), signal * x, angles)
    return log_prob + x.shape[-1] * math.log(signal)


def flow_levels(lowest: float, highest: float, step_multiplier: int = 1) -> list[float]:
    """Levels for `diffusion_log_prob`, with the roots of the angles evenly spaced.

    Steps are shorter near the data, where the flow has most detail.
    """
    low, high = math.sqrt(math.atan(lowest)), math.sqrt(math.atan(highest))
    n_steps = LIKELIHOOD_STEPS // step_multiplier
    roots = [low + i / n_steps * (high - low) for i in range(n_steps)]
    return [*(math.tan(root**2) for root in roots), highest]
