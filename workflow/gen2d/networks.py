"""Networks that hold K independent members and run them side by side in batched products."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gen2d.noise import Noise

# name -> (activation, gradient with respect to its input given that to its output)
ACTIVATIONS = {
    "relu": (torch.relu, lambda grad, x: torch.ops.aten.threshold_backward(grad, x, 0.0)),
    "silu": (nn.functional.silu, torch.ops.aten.silu_backward),
}


class EnsembleMLP(nn.Module):
    """K multilayer perceptrons with stacked parameters [K, in, out].

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
        layers = list(zip(sizes[:-1], sizes[1:], strict=True))

        def start(fan_in: int, *shape: int) -> nn.Parameter:
            return nn.Parameter((2 * noise.uniform(*shape) - 1) / math.sqrt(fan_in))

        self.weights = nn.ParameterList([start(i, i, o) for i, o in layers])  # [K, in, out]
        self.biases = nn.ParameterList([start(i, 1, o) for i, o in layers])  # [K, 1, out]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [K, B, out] at inputs [K, B, in]."""
        *hidden, last = zip(self.biases, self.weights, strict=True)
        for bias, weight in hidden:
            x = self.activation(torch.baddbmm(bias, x, weight))
        bias, weight = last
        return torch.baddbmm(bias, x, weight)

    @torch.no_grad()
    def input_gradient(self, x: Tensor) -> Tensor:
        """Gradient [K, B, in] of a scalar network's output with respect to its input [K, B, in].

        By hand, since autograd would pay for a graph that Langevin steps never need.
        """
        inputs = []  # of each activation, [K, B, hidden]
        for bias, weight in zip(self.biases[:-1], self.weights[:-1], strict=True):
            inputs.append(torch.baddbmm(bias, x, weight))
            x = self.activation(inputs[-1])
        gradient = self.weights[-1].transpose(1, 2).expand(-1, x.shape[1], -1)
        for hidden, weight in zip(reversed(inputs), reversed(self.weights[:-1]), strict=True):
            gradient = self.activation_backward(gradient, hidden)
            gradient = torch.bmm(gradient, weight.transpose(1, 2))
        return gradient
