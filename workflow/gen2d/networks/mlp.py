"""The multilayer perceptrons of all K members, as one module."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gen2d.networks.activations import ACTIVATIONS
from gen2d.networks.arithmetic import product
from gen2d.networks.derivatives import Divergence, FrozenGradient, InputGradient, Outputs
from gen2d.networks.layers import Layers, backwards, forwards
from gen2d.randomness.noise import Noise


class EnsembleMLP(nn.Module):
    """K multilayer perceptrons with stacked parameters.

    Members share nothing: the gradient of a sum over members is each member's own gradient.
    Weights and biases start uniform in +-1/sqrt(in), the default of `torch.nn.Linear`.

    Args:
        sizes: number of units of the input, each hidden layer and the output.
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
        # The same parameters in plain lists, since indexing a ParameterList is slow.
        self.layers = Layers(self.readout, self.offset, [*self.weights], [*self.biases])
        self.flat = self.layers.flat()

    def forward(self, x: Tensor) -> Tensor:
        """Outputs [K, B, out] at inputs [K, B, in]."""
        if torch.is_grad_enabled():
            return Outputs.apply(x, self.activation, *self.flat)
        for weight, bias in zip(self.layers.weights, self.layers.biases, strict=True):
            x = self.activation.value_(product(x, weight, bias))
        return product(x, self.readout.mT, self.offset)

    @torch.no_grad()
    def regression(
        self, x: Tensor, y: Tensor, weight: Tensor | float, out: Sequence[Tensor]
    ) -> Tensor:
        """Mean over B points of weight |output - y|^2, [K]; the parameters' gradients go to `out`.

        by_outputs = 2 weight (outputs - y) / B, then `backwards`. Derived by hand, since autograd
        makes a small network's step a third longer.
        """
        outputs, inputs, rests = forwards(self.activation, x, self.layers)
        error = torch.sub(outputs, y, out=y.new_empty(y.shape))  # contiguous; outputs may not be
        weighted = error * (weight / x.shape[1])
        losses = (error * weighted).sum((1, 2))
        by_outputs, by_layers = weighted.mul_(2), Layers.of(out)
        backwards(self.activation, inputs, rests, self.layers, by_outputs, by_layers, to_x=False)
        return losses

    def with_divergence(self, x: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, D] at inputs [K, B, in], and sum_i d out_i / d tangent_i, [K, B].

        The tangents are [K, D, B, in].
        """
        return Divergence.apply(x, tangents, self.activation, *self.flat)

    def with_input_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """A scalar network's outputs [K, B] at inputs [K, B, in], and their gradients [K, B, in].

        Both are differentiable.
        """
        if torch.is_grad_enabled():
            outputs, gradient = InputGradient.apply(x, self.activation, *self.flat)
        else:
            outputs, gradient = self.field()(x)
        return outputs.squeeze(-1), gradient

    def field(self, factor: float = 1.0) -> FrozenGradient:
        """x -> outputs [K, B, 1] and `factor` times their gradients, at the current parameters.

        Faster than `with_input_gradient` over many calls; not differentiable.
        """
        return FrozenGradient(self.activation, self.layers, factor)
