"""Networks that hold K independent members and run them side by side in batched products."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gen2d.arithmetic import product
from gen2d.noise import Noise

aten = torch.ops.aten


class SiLUWithSlope(torch.autograd.Function):
    """silu(x) and silu'(x), with derivatives in few passes over the data."""

    @staticmethod
    def forward(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        sigmoid = x.sigmoid()
        value = x * sigmoid
        slope = torch.lerp(value, torch.ones_like(value), sigmoid)  # sigmoid + value (1 - sigmoid)
        return value, slope, sigmoid

    @staticmethod
    def setup_context(ctx, inputs: tuple[Tensor], outputs: tuple[Tensor, Tensor, Tensor]) -> None:
        value, slope, sigmoid = outputs
        ctx.mark_non_differentiable(sigmoid)
        ctx.save_for_backward(*inputs, value, slope, sigmoid)
        ctx.save_for_forward(*inputs, value, slope, sigmoid)

    @staticmethod
    def curvature(x: Tensor, value: Tensor, sigmoid: Tensor) -> Tensor:
        """silu''(x) = sigmoid (1 - sigmoid) (2 + x - 2 silu(x))."""
        curvature = torch.add(x + 2, value, alpha=-2)
        return curvature.mul_(torch.addcmul(sigmoid, sigmoid, sigmoid, value=-1))

    @staticmethod
    def backward(ctx, by_value: Tensor, by_slope: Tensor, _: Tensor) -> Tensor:
        x, value, slope, sigmoid = ctx.saved_tensors
        curvature = SiLUWithSlope.curvature(x, value, sigmoid)
        return curvature.mul_(by_slope).addcmul_(by_value, slope)

    @staticmethod
    def jvp(ctx, tangent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, value, slope, sigmoid = ctx.saved_tensors
        curvature = SiLUWithSlope.curvature(x, value, sigmoid)
        return tangent * slope, tangent * curvature, None


def relu_with_slope(x: Tensor) -> tuple[Tensor, Tensor]:
    value = torch.relu(x)
    return value, value.detach().sign()


# name -> (activation, its backward: out = grad activation'(x), the activation and its slope at x)
ACTIVATIONS = {
    "relu": (
        torch.relu,
        lambda grad, x, out: aten.threshold_backward.grad_input(grad, x, 0.0, grad_input=out),
        relu_with_slope,
    ),
    "silu": (
        nn.functional.silu,
        lambda grad, x, out: aten.silu_backward.grad_input(grad, x, grad_input=out),
        lambda x: SiLUWithSlope.apply(x)[:2],
    ),
}


class Perceptron(torch.autograd.Function):
    """The layers of `EnsembleMLP`, forwards and backwards by hand: no graph to walk, few buffers.

    Args:
        x: inputs [K, B, in].
        activation: of `ACTIVATIONS`, and its backward.
        layers: weights [K, in, out] of the hidden layers, their biases [K, 1, out], the readout
            [K, out, in] and the offset [K, 1, out].
    """

    @staticmethod
    def forward(
        ctx, x: Tensor, activation: Callable, backward: Callable, *layers: Tensor
    ) -> Tensor:
        n_hidden = len(layers) // 2 - 1
        weights, biases = layers[:n_hidden], layers[n_hidden:-2]
        readout, offset = layers[-2:]
        inputs, sums = [x], []  # of the layers, and of their activations
        for weight, bias in zip(weights, biases, strict=True):
            sums.append(product(inputs[-1], weight, bias))
            inputs.append(activation(sums[-1]))
        if any(ctx.needs_input_grad):
            ctx.activation_backward = backward
            ctx.save_for_backward(*inputs, *sums, *weights, readout)
        return product(inputs[-1], readout.mT, offset)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_output: Tensor) -> tuple[Tensor | None, ...]:
        n_hidden = (len(ctx.saved_tensors) - 2) // 3
        saved = ctx.saved_tensors
        inputs, sums = saved[: n_hidden + 1], saved[n_hidden + 1 : -n_hidden - 1]
        *weights, readout = saved[-n_hidden - 1 :]
        to_points, to_layers = ctx.needs_input_grad[0], ctx.needs_input_grad[-1]
        gradients = [None] * (2 * n_hidden + 2)
        if to_layers:
            gradients[-2] = product(by_output.mT, inputs[-1])
            gradients[-1] = by_output.sum(1, keepdim=True)
        gradient = product(by_output, readout)
        for i in reversed(range(n_hidden)):
            gradient = ctx.activation_backward(gradient, sums[i], out=gradient)
            if to_layers:
                gradients[i] = product(inputs[i].mT, gradient)
                gradients[n_hidden + i] = gradient.sum(1, keepdim=True)
            gradient = product(gradient, weights[i].mT) if i or to_points else None
        return gradient, None, None, *gradients


class Standardisation(nn.Module):
    """Moves each member's training points to mean 0 and variance 1 in each dimension.

    Args:
        x_train: training points [K, n, 2].
    """

    def __init__(self, x_train: Tensor):
        super().__init__()
        self.register_buffer("mean", x_train.mean(1, keepdim=True))  # [K, 1, 2]
        self.register_buffer("sd", x_train.std(1, keepdim=True).clamp(min=1e-6))

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
        functions = ACTIVATIONS[activation]
        self.activation, self.activation_backward, self.activation_with_slope = functions
        *hidden, last = pairwise(sizes)

        def start(fan_in: int, *shape: int) -> nn.Parameter:
            return nn.Parameter((2 * noise.uniform(*shape) - 1) / math.sqrt(fan_in))

        self.weights = nn.ParameterList([start(i, i, o) for i, o in hidden])  # [K, in, out]
        self.biases = nn.ParameterList([start(i, 1, o) for i, o in hidden])  # [K, 1, out]
        # [K, out, in]: a product with few columns is several times faster on this layout.
        self.readout = start(last[0], last[1], last[0])
        self.offset = start(last[0], 1, last[1])  # [K, 1, out]

    def forward(self, x: Tensor, *, detached: bool = False) -> Tensor:
        """Outputs [K, B, out] at inputs [K, B, in]; detached, gradients reach the inputs alone."""
        layers = [*self.weights, *self.biases, self.readout, self.offset]
        if detached:
            layers = [parameter.detach() for parameter in layers]
        return Perceptron.apply(x, self.activation, self.activation_backward, *layers)

    def with_divergence(self, x: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, D] at inputs [K, B, in], and sum_i d out_i / d tangent_i, [K, B].

        Forward mode by hand: D tangents [K, D B, in], those of the first output before those of the
        second, go through the layers with the values, at D + 1 times the cost of the outputs.
        """
        n_members, n_points = x.shape[:2]
        for bias, weight in zip(self.biases, self.weights, strict=True):
            x, slope = self.activation_with_slope(torch.baddbmm(bias, x, weight))
            tangents = torch.bmm(tangents, weight).view(n_members, -1, *slope.shape[1:])
            tangents = (tangents * slope.unsqueeze(1)).flatten(1, 2)
        outputs = torch.baddbmm(self.offset, x, self.readout.mT)
        tangents = tangents.view(n_members, -1, n_points, tangents.shape[-1])  # [K, D, B, hidden]
        return outputs, (tangents * self.readout.unsqueeze(2)).sum((1, 3))

    def with_input_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """A scalar network's outputs [K, B] at inputs [K, B, in], and their gradients [K, B, in].

        Both can be differentiated in turn by the parameters.
        """
        slopes = []
        for bias, weight in zip(self.biases, self.weights, strict=True):
            x, slope = self.activation_with_slope(torch.baddbmm(bias, x, weight))
            slopes.append(slope)
        outputs = torch.baddbmm(self.offset, x, self.readout.mT).squeeze(-1)
        gradient = self.readout
        for slope, weight in zip(reversed(slopes), reversed(self.weights), strict=True):
            gradient = torch.bmm(gradient * slope, weight.mT)
        return outputs, gradient

    @torch.no_grad()
    def input_gradient(self, x: Tensor) -> Tensor:
        """Gradient [K, B, in] of a scalar network's output with respect to its input [K, B, in].

        By hand, since autograd would pay for a graph that Langevin steps never need.
        """
        sums = []  # of each activation, [K, B, hidden]
        for bias, weight in zip(self.biases, self.weights, strict=True):
            x = self.activation(sums[-1]) if sums else x
            sums.append(product(x, weight, bias))
        gradient = self.readout.expand(-1, x.shape[1], -1)  # [K, B, hidden]
        for hidden, weight in zip(reversed(sums), reversed(self.weights), strict=True):
            gradient = self.activation_backward(gradient, hidden, out=hidden)
            gradient = product(gradient, weight.mT)
        return gradient


class PointNetwork(nn.Module):
    """An `EnsembleMLP` of points x and of conditions c, such as times: f(x, c, sin(x B), cos(x B)).

    The frequencies B, drawn once a member from N(0, s^2) and not trained, let small networks draw
    sharp edges, which they learn slowly from x alone. Conditions are tensors that broadcast to
    [K, N, n].

    Args:
        knobs: `gen2d.config.Network`; its frequencies are in radians per unit of x.
        noise: the streams of the K members.
        n_inputs: dimension D of the points.
        n_conditions: length of all conditions together.
        n_outputs: dimension of the outputs.

    Source: Tancik et al., Fourier features let networks learn high frequency functions in low
    dimensional domains, NeurIPS 2020, section 6.1 (Gaussian).
    """

    def __init__(
        self,
        knobs: SimpleNamespace,
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

    def forward(self, x: Tensor, *conditions: Tensor, detached: bool = False) -> Tensor:
        """Outputs [K, N, n_outputs] at points [K, N, D]; detached as in `EnsembleMLP`."""
        return self.mlp(self._inputs(x, conditions), detached=detached)

    def _inputs(self, x: Tensor, conditions: Sequence[Tensor]) -> Tensor:
        parts = [x, *(condition.expand(*x.shape[:-1], -1) for condition in conditions)]
        if self.frequencies is not None:
            angles = torch.bmm(x, self.frequencies)
            parts += [angles.sin(), angles.cos()]
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
        return self.mlp.with_divergence(inputs, tangents.flatten(1, 2))

    def with_input_gradient(self, x: Tensor, *conditions: Tensor) -> tuple[Tensor, Tensor]:
        """A scalar network's outputs [K, N] at points [K, N, D], and their gradients [K, N, D]."""
        inputs = self._inputs(x, conditions)
        outputs, gradient = self.mlp.with_input_gradient(inputs)
        return outputs, self._by_point(inputs, gradient, x.shape[-1])

    def input_gradient(self, x: Tensor) -> Tensor:
        """Those gradients alone, [K, N, D], and not to be differentiated: faster."""
        inputs = self._inputs(x, ())
        return self._by_point(inputs, self.mlp.input_gradient(inputs), x.shape[-1])

    def _by_point(self, inputs: Tensor, gradient: Tensor, n_dimensions: int) -> Tensor:
        """The gradient by the points, [K, N, D], from that by all inputs of the `EnsembleMLP`."""
        by_point = gradient[..., :n_dimensions]
        if self.frequencies is None:
            return by_point
        n = self.frequencies.shape[-1]
        sin, cos = inputs[..., -2 * n : -n], inputs[..., -n:]
        by_angle = gradient[..., -2 * n : -n] * cos - gradient[..., -n:] * sin
        return torch.baddbmm(by_point, by_angle, self.frequencies.mT)
