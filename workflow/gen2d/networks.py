"""Networks that hold K independent members and run them side by side in batched products."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gen2d.arithmetic import product
from gen2d.config.models import Network
from gen2d.noise import Noise

aten = torch.ops.aten
TINY = torch.finfo(torch.float32).tiny


class Activation(NamedTuple):
    """A function f of the sums z of a hidden layer.

    Attributes:
        value_: f(z), in place.
        pair: f(z), and the rest that is needed for what follows; uses up z.
        slope: (f(z), rest) -> f'(z).
        backward_: (g, f(z), rest) -> g f'(z), written to g.
        curvature: (f'(z), rest) -> f''(z); None where it is 0.
        slope_: (z, b) -> f'(z - b), written to z.
    """

    value_: Callable[[Tensor], Tensor]
    pair: Callable[[Tensor], tuple[Tensor, Tensor | None]]
    slope: Callable[[Tensor, Tensor | None], Tensor]
    backward_: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor] | None
    slope_: Callable[[Tensor, Tensor], Tensor]


def relu_pair(z: Tensor) -> tuple[Tensor, None]:
    return z.relu_(), None


def relu_slope(value: Tensor, rest: None) -> Tensor:
    return value.sign()


def relu_backward_(gradient: Tensor, value: Tensor, rest: None) -> Tensor:
    return aten.threshold_backward.grad_input(gradient, value, 0.0, grad_input=gradient)


def relu_slope_(z: Tensor, threshold: Tensor) -> Tensor:
    return torch.gt(z, threshold, out=z)


def silu_pair(z: Tensor) -> tuple[Tensor, Tensor]:
    sigmoid = z.sigmoid()
    return z.mul_(sigmoid), sigmoid


def silu_slope(value: Tensor, sigmoid: Tensor) -> Tensor:
    """silu' = sigmoid + value (1 - sigmoid)."""
    return torch.lerp(value, value.new_ones(()), sigmoid)


def silu_backward_(gradient: Tensor, value: Tensor, sigmoid: Tensor) -> Tensor:
    return gradient.mul_(silu_slope(value, sigmoid))


def silu_curvature(slope: Tensor, sigmoid: Tensor) -> Tensor:
    """silu'' = slope + sigmoid - 2 slope sigmoid."""
    return torch.add(slope, sigmoid).addcmul_(slope, sigmoid, value=-2)


def silu_slope_(z: Tensor, threshold: Tensor) -> Tensor:
    z.sub_(threshold)
    return aten.silu_backward.grad_input(z.new_ones(()).expand_as(z), z, grad_input=z)


ACTIVATIONS = {
    "relu": Activation(torch.relu_, relu_pair, relu_slope, relu_backward_, None, relu_slope_),
    "silu": Activation(
        aten.silu_, silu_pair, silu_slope, silu_backward_, silu_curvature, silu_slope_
    ),
}


class Layers(NamedTuple):
    """The parameters of an `EnsembleMLP`, or their gradients."""

    readout: Tensor  # [K, out, in]: a product with few columns is several times faster so
    offset: Tensor  # [K, 1, out]
    weights: Sequence[Tensor]  # of the hidden layers, each [K, in, out]
    biases: Sequence[Tensor]  # each [K, 1, out]

    @classmethod
    def of(cls, tensors: Sequence[Tensor]) -> Self:
        """From all of them in a row."""
        readout, offset, *hidden = tensors
        return cls(readout, offset, hidden[: len(hidden) // 2], hidden[len(hidden) // 2 :])

    def in_a_row(self) -> tuple[Tensor, ...]:
        """In the order of the module's `parameters()`."""
        return (self.readout, self.offset, *self.weights, *self.biases)


Rests = list[Tensor | None]


def forwards(activation: Activation, x: Tensor, layers: Layers) -> tuple[Tensor, list, Rests]:
    """Outputs [K, B, out] at x [K, B, in], the inputs of all layers, and the activations' rests."""
    inputs, rests = [x], []
    for weight, bias in zip(layers.weights, layers.biases, strict=True):
        value, rest = activation.pair(product(inputs[-1], weight, bias))
        inputs.append(value)
        rests.append(rest)
    return product(inputs[-1], layers.readout.mT, layers.offset), inputs, rests


def backwards(
    activation: Activation,
    inputs: Sequence[Tensor],
    rests: Rests,
    layers: Layers,
    by_outputs: Tensor,
    *,
    to_x: bool,
) -> tuple[Tensor | None, tuple[Tensor, ...]]:
    """The gradient by x, if asked for, and those by the layers in a row, after `forwards`."""
    by_readout, by_offset = product(by_outputs.mT, inputs[-1]), by_outputs.sum(1, keepdim=True)
    by_weights, by_biases = [], []
    gradient = product(by_outputs, layers.readout)
    for i in reversed(range(len(rests))):
        gradient = activation.backward_(gradient, inputs[i + 1], rests[i])
        by_weights.insert(0, product(inputs[i].mT, gradient))
        by_biases.insert(0, gradient.sum(1, keepdim=True))
        gradient = product(gradient, layers.weights[i].mT) if i or to_x else None
    return gradient, Layers(by_readout, by_offset, by_weights, by_biases).in_a_row()


class Outputs(torch.autograd.Function):
    """Outputs [K, B, out] at inputs x [K, B, in].

    This and the functions below go forwards and backwards by hand: few buffers, and no graph to
    build and to walk.
    """

    @staticmethod
    def forward(ctx, x: Tensor, activation: Activation, *layers: Tensor) -> Tensor:
        ctx.activation, ctx.layers = activation, Layers.of(layers)
        outputs, *ctx.passed = forwards(activation, x, ctx.layers)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx, by_outputs: Tensor) -> tuple[Tensor | None, ...]:
        by_x, by_layers = backwards(
            ctx.activation, *ctx.passed, ctx.layers, by_outputs, to_x=ctx.needs_input_grad[0]
        )
        return by_x, None, *by_layers


class Field:
    """A scalar network's outputs and gradients by its input, for the parameters as they are now.

    The readout goes into the last hidden layer's weights, once for all that is asked. Nothing here
    is to be differentiated.

    Args:
        factor: what gradients are multiplied by.
    """

    def __init__(self, activation: Activation, layers: Layers, factor: float = 1.0):
        readout, offset, weights, biases = layers
        *self.weights, self.last = (weight.detach() for weight in weights)
        *self.biases, self.last_bias = (bias.detach() for bias in biases)
        self.activation, self.threshold = activation, -self.last_bias
        self.readout, self.offset = readout.detach().mT, offset.detach()
        self.backs = [weight.mT for weight in reversed(self.weights)]
        self.last_back = (factor * readout.detach() * self.last).mT.contiguous()

    def gradients(self, x: Tensor) -> Tensor:
        """Gradients [K, B, in] at x [K, B, in]; the last hidden layer's slopes are enough."""
        x, pairs = self._up_to_last(x)
        return self._back(self.activation.slope_(product(x, self.last), self.threshold), pairs)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, 1], and these gradients."""
        x, pairs = self._up_to_last(x)
        pair = self.activation.pair(product(x, self.last, self.last_bias))
        outputs = product(pair[0], self.readout, self.offset)
        return outputs, self._back(self.activation.slope(*pair), pairs)

    def _up_to_last(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor | None]]]:
        pairs = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            pairs.append(self.activation.pair(product(x, weight, bias)))
            x = pairs[-1][0]
        return x, pairs

    def _back(self, slope: Tensor, pairs: list[tuple[Tensor, Tensor | None]]) -> Tensor:
        gradient = product(slope, self.last_back)
        for pair, weight in zip(reversed(pairs), self.backs, strict=True):
            gradient = product(self.activation.backward_(gradient, *pair), weight)
        return gradient


class InputGradient(torch.autograd.Function):
    """A scalar network's outputs [K, B, 1] at x [K, B, in], and their gradients by x, [K, B, in].

    A gradient's product with a direction is the output's derivative along it. So where the loss's
    gradient by these gradients is taken for directions at the points, what is left is the gradient
    of directional derivatives: the way back is a tangent's way forwards, then theirs backwards.

    Source: Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
    """

    @staticmethod
    def forward(ctx, x: Tensor, activation: Activation, *layers: Tensor) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        layers = Layers.of(layers)
        inputs, slopes, rests = [x], [], []
        for weight, bias in zip(layers.weights, layers.biases, strict=True):
            value, rest = activation.pair(product(inputs[-1], weight, bias))
            inputs.append(value)
            slopes.append(activation.slope(value, rest))
            rests.append(rest)
        outputs = product(inputs[-1], layers.readout.mT, layers.offset)
        by_values, by_sums, gradient = [], [], layers.readout
        for slope, weight in zip(reversed(slopes), reversed(layers.weights), strict=True):
            by_values.insert(0, gradient)
            by_sums.insert(0, gradient * slope)
            gradient = product(by_sums[0], weight.mT)
        ctx.activation, ctx.layers = activation, layers
        ctx.passed = inputs, slopes, rests, by_values, by_sums
        return outputs, gradient

    @staticmethod
    @once_differentiable
    def backward(
        ctx, by_outputs: Tensor | None, by_gradient: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        inputs, slopes, rests, by_values, by_sums = ctx.passed
        layers, curvature = ctx.layers, ctx.activation.curvature
        n_hidden, to_x = len(slopes), ctx.needs_input_grad[0]
        gradients = Layers.of([torch.zeros_like(layer) for layer in layers.in_a_row()])
        bends: list[Tensor | None] = [None] * n_hidden  # what the tangents ask of the sums
        if by_gradient is not None:
            tangent = by_gradient
            for i, weight in enumerate(layers.weights):
                gradients.weights[i].baddbmm_(tangent.mT, by_sums[i])
                tangent = product(tangent, weight)
                if curvature:
                    bends[i] = curvature(slopes[i], rests[i]).mul_(by_values[i]).mul_(tangent)
                tangent.mul_(slopes[i])
            gradients.readout.add_(tangent.sum(1, keepdim=True))
        by_x = None
        if by_outputs is not None:
            gradients.readout.add_(product(by_outputs.mT, inputs[-1]))
            gradients.offset.add_(by_outputs.sum(1, keepdim=True))
            by_x = product(by_outputs, layers.readout)
        for i in reversed(range(n_hidden)):
            if by_x is not None:
                by_x.mul_(slopes[i])
                by_x = by_x.add_(bends[i]) if bends[i] is not None else by_x
            else:
                by_x = bends[i]
            if by_x is None:
                break  # a piecewise linear network, whose gradient alone was used
            gradients.weights[i].baddbmm_(inputs[i].mT, by_x)
            gradients.biases[i].add_(by_x.sum(1, keepdim=True))
            by_x = product(by_x, layers.weights[i].mT) if i or to_x else None
        return by_x, None, *gradients.in_a_row()


class Divergence(torch.autograd.Function):
    """Outputs [K, B, D] at x [K, B, in], and sum_i d out_i / d tangent_i, [K, B].

    Forward mode by hand: the tangents [K, D, B, in], of which each output has its own, go through
    the layers with the values, at D + 1 times the cost of the outputs.
    """

    @staticmethod
    def forward(
        ctx, x: Tensor, tangents: Tensor, activation: Activation, *layers: Tensor
    ) -> tuple[Tensor, Tensor]:
        layers, passed = Layers.of(layers), []
        n_members, n_tangents, n_points = tangents.shape[:3]
        for weight, bias in zip(layers.weights, layers.biases, strict=True):
            value, rest = activation.pair(product(x, weight, bias))
            slope = activation.slope(value, rest)
            moved = product(tangents.flatten(1, 2), weight)
            moved = moved.view(n_members, n_tangents, n_points, -1)
            passed.append((x, tangents, slope, rest, moved))
            x, tangents = value, moved * slope.unsqueeze(1)
        outputs = product(x, layers.readout.mT, layers.offset)
        divergence = product(tangents.flatten(0, 1), layers.readout.flatten(0, 1).unsqueeze(-1))
        ctx.activation, ctx.layers, ctx.passed = activation, layers, passed
        ctx.last = x, tangents
        return outputs, divergence.view(n_members, n_tangents, n_points).sum(1)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_outputs: Tensor, by_divergence: Tensor) -> tuple[Tensor | None, ...]:
        layers, curvature, (x, tangents) = ctx.layers, ctx.activation.curvature, ctx.last
        n_hidden, (n_tangents, n_points) = len(ctx.passed), tangents.shape[1:3]
        by_weights, by_biases = [], []
        by_tangents = by_divergence[:, None, :, None] * layers.readout.unsqueeze(2)
        weights = by_divergence.unsqueeze(1).expand(-1, n_tangents, -1)
        of_tangents = product(weights.reshape(-1, 1, n_points), tangents.flatten(0, 1))
        of_tangents = of_tangents.view_as(layers.readout)
        by_readout = product(by_outputs.mT, x).add_(of_tangents)
        by_offset = by_outputs.sum(1, keepdim=True)
        by_x = product(by_outputs, layers.readout)
        for i in reversed(range(n_hidden)):
            x, tangents, slope, rest, moved = ctx.passed[i]
            by_x.mul_(slope)
            if curvature:
                bend = by_tangents[:, 0] * moved[:, 0]
                for j in range(1, n_tangents):
                    bend.addcmul_(by_tangents[:, j], moved[:, j])
                by_x.addcmul_(bend, curvature(slope, rest))
            by_moved = by_tangents.mul_(slope.unsqueeze(1)).flatten(1, 2)
            by_weight = product(x.mT, by_x).baddbmm_(tangents.flatten(1, 2).mT, by_moved)
            by_weights.insert(0, by_weight)
            by_biases.insert(0, by_x.sum(1, keepdim=True))
            if i or any(ctx.needs_input_grad[:2]):
                by_x = product(by_x, layers.weights[i].mT)
                by_tangents = product(by_moved, layers.weights[i].mT).view_as(tangents)
        gradients = Layers(by_readout, by_offset, by_weights, by_biases)
        return by_x, by_tangents, None, *gradients.in_a_row()


def by_angles(by_sin: Tensor, by_cos: Tensor, sin: Tensor, cos: Tensor) -> Tensor:
    """The gradient by angles, from those by their sines and cosines."""
    return by_sin * cos - by_cos * sin


class Features(torch.autograd.Function):
    """The sines and the cosines, each [K, N, n], of x B for points x [K, N, D] and B [K, D, n]."""

    @staticmethod
    def forward(ctx, x: Tensor, frequencies: Tensor) -> tuple[Tensor, Tensor]:
        angles = torch.bmm(x, frequencies)
        if angles.is_cpu:  # by numpy, which takes a third of the time that torch does
            sin, cos = (torch.from_numpy(f(angles.numpy())) for f in (np.sin, np.cos))
        else:
            sin, cos = angles.sin(), angles.cos()
        ctx.save_for_backward(sin, cos, frequencies)
        return sin, cos

    @staticmethod
    @once_differentiable
    def backward(ctx, by_sin: Tensor, by_cos: Tensor) -> tuple[Tensor, None]:
        sin, cos, frequencies = ctx.saved_tensors
        return torch.bmm(by_angles(by_sin, by_cos, sin, cos), frequencies.mT), None


class Standardisation(nn.Module):
    """Moves each member's training points to mean 0 and variance 1 in each dimension.

    Args:
        x_train: training points [K, n, 2].
    """

    def __init__(self, x_train: Tensor):
        super().__init__()
        self.register_buffer("mean", x_train.mean(1, keepdim=True))  # [K, 1, 2]
        # A coordinate that is constant but for rounding is not blown up.
        rounding = torch.finfo(x_train.dtype).eps * x_train.abs().amax(1, keepdim=True)
        sd = x_train.std(1, keepdim=True).maximum(rounding).clamp(min=TINY)
        self.register_buffer("sd", sd)  # [K, 1, 2]

    def forward(self, x: Tensor) -> Tensor:
        """Points [K, N, 2] in standard units."""
        return (x - self.mean) / self.sd

    def inverse(self, u: Tensor) -> Tensor:
        """Points [K, N, 2] in the units of the data."""
        return u * self.sd + self.mean

    def noised(self, signal: float, noise_level: float) -> tuple[float, Tensor, Tensor]:
        """a, b and s: signal u + noise_level eps is a x + b + s eps in the units of the data."""
        return signal, (1 - signal) * self.mean, noise_level * self.sd

    def level(self, noise_level: float) -> Tensor:
        """The level [K, 1, 1] in standard units whose noise has the area of one in the data's."""
        return noise_level / self.sd.log().mean(-1, keepdim=True).exp()

    def log_det(self) -> Tensor:
        """log |du/dx|, [K, 1]: what a log-density in standard units gains in those of the data."""
        return -self.sd.log().sum(-1)


class EnsembleMLP(nn.Module):
    """K multilayer perceptrons with stacked parameters.

    Members share nothing: each output, and each gradient of a sum over members, is a member's own.
    Weights and biases start uniform in +-1/sqrt(in), the default of `torch.nn.Linear`.

    Args:
        sizes: units of the input, of every hidden layer and of the output.
        activation: a key of `ACTIVATIONS`.
        noise: the streams of the K members, for the initial parameters.
    """

    def __init__(self, sizes: Sequence[int], activation: str, noise: Noise):
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        *hidden, last = pairwise(sizes)

        def start(fan_in: int, *shape: int) -> nn.Parameter:
            return nn.Parameter((2 * noise.uniform(*shape) - 1) / math.sqrt(fan_in))

        self.weights = nn.ParameterList([start(i, i, o) for i, o in hidden])
        self.biases = nn.ParameterList([start(i, 1, o) for i, o in hidden])
        self.readout = start(last[0], last[1], last[0])
        self.offset = start(last[0], 1, last[1])
        # The same once more, since a ParameterList takes its time.
        self.layers = Layers(self.readout, self.offset, [*self.weights], [*self.biases])
        self.in_a_row = self.layers.in_a_row()

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [K, B, out] at inputs [K, B, in]."""
        if torch.is_grad_enabled():
            return Outputs.apply(x, self.activation, *self.in_a_row)
        for weight, bias in zip(self.layers.weights, self.layers.biases, strict=True):
            x = self.activation.value_(product(x, weight, bias))
        return product(x, self.readout.mT, self.offset)

    @torch.no_grad()
    def regression(
        self, x: Tensor, y: Tensor, weight: Tensor | float
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Mean over B points of weight |output - y|^2, [K]; the parameters' gradients, in a row.

        By hand, since autograd makes a small network's step a third longer.
        """
        outputs, inputs, rests = forwards(self.activation, x, self.layers)
        error = outputs.sub_(y)
        weighted = error * (weight / x.shape[1])
        losses = (error * weighted).sum((1, 2))
        _, gradients = backwards(
            self.activation, inputs, rests, self.layers, weighted.mul_(2), to_x=False
        )
        return losses, gradients

    def with_divergence(self, x: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, D] at inputs [K, B, in], and sum_i d out_i / d tangent_i, [K, B].

        The tangents are [K, D, B, in].
        """
        return Divergence.apply(x, tangents, self.activation, *self.in_a_row)

    def with_input_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """A scalar network's outputs [K, B] at inputs [K, B, in], and their gradients [K, B, in].

        Both can be differentiated in turn.
        """
        if torch.is_grad_enabled():
            outputs, gradient = InputGradient.apply(x, self.activation, *self.in_a_row)
        else:
            outputs, gradient = self.field()(x)
        return outputs.squeeze(-1), gradient

    def field(self, factor: float = 1.0) -> Field:
        """The same for many x, faster; see `Field`."""
        return Field(self.activation, self.layers, factor)


class PointNetwork(nn.Module):
    """An `EnsembleMLP` of points x and of conditions c, such as times: f(x, c, sin(x B), cos(x B)).

    The frequencies B, drawn once a member from N(0, s^2) and not trained, let small networks draw
    sharp edges, which they learn slowly from x alone. Conditions are tensors that broadcast to
    [K, N, n].

    Args:
        knobs: its frequencies are in radians per unit of x.
        noise: the streams of the K members.
        n_inputs: dimension D of the points.
        n_conditions: length of all conditions together.
        n_outputs: dimension of the outputs.

    Source: Tancik et al., Fourier features let networks learn high frequency functions in low
    dimensional domains, NeurIPS 2020, section 6.1 (Gaussian).
    """

    def __init__(
        self,
        knobs: Network,
        noise: Noise,
        *,
        n_inputs: int = 2,
        n_conditions: int = 0,
        n_outputs: int,
    ):
        super().__init__()
        n_features = knobs.fourier_features
        if n_features:
            frequencies = knobs.fourier_sd * noise.normal(n_inputs, n_features)
            self.register_buffer("frequencies", frequencies)  # B, [K, D, n_features]
        else:
            self.frequencies = None
        sizes = [n_inputs + n_conditions + 2 * n_features, *knobs.hidden, n_outputs]
        self.mlp = EnsembleMLP(sizes, knobs.activation, noise)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """Outputs [K, N, n_outputs] at points [K, N, D]."""
        return self.mlp(self._inputs(x, conditions))

    def regression(
        self, x: Tensor, *conditions: Tensor, y: Tensor, weight: Tensor | float
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The mean squared errors [K], and the gradients of their sum by the parameters, in a row.

        Args:
            x, conditions: as in `forward`.
            y: what the outputs should be, [K, N, n_outputs].
            weight: of the squares; broadcasts to that.
        """
        return self.mlp.regression(self._inputs(x, conditions), y, weight)

    def _inputs(self, x: Tensor, conditions: Sequence[Tensor]) -> Tensor:
        parts = [x, *(condition.expand(*x.shape[:-1], -1) for condition in conditions)]
        if self.frequencies is not None:
            parts += Features.apply(x, self.frequencies)
        return torch.cat(parts, dim=-1) if len(parts) > 1 else x

    def with_divergence(self, x: Tensor, *conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, N, D] at points [K, N, D]; the divergence sum_i d out_i / d x_i, [K, N]."""
        inputs = self._inputs(x, conditions)
        n_members, n_points, n_dimensions = x.shape
        tangents = inputs.new_zeros(n_members, n_dimensions, n_points, inputs.shape[-1])
        tangents[..., :n_dimensions] = torch.eye(n_dimensions).unsqueeze(1)
        if self.frequencies is not None:
            n = self.frequencies.shape[-1]
            sin, cos = inputs[..., None, :, -2 * n : -n], inputs[..., None, :, -n:]
            slopes = self.frequencies.unsqueeze(2)  # [K, D, 1, n]
            tangents[..., -2 * n : -n], tangents[..., -n:] = cos * slopes, -sin * slopes
        return self.mlp.with_divergence(inputs, tangents)

    def with_input_gradient(self, x: Tensor, *conditions: Tensor) -> tuple[Tensor, Tensor]:
        """A scalar network's outputs [K, N] at points [K, N, D], and their gradients [K, N, D]."""
        inputs = self._inputs(x, conditions)
        outputs, gradient = self.mlp.with_input_gradient(inputs)
        return outputs, self._by_point(inputs, gradient, x.shape[-1])

    def field(self) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
        """x -> these outputs and gradients, for the parameters as they are now; not conditional.

        Faster where they are asked often. What it gives is not to be differentiated.
        """
        field = self.mlp.field()

        def of_points(x: Tensor) -> tuple[Tensor, Tensor]:
            inputs = self._inputs(x, ())
            outputs, gradient = field(inputs)
            return outputs.squeeze(-1), self._by_point(inputs, gradient, x.shape[-1])

        return of_points

    def gradient_field(self, factor: float) -> Callable[[Tensor], Tensor]:
        """x -> `factor` times those gradients alone."""
        gradients = self.mlp.field(factor).gradients

        def of_points(x: Tensor) -> Tensor:
            inputs = self._inputs(x, ())
            return self._by_point(inputs, gradients(inputs), x.shape[-1])

        return of_points

    def _by_point(self, inputs: Tensor, gradient: Tensor, n_dimensions: int) -> Tensor:
        """The gradient by the points, [K, N, D], from that by all inputs of the `EnsembleMLP`."""
        by_point = gradient[..., :n_dimensions]
        if self.frequencies is None:
            return by_point
        n = self.frequencies.shape[-1]
        sin, cos = inputs[..., -2 * n : -n], inputs[..., -n:]
        by_sin, by_cos = gradient[..., -2 * n : -n], gradient[..., -n:]
        return torch.baddbmm(by_point, by_angles(by_sin, by_cos, sin, cos), self.frequencies.mT)
