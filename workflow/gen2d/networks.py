"""Networks that hold K independent members and run them side by side in batched products."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gen2d.noise import Noise

# name -> (activation, gradient with respect to its input given that to its output and the input)
ACTIVATIONS = {
    "relu": (torch.relu, lambda grad, x: torch.ops.aten.threshold_backward(grad, x, 0.0)),
    "silu": (nn.functional.silu, torch.ops.aten.silu_backward),
}


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
        self.activation, self.activation_backward = ACTIVATIONS[activation]
        *hidden, last = pairwise(sizes)

        def start(fan_in: int, *shape: int) -> nn.Parameter:
            return nn.Parameter((2 * noise.uniform(*shape) - 1) / math.sqrt(fan_in))

        self.weights = nn.ParameterList([start(i, i, o) for i, o in hidden])  # [K, in, out]
        self.biases = nn.ParameterList([start(i, 1, o) for i, o in hidden])  # [K, 1, out]
        # [K, out, in]: a product with few columns is several times faster on this layout.
        self.readout = start(last[0], last[1], last[0])
        self.offset = start(last[0], 1, last[1])  # [K, 1, out]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [K, B, out] at inputs [K, B, in]."""
        for bias, weight in zip(self.biases, self.weights, strict=True):
            x = self.activation(torch.baddbmm(bias, x, weight))
        return torch.baddbmm(self.offset, x, self.readout.mT)

    @torch.no_grad()
    def input_gradient(self, x: Tensor) -> Tensor:
        """Gradient [K, B, in] of a scalar network's output with respect to its input [K, B, in].

        By hand, since autograd would pay for a graph that Langevin steps never need.
        """
        inputs = []  # of each activation, [K, B, hidden]
        for bias, weight in zip(self.biases, self.weights, strict=True):
            inputs.append(torch.baddbmm(bias, x, weight))
            x = self.activation(inputs[-1])
        gradient = self.readout.expand(-1, x.shape[1], -1)  # [K, B, hidden]
        for hidden, weight in zip(reversed(inputs), reversed(self.weights), strict=True):
            gradient = torch.bmm(self.activation_backward(gradient, hidden), weight.mT)
        return gradient
