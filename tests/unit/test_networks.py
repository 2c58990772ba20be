"""Ensemble networks: each member is an ordinary network, and no member sees another."""

import pytest
import torch

from gen2d.config import Network
from gen2d.networks.activations import ACTIVATIONS
from gen2d.networks.arithmetic import SMALL, product
from gen2d.networks.mlp import EnsembleMLP
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import seed_sequence


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
    assert torch.allclose(network.field().gradients(x.detach()), expected, rtol=0, atol=1e-10)
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


def point_network(activation, n_features, n_outputs, n_conditions=0):
    knobs = Network(hidden=[16, 8], activation=activation, fourier_features=n_features)
    shape = {"n_conditions": n_conditions, "n_outputs": n_outputs}
    network = PointNetwork(knobs, noise(3, 4, 5), **shape).double()
    network.kind = activation
    return network


def inputs(n_conditions=0):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 20, 2, dtype=torch.double, generator=generator)
    conditions = torch.randn(3, 20, n_conditions, dtype=torch.double, generator=generator)
    return x.requires_grad_(), *([conditions] if n_conditions else [])


def plainly(network, x, *conditions):
    """What a `PointNetwork` computes, by torch's own functions and nothing of ours."""
    parts = [x, *conditions]
    if network.frequencies is not None:
        angles = x @ network.frequencies
        parts += [angles.sin(), angles.cos()]
    layers, mlp = torch.cat(parts, -1), network.mlp
    activation = {"relu": torch.relu, "silu": torch.nn.functional.silu}[network.kind]
    for weight, bias in zip(mlp.weights, mlp.biases, strict=True):
        layers = activation(layers @ weight + bias)
    return layers @ mlp.readout.mT + mlp.offset


def same_gradients(sources, ours, theirs):
    """Autograd's from two values, to 1e-10; a source that one does not depend on counts as 0."""
    settings = {"retain_graph": True, "materialize_grads": True}
    pairs = zip(*(torch.autograd.grad(v, sources, **settings) for v in (ours, theirs)), strict=True)
    largest = []
    for one, other in pairs:
        assert torch.allclose(one, other, rtol=0, atol=1e-10)
        largest.append(other.abs().max())
    assert max(largest) > 1e-3


KINDS = [(name, n) for name in sorted(ACTIVATIONS) for n in (0, 5)]


@pytest.mark.parametrize(("activation", "n_features"), KINDS)
@pytest.mark.parametrize("n_conditions", [0, 3])
def test_gradients_are_those_of_autograd(activation, n_features, n_conditions):
    network = point_network(activation, n_features, 2, n_conditions)
    x, *conditions = inputs(n_conditions)
    ours, theirs = network(x, *conditions), plainly(network, x, *conditions)
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)
    same_gradients([x, *network.parameters()], ours.square().sum(), theirs.square().sum())


def test_without_a_gradient_by_points_parameters_get_the_same():
    network = point_network("silu", 5, 2)
    (x,) = inputs()
    both = torch.autograd.grad(network(x).square().sum(), [x, *network.parameters()])[1:]
    alone = torch.autograd.grad(network(x.detach()).square().sum(), list(network.parameters()))
    for one, other in zip(alone, both, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("activation", "n_features"), KINDS)
@pytest.mark.parametrize("n_conditions", [0, 3])
def test_divergence_is_that_of_autograd(activation, n_features, n_conditions):
    network = point_network(activation, n_features, 2, n_conditions)
    x, *conditions = inputs(n_conditions)
    outputs, divergence = network.with_divergence(x, *conditions)
    plain = plainly(network, x, *conditions)
    expected = sum(
        torch.autograd.grad(plain[..., i].sum(), x, create_graph=True)[0][..., i] for i in range(2)
    )
    assert torch.allclose(outputs, plain)
    assert torch.allclose(divergence, expected, rtol=0, atol=1e-10)
    assert expected.abs().max() > 1e-3
    same_gradients(
        [x, *network.parameters()],
        divergence.square().sum() + outputs.square().sum(),
        expected.square().sum() + plain.square().sum(),
    )


