"""Samplers against the laws that theory gives them."""

import itertools
import math

import numpy as np
import pytest
import torch

from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.methods.quadrature import log_normaliser
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import seed_sequence
from gen2d.samplers import ode
from gen2d.samplers.langevin import annealed_langevin, langevin
from gen2d.samplers.metropolis import Acceptance, metropolis
from gen2d.samplers.ode import diffusion_log_prob, flow_levels, flow_log_prob, heun, rk4
from gen2d.samplers.sde import noise_levels, reverse_sde

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


def test_heun_there_and_back_is_the_identity():
    start = torch.randn(1, 5, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    times = torch.linspace(0, 1, 201, dtype=torch.double).tolist()
    there = heun(lambda x, t: torch.cos(x + t), start, times)
    back = heun(lambda x, t: torch.cos(x + t), there, times[::-1])
    assert torch.allclose(back, start, atol=1e-4)
    assert (there - start).abs().max() > 0.1


def gaussian_energy(x):
    """Of N(0, 0.25 I), and its gradient."""
    return 2 * x.square().sum(-1), 4 * x


@pytest.mark.parametrize("jump_probability", [0.0, 0.3, 1.0])
def test_metropolis_samples_its_law_whatever_the_step(jump_probability):
    """Unadjusted Langevin at this step would double the variance."""
    box = torch.full((1, 1, 2), 2.0)
    start = 2 * noise().uniform(4000, 2) - 1
    acceptance = Acceptance()
    x = metropolis(
        gaussian_energy,
        start,
        noise(),
        box=box,
        step=0.25,
        n_steps=100,
        jump_probability=jump_probability,
        on_accept=acceptance,
    )
    assert torch.allclose(x.mean(1), torch.zeros(2), atol=0.04)
    assert torch.allclose(x.var(1), torch.tensor(0.25), atol=0.025)
    accepted = acceptance.shares()[:, 0]
    tried = np.array([jump_probability < 1, jump_probability > 0])
    assert (np.isfinite(accepted) == tried).all()
    assert ((accepted > 0.05) & (accepted < 0.95))[tried].all()
    assert acceptance.tried.sum() == 100 * 4000


def test_metropolis_does_not_leave_the_box():
    """On a flat energy, the law is uniform on the box, to its corners."""
    box = torch.tensor([1.0, 2.0]).expand(1, 1, 2)
    x = metropolis(
        lambda x: (torch.zeros_like(x[..., 0]), torch.zeros_like(x)),
        torch.zeros(1, 4000, 2),
        noise(),
        box=box,
        step=0.2,
        n_steps=200,
        jump_probability=0.0,
    )
    assert (x.abs() <= box).all()
    assert torch.allclose(x.square().mean(1), box[:, 0].square() / 3, rtol=0.06)


def test_what_is_not_corrected_has_the_bias_of_its_step():
    """On N(0, 0.25 I) a step of 0.25 doubles the variance: 0.25 / (1 - h / (2 x 0.25))."""
    chains = {"box": torch.full((1, 1, 2), 20.0), "n_steps": 60, "jump_probability": 0.0}
    start, acceptance = noise().normal(8000, 2) / 2, Acceptance()
    biased = metropolis(
        gaussian_energy, start, noise(), step=0.25, corrected=False, on_accept=acceptance, **chains
    )
    exact = metropolis(gaussian_energy, start, noise(), step=0.25, **chains)
    assert torch.allclose(biased.var(1), torch.tensor(0.5), atol=0.035)  # 4 standard errors
    assert torch.allclose(exact.var(1), torch.tensor(0.25), atol=0.025)
    assert acceptance.shares()[0, 0] == 1


@pytest.mark.parametrize("jump_probability", [0.0, 0.5])
def test_the_correction_alone_tells_chains_apart(jump_probability):
    """Of a flat energy it accepts all in the box: both draw the same numbers, and keep the box."""
    box = torch.tensor([1.0, 2.0]).expand(1, 1, 2)
    chains = {"box": box, "step": 0.2, "n_steps": 40, "jump_probability": jump_probability}

    def flat(x):
        return torch.zeros_like(x[..., 0]), torch.zeros_like(x)

    start, sources = torch.zeros(1, 500, 2), (noise(), noise())
    corrected, not_corrected = (
        metropolis(flat, start, source, corrected=is_corrected, **chains)
        for source, is_corrected in zip(sources, (True, False), strict=True)
    )
    assert torch.equal(corrected, not_corrected)
    assert (corrected.abs() <= box).all() and corrected.abs().max() > 0.9
    assert torch.equal(*(source.normal(3, 2) for source in sources))


def test_jumps_fill_the_box_and_no_step_decides_of_them():
    box = torch.tensor([1.0, 3.0]).expand(1, 1, 2)
    acceptance = Acceptance()
    chains = {"box": box, "n_steps": 2, "jump_probability": 1.0}
    x = metropolis(
        lambda x: (torch.zeros_like(x[..., 0]), torch.zeros_like(x)),
        torch.zeros(1, 4000, 2),
        noise(),
        step=0.1,
        on_accept=acceptance,
        **chains,
    )
    assert torch.allclose(x.square().mean(1), box[:, 0].square() / 3, rtol=0.06)
    assert acceptance.shares()[1, 0] == 1
    short, long = (
        metropolis(gaussian_energy, torch.zeros(1, 500, 2), noise(), step=step, **chains)
        for step in (0.01, 1.0)
    )
    assert torch.equal(short, long)


def test_annealed_langevin_crosses_between_modes():
    """Modes 20 standard deviations apart, which chains at the lowest level alone never leave."""

    def score(x, sigma):
        variance = 0.1**2 + sigma**2
        mean = torch.tanh(x[..., :1] / variance) * torch.tensor([1.0, 0.0])
        return (mean - x) / variance

    levels = noise_levels(5.0, 0.05, 20)
    start = 5 * noise().normal(1000, 2) + torch.tensor([4.0, 0.0])
    x = annealed_langevin(score, start, noise(), levels, step=0.1, n_steps=20)
    right = (x[..., 0] > 0).float().mean(1)
    assert torch.allclose(right, torch.tensor(0.5), atol=0.1)
    assert torch.allclose(x[..., 0].abs().mean(1), torch.tensor(1.0), atol=0.02)


def test_annealed_langevin_takes_steps_in_units_of_its_levels():
    """On N(0, sigma^2), steps of h sigma^2 leave the variance sigma^2 / (1 - h / 2)."""
    source, step, levels = noise(), 0.1, [2.0, 0.5]
    start = levels[0] * source.normal(N, 2)
    x = annealed_langevin(
        lambda x, sigma: -x / sigma**2, start, source, levels, step=step, n_steps=100
    )
    expected = levels[-1] ** 2 / (1 - step / 2)
    assert abs(x.var().item() / expected - 1) < 4 * math.sqrt(2 / (2 * N))


@pytest.mark.parametrize(("solver", "order"), [(heun, 2), (rk4, 4)])
def test_solvers_have_their_order(solver, order):
    """dx/dt = -x t from 1 to 2."""
    x = torch.ones(1, 1, 2, dtype=torch.double)
    exact = math.exp(-1.5)
    errors = [
        abs(solver(lambda x, t: -x * t, x, torch.linspace(1, 2, n + 1).double().tolist())[0, 0, 0])
        - exact
        for n in (8, 16)
    ]
    assert abs(errors[0] / errors[1]) == pytest.approx(2**order, rel=0.25)


def test_noise_levels_fall_from_highest_to_lowest():
    levels = noise_levels(10.0, 0.02, 20)
    assert len(levels) == 21
    assert levels[0] == pytest.approx(10.0)
    assert levels[-1] == pytest.approx(0.02)
    assert all(one > other for one, other in itertools.pairwise(levels))


def test_flow_log_prob_of_the_exact_flow_of_a_gaussian():
    """x' = -x log 2 carries N(0, 4 I) at t = 0 to N(0, I) at t = 1."""
    rate = math.log(2)
    x = noise().normal(50, 2).double()
    log_prob = flow_log_prob(
        lambda x, t: (-rate * x, torch.full_like(x[..., 0], -2 * rate)),
        x,
        torch.linspace(0, 1, 9).tolist(),
    )
    expected = torch.distributions.Normal(0, 2).log_prob(x).sum(-1)
    assert torch.allclose(log_prob, expected, atol=1e-5)


def test_normaliser_of_a_gaussian_and_of_a_box():
    box = torch.tensor([[6.0, 5.0], [7.0, 8.0]]).unsqueeze(1).double()
    gaussian = log_normaliser(lambda x: x.square().sum(-1) / 2, box)
    assert torch.allclose(gaussian, torch.tensor(math.log(2 * math.pi)).double(), atol=1e-6)
    flat = log_normaliser(lambda x: torch.zeros_like(x[..., 0]), box)
    assert torch.allclose(flat, (4 * box.prod(-1)).log(), atol=1e-9)


def test_the_reverse_sde_is_exact_for_data_at_a_point_and_of_order_1_for_a_gaussian():
    """With the exact denoiser x / (1 + sigma^2) of N(0, 1) the variance follows a recursion."""
    levels = noise_levels(20.0, 0.05, 10)
    source, seen = noise(), []
    start = 20 * source.normal(N, 2) + 3
    point = reverse_sde(
        lambda x, sigma: torch.full_like(x, 3.0),
        start,
        source,
        levels,
        lambda level, x: seen.append((level, x.clone())),
    )
    assert [level for level, _ in seen] == levels[:-1]
    assert torch.equal(seen[0][1], start)
    assert abs(point.mean().item() - 3) < 4 * 0.05 / math.sqrt(2 * N)
    assert abs(point.std().item() / 0.05 - 1) < 4 / math.sqrt(4 * N)

    errors = []
    for n_steps in (20, 40, 80):
        levels = noise_levels(20.0, 0.05, n_steps)
        variance = 1 + 20.0**2
        for now, then in itertools.pairwise(levels):
            kept = (then / now) ** 2
            variance *= (kept + (1 - kept) / (1 + now**2)) ** 2
            variance += then**2 * (1 - kept)
        start = math.sqrt(1 + 20.0**2) * source.normal(N, 2)
        x = reverse_sde(lambda x, sigma: x / (1 + sigma**2), start, source, levels)
        assert abs(x.var().item() / variance - 1) < 4 / math.sqrt(N)
        errors.append(abs(variance - (1 + 0.05**2)))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.2)


