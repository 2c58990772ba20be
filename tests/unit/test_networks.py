"""Ensemble networks: each member is an ordinary network, and no member sees another."""

import pytest
import torch

from gen2d.networks import ACTIVATIONS, EnsembleMLP
from gen2d.noise import Noise
from gen2d.seeding import seed_sequence


def noise(*seeds):
    return Noise([seed_sequence(0, "test", seed) for seed in seeds])


def ordinary(network, k):
    """Member k as plain linear layers."""
    layers = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        layer = torch.nn.Linear(*weight.shape[1:])
        layer.weight.data, layer.bias.data = weight[k].T, bias[k, 0]
        layers += [layer, {"relu": torch.nn.ReLU, "silu": torch.nn.SiLU}[network.kind]()]
    last = torch.nn.Linear(*reversed(network.readout.shape[1:]))
    last.weight.data, last.bias.data = network.readout[k], network.offset[k, 0]
    return torch.nn.Sequential(*layers, last)


@pytest.fixture(params=sorted(ACTIVATIONS))
def network(request):
    built = EnsembleMLP([2, 16, 8, 1], request.param, noise(3, 4, 5)).double()
    built.kind = request.param
    return built


def test_members_are_ordinary_networks(network):
    x = torch.randn(3, 10, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    for k in range(3):
        assert torch.allclose(network(x)[k], ordinary(network, k)(x[k]), rtol=1e-12)


def test_input_gradient_is_that_of_autograd(network):
    x = torch.randn(3, 50, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    x.requires_grad_()
    (expected,) = torch.autograd.grad(network(x).sum(), x)
    assert torch.allclose(network.input_gradient(x), expected, rtol=0, atol=1e-10)
    assert expected.abs().max() > 1e-2


def test_initial_parameters_are_within_torch_defaults(network):
    for weight in [*network.weights, *network.biases]:
        assert weight.abs().max() <= 1 / weight.new_tensor(2).sqrt()
    assert network.readout.abs().max() <= 8**-0.5
    assert network.readout.abs().max() > 0.5 * 8**-0.5


def test_members_do_not_depend_on_their_company():
    together = EnsembleMLP([2, 8, 1], "relu", noise(3, 4, 5))
    alone = EnsembleMLP([2, 8, 1], "relu", noise(4))
    for many, one in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(many[1:2], one)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_divergence_is_that_of_autograd(activation):
    network = EnsembleMLP([2, 16, 8, 2], activation, noise(3, 4, 5)).double()
    x = torch.randn(3, 20, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    outputs, divergence = network.with_divergence(x)
    x.requires_grad_()
    expected = sum(
        torch.autograd.grad(network(x)[..., i].sum(), x, create_graph=True)[0][..., i]
        for i in range(2)
    )
    assert torch.allclose(outputs, network(x))
    assert torch.allclose(divergence, expected, rtol=0, atol=1e-10)
    assert expected.abs().max() > 1e-3
    if activation == "silu":
        ours, theirs = (
            torch.autograd.grad(value.square().sum(), network.readout, retain_graph=True)[0]
            for value in (divergence, expected)
        )
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-10)
