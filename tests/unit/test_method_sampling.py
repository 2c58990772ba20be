"""How methods sample: by diffusion, by denoising and by chains, and what they tell on their way."""

import numpy as np
import pytest
import torch

from ensembles import SEEDS, STEPPED, build, put, streams, trained
from gen2d.randomness.noise import Noise


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_diffusion_ends_in_noise(schedule):
    from gen2d.methods.ddpm import SCHEDULES

    for n_steps in (100, 1000):
        alpha_bar = SCHEDULES[schedule](n_steps)
        assert len(alpha_bar) == n_steps + 1
        assert alpha_bar[0] == 1
        assert alpha_bar[-1] < 1e-4
        assert (alpha_bar.diff() <= 0).all()


def test_schedules_are_those_of_their_papers():
    """Ho et al., section 4: beta_t; Nichol and Dhariwal, eq. 17: f(t) / f(0)."""
    from gen2d.methods.ddpm import SCHEDULES

    kept = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    np.testing.assert_allclose(SCHEDULES["linear"](1000)[1:], kept, rtol=1e-9)
    f = np.cos((np.arange(101) / 100 + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(SCHEDULES["cosine"](100), f / f[0], rtol=0, atol=1.1e-5)


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
@pytest.mark.parametrize("prediction", ["eps", "v"])
def test_diffusion_with_the_exact_network_samples_its_law(sampler, prediction, monkeypatch):
    """For data N(0, I) in standard units, E[eps | x_t] = s_t x_t and E[v | x_t] = 0.

    A deterministic step then multiplies by a a' + s s', below 1: the bias of few steps. Ancestral
    sampling with all its steps has next to none.
    """
    method = build("ddpm", prediction=prediction)
    n_steps = {"ancestral": 1000, "ddim": 50}[sampler]
    put(method, "sampling", sampler=sampler, n_steps=n_steps)
    exact = {
        "eps": lambda x, log_snr: (-log_snr).sigmoid().sqrt() * x,
        "v": lambda x, log_snr: torch.zeros_like(x),
    }
    method._output = exact[prediction]
    monkeypatch.setattr("gen2d.methods.trained.CHUNK", 10_000)  # no activations to keep in cache
    x = torch.from_numpy(method.sample(10_000, streams("sample", SEEDS))).float()
    u = method.units(x)
    a, s = (curve[:: 1000 // n_steps] for curve in (method.signal, method.sigma))
    shrunk = (a[1:] * a[:-1] + s[1:] * s[:-1]).prod().square()
    expected = {"ancestral": 1.0, "ddim": shrunk.item()}[sampler]
    assert torch.allclose(u.mean(1), torch.zeros(2), atol=0.04)
    assert torch.allclose(u.var(1), torch.tensor(expected), atol=0.06)


def test_multilevel_score_of_a_gaussian_is_exact():
    """For data N(0, I) in standard units the preconditioner alone is the exact denoiser."""
    method = build("dsm_multilevel")
    with torch.no_grad():
        for parameter in method.network.parameters():
            parameter.zero_()
    u = method.units(torch.from_numpy(method.sample(20_000, streams("sample", SEEDS))).float())
    assert torch.allclose(u.var(1), torch.ones(2), atol=0.05)


def test_a_multilevel_sampler_s_ends_are_data_with_noise_of_their_level():
    method, n = build("dsm_multilevel", highest_noise_level=1.0), 20_000
    training, x = method.knobs.training, torch.full((3, n, 2), 0.3)
    for noised, level in (
        (method.begin_exactly, training.highest_noise_level),
        (method.end_exactly, training.lowest_noise_level),
    ):
        u = noised(x, Noise(streams("test", SEEDS)))
        assert torch.allclose(u.std(1), torch.tensor(level), rtol=0.025)
        assert torch.allclose(u.mean(1), method.units(x)[:, 0], atol=4 * level / n**0.5)
    start = method.begin(n, Noise(streams("test", SEEDS)))
    assert torch.allclose(start.std(1), torch.tensor(2.0).sqrt(), rtol=0.025)  # data have 1 too


def test_a_multilevel_sampler_denoises_at_its_lowest_level():
    method = build("dsm_multilevel")
    u = Noise(streams("test", SEEDS)).normal(5, 2)
    with torch.no_grad():
        mean = method.denoise(u, torch.tensor([method.knobs.training.lowest_noise_level]))
        assert torch.equal(method.end(u, True), method.units.inverse(mean))
        assert torch.equal(method.end(u, False), method.units.inverse(u))


@pytest.mark.parametrize("jump_probability", [0.0, 0.5])
def test_a_sampler_tells_what_it_accepted(jump_probability):
    """Short Langevin steps nearly always, jumps about as often as the density fills its box."""
    method, _ = trained("ebm_persistent", n_steps=20)
    assert method.acceptance == {}
    put(method, "sampling", step=1e-4, jump_probability=jump_probability)
    method.sample(300, streams("sample", SEEDS))
    langevin, jumps = (method.acceptance[f"acceptance_{k}"] for k in ("langevin", "jumps"))
    assert langevin.shape == jumps.shape == (len(SEEDS),)
    assert (langevin > 0.95).all()
    assert ((jumps > 0) & (jumps < 1)).all() if jump_probability else np.isnan(jumps).all()


def test_an_energy_in_place_of_the_score_drives_both_coordinates():
    method = build("ebm_single")
    knobs = method.knobs.sampling
    vars(knobs).update(energy_as_score=True, n_steps=1)
    x = method.sample(50, streams("sample", SEEDS))
    start, kick = Noise(streams("sample", SEEDS)).normal(2, 50, 2).unbind(1)
    start = knobs.init_sd * start
    with torch.no_grad():
        energy = method.energy(start).unsqueeze(-1)
    expected = start + knobs.step * energy + (2 * knobs.step) ** 0.5 * kick
    assert np.allclose(x, expected, rtol=0, atol=1e-6)
    assert (knobs.step * energy).abs().max() > 1e-4


@pytest.mark.parametrize("name", STEPPED)
def test_a_sampler_that_is_watched_draws_the_same(name):
    method, _ = trained(name, n_steps=20)
    seen = []

    def on_step(time, x):
        seen.append((time, x.clone()))

    with torch.inference_mode():
        watched = method.draw(40, Noise(streams("sample", SEEDS)), on_step)
        alone = method.draw(40, Noise(streams("sample", SEEDS)))
    assert torch.equal(watched, alone)
    times = [time for time, _ in seen]
    assert len(times) >= 20
    assert times == sorted(times, reverse=times[0] > times[-1])
    assert all(x.shape == (3, 40, 2) and torch.isfinite(x).all() for _, x in seen)
    # At the scale of the data all the way, and near its end at the end.
    assert (seen[0][1].std(1) < 5 * 0.5 + 2).all()
    assert (seen[-1][1] - watched).norm(dim=-1).median() < 0.5