@pytest.mark.parametrize("name", ["checkerboard", "gaussian_mixture"])
def test_likelihood_along_the_flow_of_an_exact_score_is_the_exact_density(name, monkeypatch):
    """To the error that half the steps tell; the data has about variance 1, as networks see it."""
    density = {
        "checkerboard": Checkerboard(),
        "gaussian_mixture": GaussianMixture(n_components=7, radius=1.2, sd=0.12),
    }[name]
    sd = density.sample(100_000, np.random.default_rng(1)).std()
    low, high = 0.1 / sd, 100.0 / sd
    points = density.sample(40, np.random.default_rng(0))

    def velocity(u, sigma):
        """cos(a) eps - sin(a) x_data, with x_data = x + sigma^2 score and eps = -sigma score."""
        signal, noise = 1 / math.hypot(1, sigma), sigma / math.hypot(1, sigma)

        def field(u):
            x = u / signal
            score = sd * torch.from_numpy(density.smoothed_score(sd * x[0].numpy(), sd * sigma))
            return -(signal * sigma + noise * sigma**2) * score[None] - noise * x

        step = 1e-4 * noise * torch.eye(2, dtype=torch.double)
        slopes = [(field(u + h)[..., i] - field(u - h)[..., i]) for i, h in enumerate(step)]
        return field(u), sum(slopes) / (2e-4 * noise)

    def along(n_steps):
        monkeypatch.setattr(ode, "LIKELIHOOD_STEPS", n_steps)
        x = torch.from_numpy(points / sd)[None]
        return diffusion_log_prob(velocity, x, flow_levels(low, high))[0] - 2 * math.log(sd)

    coarse, fine = along(10), along(20)
    stated = (fine - coarse).abs()
    exact = torch.from_numpy(density.smoothed_log_prob(points, 0.1))
    assert stated.max() < 0.02
    # Beside it what the base leaves out.
    assert ((fine - exact).abs() <= stated + 2e-3).all()
    assert (fine - exact).abs().mean() < (coarse - exact).abs().mean() / 4
