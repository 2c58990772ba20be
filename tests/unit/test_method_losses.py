"""The losses of methods: what each is asked to learn, beside plain formulas and autograd."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats

from ensembles import SEEDS, build, points, streams
from gen2d.methods.gan import LARGEST
from gen2d.randomness.noise import Noise


def velocity_loss(method, x, noise):
    """Flow matching, of the velocity itself."""
    x_noise, t = noise.normal(*x.shape[1:]), 1 - noise.stratified(x.shape[1]).square()
    return method.velocity((1 - t) * x_noise + t * x, t) - (x - x_noise)


def denoiser_loss(method, x, noise):
    """Denoising at all levels, of the denoiser itself, with weight (1 + sigma^2) / sigma^2."""
    eps, sigma = noise.normal(*x.shape[1:]), method.levels_to_train(x.shape[1], noise)
    error = method.denoise(x + sigma * eps, sigma) - x
    return error * (1 + sigma.square()).sqrt() / sigma


@pytest.mark.parametrize(
    ("name", "error"), [("cnf", velocity_loss), ("dsm_multilevel", denoiser_loss)]
)
def test_losses_are_those_of_what_is_stated(name, error):
    """The network is asked for something else, which makes the same loss."""
    method = build(name, stable_targets=False)
    x = torch.from_numpy(method.task.x_train).float()
    with torch.no_grad():
        ours = method.losses(x, Noise(streams("loss", SEEDS)))
        stated = error(method, method.units(x), Noise(streams("loss", SEEDS)))
    assert torch.allclose(ours, stated.square().sum(-1).mean(-1), rtol=1e-4)


def posterior_mean(x_t, x, signal, sd):
    """E[x | x_t] of x uniform over a minibatch, by Bayes' rule."""
    squares = (x_t.unsqueeze(2) - signal.unsqueeze(2) * x.unsqueeze(1)).square().sum(-1)
    return (-squares / (2 * sd.square())).softmax(-1) @ x


def stable_velocity(method, x, noise):
    """Of the network of a flow, and the noise there is in its points."""
    x_noise, t = noise.normal(20, 2), 1 - noise.stratified(20).square().double()
    x_t = (1 - t) * x_noise + t * x
    velocity = (posterior_mean(x_t, x, t, 1 - t) - x_t) / (1 - t)
    c = (t.square() + (1 - t).square()).sqrt()
    return c * velocity - (2 * t - 1) / c * x_t, 1 - t


def stable_noise(method, x, noise):
    """Of the network of a diffusion model."""
    eps, t = noise.normal(20, 2), 1 + (len(method.sigma[1:]) * noise.stratified(20)).long()
    a, s = method.signal[t].double(), method.sigma[t].double()
    x_t = a * x + s * eps
    mean = posterior_mean(x_t, x, a, s)
    eps = (x_t - a * mean) / s
    return (a * eps - s * mean if method.knobs.training.prediction == "v" else eps), s


def stable_score(method, x, noise):
    """Of the network of a denoiser."""
    eps, sigma = noise.normal(20, 2), method.levels_to_train(20, noise).double()
    x_t = x + sigma * eps
    mean = posterior_mean(x_t, x, torch.ones_like(sigma), sigma)
    return (sigma * mean - (x_t - mean) / sigma) / (1 + sigma.square()).sqrt(), sigma


@pytest.mark.parametrize(
    ("name", "stated", "training"),
    [
        ("cnf", stable_velocity, {"coupling": "independent"}),
        ("ddpm", stable_noise, {"prediction": "eps"}),
        ("ddpm", stable_noise, {"prediction": "v"}),
        ("dsm_multilevel", stable_score, {}),
    ],
)
def test_stable_targets_are_those_of_the_posterior_mean(name, stated, training):
    method = build(name, stable_targets=True, **training)
    x = torch.from_numpy(method.task.x_train[:, :20]).float()
    asked = method.regression_batch(x, Noise(streams("loss", SEEDS))).y.double()
    y, sd = stated(method, method.units(x).double(), Noise(streams("loss", SEEDS)))
    seen = sd > 0.05  # single precision loses what hardly any noise hides
    assert seen.float().mean() > 0.3
    assert torch.allclose(asked * seen, y * seen, rtol=0, atol=2e-3)


