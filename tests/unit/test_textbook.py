"""The coursework's models are what a textbook's loop makes of them: one network, autograd, Adam.

Every member starts from the same parameters as its textbook twin and sees the same minibatches and
the same noise, so that the two part by rounding alone, and metrics by less than seeds do. Where
rounding takes a chain past a kink of a ReLU on the other side, they part from there on, as a
textbook's loop in single precision does from itself in double.
"""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import Linear, ReLU, Sequential, SiLU

from gen2d import config
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.methods.base import Task
from gen2d.methods.training import train
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.plugins import resolve
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import seed_sequence

SEEDS, N_STEPS, N_TRAIN = 4, 100, 500
LAW = GaussianMixture()


def streams(purpose):
    return [seed_sequence(0, purpose, seed) for seed in range(SEEDS)]


def knobs_of(model):
    """The model's section of config.yaml, for fewer steps."""
    study = config.load(config.read_file(Path(__file__).parents[2] / "config.yaml"))
    values = study.models[model].model_dump()
    values["training"] |= {"n_steps": N_STEPS, "log_every": N_STEPS}
    values["sampling"] |= {"n_steps": 200}
    return type(study.models[model]).model_validate(values)


def twin(network, k, activation):
    """Member k of a `PointNetwork` as plain layers."""
    first, second, last = Linear(2, 64), Linear(64, 64), Linear(64, network.mlp.readout.shape[1])
    pairs = zip((first, second), network.mlp.weights, network.mlp.biases, strict=True)
    for layer, weight, bias in pairs:
        layer.weight.data, layer.bias.data = weight[k].T.clone(), bias[k, 0].clone()
    last.weight.data = network.mlp.readout[k].detach().clone()
    last.bias.data = network.mlp.offset[k, 0].detach().clone()
    return Sequential(first, activation(), second, activation(), last)


def gradient(energy, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(energy(x).sum(), x)[0]


def dsm_loss(model, x, noise, knobs):
    eps = noise.normal(len(x), 2)[0]
    sigma = knobs.noise_level
    return ((sigma * model(x + sigma * eps) + eps) ** 2).sum(1).mean()


def ebm_loss(model, x, noise, knobs):
    negatives = noise.normal(len(x), 2)[0]
    step, chain = knobs.negatives.step, knobs.negatives
    for _ in range(chain.n_steps):
        kick = noise.normal(len(x), 2)[0]
        kick = math.sqrt(2 * step * chain.temperature) * kick
        negatives = negatives - step * gradient(model, negatives) + kick
        step *= chain.step_decay
    real, fake = model(x), model(negatives.detach())
    penalty = knobs.energy_penalty * ((real**2).mean() + (fake**2).mean())
    return real.mean() - fake.mean() + penalty


def textbook(model, loss, points, sequence, knobs):
    """Trains one network, as everybody would."""
    batches, noise, _ = (Noise([stream]) for stream in sequence.spawn(3))
    optimizer = torch.optim.Adam(model.parameters(), lr=knobs.learning_rate)
    for _ in range(knobs.n_steps):
        x = points[batches.integers(len(points), knobs.batch_size)[0]]
        optimizer.zero_grad()
        loss(model, x, noise, knobs).backward()
        optimizer.step()
    return model


def langevin(score, noise, knobs):
    x = knobs.init_sd * noise.normal(2000, 2)[0]
    for _ in range(knobs.n_steps):
        kick = noise.normal(2000, 2)[0]
        x = x + knobs.step * score(x) + math.sqrt(2 * knobs.step) * kick
    return x


@pytest.mark.parametrize(
    ("name", "loss", "activation", "n_close"),
    [("dsm_as_described", dsm_loss, SiLU, SEEDS), ("ebm_as_described", ebm_loss, ReLU, SEEDS // 2)],
)
def test_the_coursework_s_models_are_the_textbook_s(name, loss, activation, n_close):
    knobs = knobs_of(name)
    x = np.stack([LAW.sample(N_TRAIN, np.random.default_rng(s)) for s in streams("data")])
    method = resolve(knobs.implementation)(knobs, Task(LAW, x, x, streams("initialise")))
    network = method.network
    twins = [twin(network, k, activation) for k in range(SEEDS)]
    train(method, x, x[:, :10], knobs.training, streams("train"))
    y = LAW.sample(4000, np.random.default_rng(0))
    truth = Reference.of(y, bandwidth_ladder(median_distance(y), 6))
    apart, distances = [], []
    for k, (model, sequence) in enumerate(zip(twins, streams("train"), strict=True)):
        points = torch.from_numpy(x[k]).float()
        textbook(model, loss, points, sequence, knobs.training)
        ours = twin(network, k, activation)
        pairs = zip(ours.parameters(), model.parameters(), strict=True)
        apart.append(max(torch.dist(a.detach(), b.detach(), torch.inf).item() for a, b in pairs))
        score = model if name == "dsm_as_described" else lambda x, e=model: -gradient(e, x)
        noise = Noise([streams("sample")[k]])
        with torch.set_grad_enabled(name != "dsm_as_described"):
            drawn = langevin(score, noise, knobs.sampling).detach().double().numpy()
        ours = method.sample(2000, streams("sample"))[k]
        distances.append([two_sample_distances(s, truth).energy_distance for s in (ours, drawn)])
    assert sorted(apart)[n_close - 1] < 1e-5
    ours, theirs = np.array(distances).T
    # Sampled in chunks, ours has other noise: means over seeds differ by no more than it explains.
    error = np.hypot(ours.std(ddof=1), theirs.std(ddof=1)) / math.sqrt(SEEDS)
    assert abs(ours.mean() - theirs.mean()) < 4 * error
    assert theirs.mean() > 0.01  # far from the truth yet, and so no floor that all share
