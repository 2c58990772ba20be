"""What methods learn of one Gaussian, of which all is known, and the densities that they state."""

import numpy as np
import pytest
import torch

from ensembles import DENSITY, SEEDS, points, streams, trained
from gen2d.config import METHODS
from gen2d.diagnostics.likelihood import measure_density
from gen2d.methods.quadrature import N_NODES, log_node_area, midpoints
from gen2d.samplers import ode

TUNED = {
    "cnf": {},
    "ddpm": {},
    "dsm_multilevel": {},
    "gan": {"n_steps": 1500, "learning_rate": 1e-3, "beta1": 0.0, "beta2": 0.99},
    "vae": {},
}


@pytest.mark.parametrize("name", TUNED)
def test_a_gaussian_is_learned(name):
    """Mean and covariance of the samples agree with those of the training points."""
    common = {"n_steps": 1000, "batch_size": 128, "learning_rate": 3e-3, "averaging": 0.99}
    method, _ = trained(name, **(common | {"schedule": "cosine"} | TUNED[name]))
    x = method.sample(4000, streams("sample", SEEDS))
    for samples, points_seen in zip(x, method.task.x_train, strict=True):
        assert np.allclose(samples.mean(0), points_seen.mean(0), atol=0.08)
        assert np.allclose(np.cov(samples.T), np.cov(points_seen.T), atol=0.08)


def test_dsm_learns_the_score_of_a_gaussian():
    """Of N(0, 0.25 I) smoothed at 0.5: the score is -2 x, the floor 2 - 0.25 * 4 = 1."""
    method, record = trained("dsm_single", n_steps=2000, noise_level=0.5)
    x = torch.from_numpy(points("test", 500, SEEDS)).float()
    with torch.no_grad():
        error = (method.score(x) + 2 * x).square().sum(-1).mean(-1)
    assert DENSITY.dsm_loss_floor(0.5) == pytest.approx(1.0, abs=1e-6)
    assert (error < 0.15).all()
    assert record.loss_train[-20:].mean() == pytest.approx(1.0, abs=0.05)


def test_sm_learns_the_score_of_a_gaussian():
    """As above; the floor is minus the Fisher information, -2 / 0.5."""
    method, record = trained("sm_single", n_steps=2000, noise_level=0.5)
    x = torch.from_numpy(points("test", 500, SEEDS)).float()
    with torch.no_grad():
        error = (method.score(x) + 2 * x).square().sum(-1).mean(-1)
    assert DENSITY.fisher_information(0.5) == pytest.approx(4.0, abs=1e-6)
    assert (error < 0.15).all()
    assert record.loss_train[-20:].mean() == pytest.approx(-4.0, abs=0.3)


def test_ebm_learns_the_energy_of_a_gaussian():
    """With chains that forget their start, E grows as |x|^2 / (2 s^2).

    Roughly: contrastive training swings about its optimum.
    """
    negatives = {"n_steps": 50, "step": 0.03, "step_decay": 1.0, "temperature": 1.0}
    method, _ = trained(
        "ebm_single", n_steps=200, batch_size=128, energy_penalty=0.0, negatives=negatives
    )
    angles = torch.linspace(0, 2 * np.pi, 17)[:-1]
    circle = torch.stack([angles.cos(), angles.sin()], -1).expand(3, -1, -1)
    with torch.no_grad():
        growth = (method.energy(0.9 * circle) - method.energy(0.3 * circle)).mean(-1)
    expected = (0.9**2 - 0.3**2) / (2 * 0.5**2)
    assert ((growth / expected > 0.65) & (growth / expected < 1.6)).all(), growth / expected


DENSE = [name for name, knobs_class in METHODS.items() if knobs_class.trained]
DENSE = [name for name in DENSE if not METHODS[name].why_no_density]


@pytest.mark.parametrize("name", DENSE)
def test_a_learned_density_integrates_to_1(name):
    method, _ = trained(name, seeds=(0,), learning_rate=3e-3)
    half = torch.full((1, 1, 2), 3.5)  # a box of 7 standard deviations each way
    n_nodes = 64
    grid = torch.cat(list(midpoints(half, n_nodes)), 1).numpy()
    mass = (
        torch.from_numpy(method.log_prob(grid)).logsumexp(-1).exp()
        * log_node_area(half, n_nodes).exp()
    )
    assert mass.item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", DENSE)
def test_a_density_depends_on_the_resolution_it_is_integrated_at(name):
    """A little, or what half the resolution changes would be no error."""
    method, _ = trained(name, seeds=(0,), n_steps=20)
    x = points("test", 20, (0,))
    fine = method.log_prob(x)
    method.step_multiplier = 8
    assert not np.array_equal(method.log_prob(x), fine)


@pytest.mark.parametrize("prediction", ["eps", "v"])
@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_finer_steps_of_diffusion_change_no_density(prediction, schedule, monkeypatch):
    """Though the flow of noise that was predicted nearly has a pole, at the highest level."""
    chosen = {"prediction": prediction, "noise_schedule": schedule}
    method, _ = trained("ddpm", seeds=(0,), n_steps=1000, learning_rate=3e-3, **chosen)
    x = points("test", 100, (0,))
    usual = method.log_prob(x)
    monkeypatch.setattr(ode, "LIKELIHOOD_STEPS", 160)
    assert abs((method.log_prob(x) - usual).mean()) < 5e-4


def test_the_divergence_of_an_energy_model_is_the_same_on_twice_the_grid(monkeypatch):
    """To 1e-6 nats for a smooth energy; the kinks of ReLU cost up to 2e-5, as measured."""
    method, _ = trained("ebm_persistent", n_steps=200, batch_size=64)
    assert method.knobs.network.activation == "silu"
    inside = method.task.x_train[:, :100]  # where the density is not 0
    found = []
    for n_nodes in (N_NODES, 2 * N_NODES):
        monkeypatch.setattr("gen2d.methods.quadrature.N_NODES", n_nodes)
        found.append(measure_density(method, inside, inside)["kl"].values)
    assert (found[0] < 0.5).all()  # it has learned something that is not flat
    assert np.abs(found[0] - found[1]).max() < 1e-6
