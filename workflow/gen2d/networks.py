"""Networks that hold K independent members and run them side by side in batched products."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gen2d.noise import Noise

aten = torch.ops.aten
# name -> (activation, its backward: out = grad activation'(x), its slope activation'(x))
ACTIVATIONS = {
    "relu": (
        torch.relu,
        lambda grad, x, out: aten.threshold_backward.grad_input(grad, x, 0.0, grad_input=out),
        lambda x: (x > 0).to(x.dtype),
    ),
    "silu": (
        nn.functional.silu,
        lambda grad, x, out: aten.silu_backward.grad_input(grad, x, grad_input=out),
        lambda x: x.sigmoid() * (1 + x * (1 - x.sigmoid())),
    ),
}


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
        self.activation, self.activation_backward, self.activation_slope = functions
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
        layers = [*self.biases, *self.weights, self.offset, self.readout]
        if detached:
            layers = [parameter.detach() for parameter in layers]
        *hidden, offset, readout = layers
        biases, weights = hidden[: len(self.biases)], hidden[len(self.biases) :]
        for bias, weight in zip(biases, weights, strict=True):
            x = self.activation(torch.baddbmm(bias, x, weight))
        return torch.baddbmm(offset, x, readout.mT)

    def with_divergence(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, D] at inputs [K, B, D], and the divergence sum_i d out_i / d x_i, [K, B].

        Forward mode by hand: a tangent for each input goes through the layers with the values, all
        as one batch, at D + 1 times the cost of the outputs.
        """
        n_points, n_tangents = x.shape[1], x.shape[2]
        tangents = torch.eye(n_tangents, dtype=x.dtype).repeat_interleave(n_points, 0)  # [D B, D]
        tangents = tangents.expand(len(x), -1, -1)
        for bias, weight in zip(self.biases, self.weights, strict=True):
            inputs = torch.baddbmm(bias, x, weight)
            x, slope = self.activation(inputs), self.activation_slope(inputs)
            tangents = torch.bmm(tangents, weight) * slope.repeat(1, n_tangents, 1)
        outputs = torch.baddbmm(self.offset, x, self.readout.mT)
        own = self.readout.repeat_interleave(n_points, 1)  # [K, D B, hidden]: row i for tangent i
        diagonal = (tangents * own).sum(-1).view(-1, n_tangents, n_points)
        return outputs, diagonal.sum(1)

    @torch.no_grad()
    def input_gradient(self, x: Tensor) -> Tensor:
        """Gradient [K, B, in] of a scalar network's output with respect to its input [K, B, in].

        By hand, since autograd would pay for a graph that Langevin steps never need.
        """
        inputs = []  # of each activation, [K, B, hidden]
        for bias, weight in zip(self.biases, self.weights, strict=True):
            x = self.activation(inputs[-1]) if inputs else x
            inputs.append(torch.baddbmm(bias, x, weight))
        gradient = self.readout.expand(-1, x.shape[1], -1)  # [K, B, hidden]
        for hidden, weight in zip(reversed(inputs), reversed(self.weights), strict=True):
            gradient = self.activation_backward(gradient, hidden, out=hidden)
            gradient = torch.bmm(gradient, weight.mT)
        return gradient