@pytest.mark.parametrize(("activation", "n_features"), KINDS)
@pytest.mark.parametrize("n_conditions", [0, 3])
def test_input_gradient_and_its_own_gradient_are_those_of_autograd(
    activation, n_features, n_conditions
):
    network = point_network(activation, n_features, 1, n_conditions)
    x, *conditions = inputs(n_conditions)
    outputs, gradient = network.with_input_gradient(x, *conditions)
    plain = plainly(network, x, *conditions)
    (expected,) = torch.autograd.grad(plain.sum(), x, create_graph=True)
    assert torch.allclose(outputs, plain.squeeze(-1), rtol=0, atol=1e-12)
    assert torch.allclose(gradient, expected, rtol=0, atol=1e-10)
    assert expected.abs().max() > 1e-3
    if not conditions:
        assert torch.allclose(
            network.gradient_field(-3)(x.detach()), -3 * expected, rtol=0, atol=1e-10
        )
        for one, other in zip(network.field()(x.detach()), (outputs, expected), strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-10)
    with torch.no_grad():
        alone = network.with_input_gradient(x, *conditions)
    assert torch.allclose(alone[0], outputs, rtol=0, atol=1e-12)
    assert torch.allclose(alone[1], gradient, rtol=0, atol=1e-12)
    sources = [x, *network.parameters()]
    plain = plain.squeeze(-1)
    same_gradients(sources, gradient.square().sum(), expected.square().sum())
    same_gradients(sources, outputs.square().sum(), plain.square().sum())
    same_gradients(
        sources,
        (outputs * gradient[..., 0]).sum(),
        (plain * expected[..., 0]).sum(),
    )


@pytest.mark.parametrize(("activation", "n_features"), KINDS)
@pytest.mark.parametrize("n_conditions", [0, 3])
def test_regression_and_its_gradients_are_those_of_autograd(activation, n_features, n_conditions):
    network = point_network(activation, n_features, 2, n_conditions)
    x, *conditions = inputs(n_conditions)
    generator = torch.Generator().manual_seed(1)
    y = torch.randn(3, 20, 2, dtype=torch.double, generator=generator)
    weights = torch.rand(3, 20, 1, dtype=torch.double, generator=generator)
    parameters = list(network.parameters())
    for weight in (weights, 0.25):
        gradients = [torch.empty_like(parameter) for parameter in parameters]
        ours = network.regression(x, *conditions, y=y, weight=weight, out=gradients)
        errors = (plainly(network, x.detach(), *conditions) - y).square()
        theirs = (weight * errors).sum(-1).mean(-1)
        assert torch.allclose(ours, theirs, rtol=1e-12)
        expected = torch.autograd.grad(theirs.sum(), parameters)
        for one, other in zip(gradients, expected, strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-10)
            assert other.abs().max() > 1e-3


def test_frequencies_are_random_and_of_every_member():
    network = point_network("silu", 4000, 1)
    assert network.frequencies.std(dim=(1, 2)).allclose(torch.tensor(2.0).double(), rtol=0.05)
    assert not torch.equal(network.frequencies[0], network.frequencies[1])


def test_products_are_in_single_precision():
    """As `configure_torch` leaves them, on whatever processor: bfloat16 would be off by 1e-2."""
    generator = torch.Generator().manual_seed(0)
    x, weight = (
        torch.randn(3, 256, 64, generator=generator),
        torch.randn(3, 64, 64, generator=generator),
    )
    for a, b in ((x, weight), (x, weight.mT), (x.mT, x)):
        exact = a.double() @ b.double()
        assert (torch.bmm(a, b) - exact).abs().max() < 1e-5 * exact.abs().max()


@pytest.fixture
def precision():
    """Torch's setting for products, to be changed."""
    setting = torch.backends.mkldnn.matmul
    before = setting.fp32_precision
    yield setting
    setting.fp32_precision = before


@pytest.mark.parametrize("n_points", [8, 4096])  # a product that is small, and one that is not
def test_a_product_is_one_and_leaves_the_settings_alone(n_points, precision):
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(3, n_points, 64, generator=generator)
    b, offset = torch.randn(2, 3, 64, 64, generator=generator)
    assert (a.numel() * 64 < SMALL) == (n_points == 8)
    for settled in ("ieee", precision.fp32_precision):
        precision.fp32_precision = settled
        exact = a.double() @ b.double()
        assert (product(a, b) - exact).abs().max() < 1e-5 * exact.abs().max()
        shifted = product(a, b, offset[:, :1])
        assert torch.allclose(shifted, product(a, b) + offset[:, :1], atol=1e-4)
        assert precision.fp32_precision == settled


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_points_of_any_scale_are_standardised(scale):
    x = scale * torch.randn(3, 50, 2, generator=torch.Generator().manual_seed(0))
    units = Standardisation(x)
    torch.testing.assert_close(units(x).std(1), torch.ones(3, 2))
    torch.testing.assert_close(units.inverse(units(x)), x, rtol=1e-5, atol=1e-6 * scale)


def test_a_constant_coordinate_stays_small():
    """Its mean differs from it by rounding."""
    x = torch.full((1, 99, 2), 0.1)
    assert Standardisation(x)(x).abs().max() < 10
