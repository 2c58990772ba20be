"""Samplers against the laws that theory gives them."""

import math

import pytest
import torch

from gen2d.noise import Noise
from gen2d.samplers import heun, langevin
from gen2d.seeding import seed_sequence

N = 40_000


def noise():
    return Noise([seed_sequence(0, "test")])


@pytest.mark.parametrize(("step", "temperature"), [(0.1, 1.0), (0.5, 1.0), (0.1, 0.5)])
def test_langevin_has_the_variance_of_its_step(step, temperature):
    """On N(0, s^2) the chain is autoregressive: its variance is T s^2 / (1 - h / (2 s^2))."""
    variance = 0.8
    source = noise()
    x = langevin(
        lambda x: -x / variance,
        source.normal(N, 2),
        source,
        step=step,
        n_steps=200,
        temperature=temperature,
    )
    expected = temperature * variance / (1 - step / (2 * variance))
    standard_error = expected * math.sqrt(2 / (2 * N))
    assert abs(x.var().item() - expected) < 4 * standard_error


def test_langevin_decays_its_step_and_leaves_its_start():
    start = torch.zeros(1, 3, 2)
    x = langevin(
        torch.ones_like, start, noise(), step=1.0, n_steps=3, temperature=0, step_decay=0.5
    )
    assert torch.equal(x, torch.full((1, 3, 2), 1.75))
    assert torch.equal(start, torch.zeros(1, 3, 2))


def test_heun_is_of_order_two():
    """On dx/dt = -t x, from 0 to 1: the error falls by 4 when the steps are halved."""
    start = torch.ones(1, 1, 2, dtype=torch.double)

    def error(n_steps):
        times = torch.linspace(0, 1, n_steps + 1, dtype=torch.double).tolist()
        return (heun(lambda x, t: -t * x, start, times) - math.exp(-0.5)).abs().max().item()

    assert error(20) / error(40) == pytest.approx(4, rel=0.1)


def test_heun_there_and_back_is_the_identity():
    start = torch.randn(1, 5, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    times = torch.linspace(0, 1, 201, dtype=torch.double).tolist()
    there = heun(lambda x, t: torch.cos(x + t), start, times)
    back = heun(lambda x, t: torch.cos(x + t), there, times[::-1])
    assert torch.allclose(back, start, atol=1e-4)
    assert (there - start).abs().max() > 0.1