def test_every_step_of_a_diffusion_is_trained():
    method = build("ddpm", n_timesteps=100)
    x = torch.from_numpy(method.task.x_train[:, :100]).float()
    _, seen = method.regression_batch(x, Noise(streams("loss", SEEDS))).inputs
    assert torch.equal(seen[..., 0], (method.log_snr[1:] / 4).expand(3, -1))


def test_levels_to_train_at_are_uniform_in_their_logarithm():
    method = build("dsm_multilevel")
    training = method.knobs.training
    low, high = np.log([training.lowest_noise_level, training.highest_noise_level])
    levels = method.levels_to_train(4000, Noise(streams("loss", SEEDS)))[0, :, 0].log().numpy()
    assert stats.kstest((levels - low) / (high - low), "uniform").pvalue > 1e-4


def test_optimal_transport_pairs_at_the_least_cost():
    generator = torch.Generator().manual_seed(0)
    x_data, x_noise = torch.randn(2, 1, 6, 2, generator=generator)

    def cost(order):
        return (x_data[0] - x_noise[0, list(order)]).square().sum().item()

    paired = build("cnf")._nearest(x_noise, x_data)
    least = min(map(cost, itertools.permutations(range(6))))
    assert (x_data - paired).square().sum().item() == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("scale", [1.0, 300.0])  # of the critic: one that is certain, too
def test_gan_gives_each_player_the_gradient_of_its_own_loss(scale):
    method = build("gan").double()
    with torch.no_grad():
        method.critic.mlp.readout.mul_(scale)
    x = torch.from_numpy(method.task.x_train)
    z = Noise(streams("train", SEEDS)).normal(x.shape[1], method.knobs.training.latent_dimension)
    noise = SimpleNamespace(normal=lambda *shape: z.double())
    players = [*method.generator.parameters()], [*method.critic.parameters()]
    ours = torch.autograd.grad(method.losses(x, noise).sum(), [*players[0], *players[1]])
    u = method.units(x)

    def margin(y):
        return method.critic(y) - method.critic(u)

    y, part = method.generator(z.double()), x.shape[1] // 4
    ends = torch.cat([u[:, :part], y[:, :part]], 1).detach()
    slopes = method.critic.with_input_gradient(ends)[1].square().sum() / part
    penalty = 0.5 * method.knobs.training.gradient_penalty * slopes
    losses = -margin(y), margin(y.detach())
    losses = [torch.nn.functional.softplus(loss).mean((1, 2)).sum() for loss in losses]
    losses[1] = losses[1] + penalty
    theirs = [
        gradient
        for loss, player in zip(losses, players, strict=True)
        for gradient in torch.autograd.grad(loss, player, retain_graph=True)
    ]
    assert (margin(y).abs().max() > LARGEST) == (scale > 1)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-6, atol=1e-10)


def test_a_defect_is_what_it_says_and_absent_unless_asked_for():
    x = torch.from_numpy(points("test", 50, SEEDS)).float()
    score = build("ebm_single").score()(x)
    for broken, factor in ((False, 1), (True, 1 / 50)):
        drift = build("ebm_single", mean_energy_gradient=broken).negatives_score(50)(x)
        assert torch.allclose(drift, factor * score, rtol=1e-5, atol=1e-9)
    assert score.abs().max() > 1e-3


def test_a_summed_loss_is_descended_by_the_batch_and_recorded_by_the_point():
    x = torch.from_numpy(points("test", 50, SEEDS)).float()

    def loss_and_gradients(**knobs):
        method = build("sm_single", **knobs)
        out = [torch.empty_like(parameter) for parameter in method.parameters()]
        return method.loss_and_gradients(x, Noise(streams("loss", SEEDS)), out), out

    mean, slopes = loss_and_gradients()
    same, same_slopes = loss_and_gradients(summed=False)
    recorded, summed_slopes = loss_and_gradients(summed=True)
    assert torch.equal(same, mean) and torch.equal(recorded, mean)
    for one, other, summed in zip(slopes, same_slopes, summed_slopes, strict=True):
        assert torch.equal(other, one)
        assert torch.allclose(summed, 50 * one) and one.abs().max() > 1e-4


def test_chains_of_training_go_on_from_where_they_were():
    chains = {"n_steps": 1, "step": 1e-8, "jump_probability": 0.0}
    method = build("ebm_persistent", chains=chains)
    before = method.chains.clone()
    method.losses(torch.from_numpy(method.task.x_train).float(), Noise(streams("train", SEEDS)))
    assert torch.allclose(method.chains, before, rtol=0, atol=1e-3)
    assert not torch.equal(method.chains, before)
