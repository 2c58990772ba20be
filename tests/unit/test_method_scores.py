"""Scores that methods state: of energies, at times of samplers, at levels of noise."""

import numpy as np
import pytest
import torch

from ensembles import SEEDS, STEPPED, TRAINED, build, points, streams, trained
from gen2d.config import METHODS
from gen2d.randomness.noise import Noise
from gen2d.stages.record_history import typical_score


def test_the_score_is_minus_the_gradient_of_the_energy():
    method, _ = trained("ebm_multilevel", n_steps=20)
    sigma = torch.tensor([0.3])
    x = torch.from_numpy(points("test", 50, SEEDS)).float().requires_grad_()
    (gradient,) = torch.autograd.grad(method.energy(x, sigma).sum(), x)
    score = (method.denoise(x, sigma) - x) / sigma**2
    assert torch.allclose(score, -gradient, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", STEPPED)
def test_scores_and_energies_are_stated_for_every_member(name):
    method, _ = trained(name, n_steps=20)
    x = torch.from_numpy(points("test", 30, SEEDS)).float()
    times = []
    with torch.no_grad():
        method.draw(10, Noise(streams("sample", SEEDS)), lambda time, _: times.append(time))
        for time in (times[0], times[-1]):
            score = method.score_at(x, time)
            assert score.shape == (3, 30, 2)
            assert torch.isfinite(score).all()
    energy = method.energy_at(x.requires_grad_())
    assert (energy is not None) == name.startswith("ebm")
    if energy is None or name == "ebm_multilevel":  # whose score is of the scaled points
        return
    (gradient,) = torch.autograd.grad(energy.sum(), x)
    inside = torch.isfinite(energy).unsqueeze(-1)
    assert torch.allclose((score + gradient) * inside, torch.zeros(2), atol=1e-4)


@pytest.mark.parametrize("name", ["cnf", "ddpm", "dsm_multilevel"])
def test_the_law_at_a_time_is_the_one_whose_score_is_learned(name):
    """With a network of zeros all three state the score of N(0, I) data in standard units."""
    method = build(name)
    with torch.no_grad():
        for parameter in method.network.parameters():
            parameter.zero_()
        x = torch.from_numpy(points("test", 30, SEEDS)).float()
        time = {"cnf": 0.6, "ddpm": 300, "dsm_multilevel": 0.7}[name]
        signal, shift, sd = method.law_at(time)
        mean = signal * method.units.mean + shift
        variance = (signal * method.units.sd) ** 2 + sd**2
        assert torch.allclose(method.score_at(x, time), (mean - x) / variance, atol=1e-4)


def test_a_typical_score_is_that_of_noised_data():
    found = typical_score(build("dsm_single", noise_level=0.3), 0.0, np.random.default_rng(0))
    assert found == pytest.approx(np.sqrt(2 / (0.5**2 + 0.3**2)), rel=0.1)  # of 200 points


@pytest.mark.parametrize("name", ["cnf", "ddpm", "dsm_multilevel", "ebm_multilevel"])
def test_scores_by_noise_level_are_those_of_the_sampler(name):
    """The law at a time is that of a x + b + s eps: its score is that of (y - b) / a, over a."""
    method, _ = trained(name, seeds=SEEDS[:1], n_steps=50)
    method.units.sd.copy_(method.units.sd.mean())  # so that noise is round in both units
    x = torch.from_numpy(points("test", 30, SEEDS[:1])).float()
    time = {"cnf": 0.6, "ddpm": 300}.get(name, 0.7)
    signal, shift, sd = method.law_at(time)
    with torch.no_grad():
        learned = method.score_of_noised(x, (sd[..., 0] / signal).item())
        at_time = method.score_at(signal * x + shift, time)
    assert torch.allclose(learned / signal, at_time, atol=1e-3)


SCORED = [name for name in TRAINED if METHODS[name].has_scores]


@pytest.mark.parametrize("name", SCORED)
def test_levels_that_were_not_learned_have_no_score(name):
    method, _ = trained(name, n_steps=20)
    x = points("test", 30, SEEDS)
    own = getattr(method.knobs.training, "noise_level", 0.3)
    assert method.smoothed_score(x, own).shape == x.shape
    # A flow has a velocity at every time, and so at every level.
    assert (method.smoothed_score(x, 1e9) is None) == (name != "cnf")


@pytest.mark.parametrize("name", ["ddpm", "dsm_multilevel"])
def test_a_member_states_its_score_whatever_the_others_learned(name):
    method, x = build(name), points("test", 30, SEEDS)
    together = method.smoothed_score(x, 0.5)
    method.units.sd[0] *= 1e6  # to which 0.5 is no noise at all
    learned = method.smoothed_score(x, 0.5)
    assert np.isnan(learned[0]).all()
    assert np.array_equal(learned[1:], together[1:]) and np.isfinite(together).all()
