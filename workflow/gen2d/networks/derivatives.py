"""Outputs, input gradients and divergences of K networks, with hand-derived backward passes.

Equations have the names of the code: `by_z` is the loss's gradient by z, `x^T` transposes the last
two axes, products between equal shapes are elementwise, and layers count from 0 to n - 1.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gen2d.networks.activations import Activation
from gen2d.networks.arithmetic import loose_product, product
from gen2d.networks.layers import Layers, backwards, forwards


class Outputs(torch.autograd.Function):
    """Outputs [K, B, out] at inputs x [K, B, in]; equations in `gen2d.networks.layers`.

    Like the functions below it uses few buffers, and builds no graph within the network.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Activation, *layers: Tensor) -> Tensor:
        ctx.activation, ctx.layers = activation, Layers.of(layers)
        outputs, *ctx.passed = forwards(activation, x, ctx.layers)
        return outputs.contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_outputs: Tensor) -> tuple[Tensor | None, ...]:
        inputs, rests = ctx.passed
        # `backwards` overwrites them, and this pass may run again.
        rests = [None if rest is None else rest.clone() for rest in rests]
        by_layers, to_x = ctx.layers.empty_like(), ctx.needs_input_grad[0]
        by_x = backwards(
            ctx.activation, inputs, rests, ctx.layers, by_outputs, by_layers, to_x=to_x
        )
        return by_x, None, *by_layers.flat()


class FrozenGradient:
    """A scalar network's outputs and gradients by its input, at the current parameters.

    With z = inputs last + last_bias of the last hidden layer, and pre-activations z_i below it,

        gradient = f'(z) last_back,    last_back = factor (readout * last)^T, computed once,
        gradient <- (gradient f'(z_i)) weights[i]^T    downwards.

    The results cannot be differentiated.

    Args:
        factor: multiplies the gradients.
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
        """Gradients [K, B, in] at x [K, B, in], with any strides (`loose_product`).

        Skips the last hidden layer's values, since only its slopes enter.
        """
        x, pairs = self._up_to_last(x)
        return self._back(self.activation.slope_(product(x, self.last), self.threshold), pairs)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [K, B, 1] and gradients [K, B, in] at x [K, B, in]."""
        x, pairs = self._up_to_last(x)
        pair = self.activation.pair(product(x, self.last, self.last_bias))
        outputs = product(pair[0], self.readout, self.offset)
        return outputs, self._back(self.activation.slope(*pair), pairs).contiguous()

    def _up_to_last(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor | None]]]:
        pairs = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            pairs.append(self.activation.pair(product(x, weight, bias)))
            x = pairs[-1][0]
        return x, pairs

    def _back(self, slope: Tensor, pairs: list[tuple[Tensor, Tensor | None]]) -> Tensor:
        gradient = product(slope, self.last_back)
        for pair, weight in zip(reversed(pairs), self.backs, strict=True):
            gradient = loose_product(self.activation.backward_(gradient, *pair), weight)
        return gradient


class InputGradient(torch.autograd.Function):
    """A scalar network's outputs [K, B, 1] at x [K, B, in], and their gradients by x, [K, B, in].

    Forward, after the layers' z_i = inputs[i] weights[i] + biases[i] and inputs[i + 1] = f(z_i):

        by_values[n - 1] = readout,    by_values[i - 1] = by_sums[i] weights[i]^T,
        by_sums[i] = by_values[i] f'(z_i),    gradient = by_sums[0] weights[0]^T.

    Double backward: push the cotangent forward as a tangent (Pearlmutter's R-operator), then
    back-propagate. From tangent = by_gradient, layer by layer upwards,

        gradients.weights[i] += tangent^T by_sums[i],    tangent <- tangent weights[i],
        bends[i] = f''(z_i) by_values[i] tangent,    tangent <- f'(z_i) tangent,

    at the top gradients.readout = sum_B tangent + by_outputs^T inputs[n] and gradients.offset =
    sum_B by_outputs; then, from by_x = by_outputs readout, downwards,

        by_x <- by_x f'(z_i) + bends[i],    gradients.weights[i] += inputs[i]^T by_x,
        gradients.biases[i] += sum_B by_x,    by_x <- by_x weights[i]^T.

    Source: Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, activation: Activation, *layers: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        layers = Layers.of(layers)
        inputs, slopes, rests = [x], [], []
        for weight, bias in zip(layers.weights, layers.biases, strict=True):
            value, rest = activation.pair(product(inputs[-1], weight, bias))
            inputs.append(value)
            slopes.append(activation.slope(value, rest))
            rests.append(rest)
        outputs = product(inputs[-1], layers.readout.mT, layers.offset)
        by_values: list[Tensor] = []
        by_sums: list[Tensor] = []
        gradient = layers.readout
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
        ctx: Any, by_outputs: Tensor | None, by_gradient: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        inputs, slopes, rests, by_values, by_sums = ctx.passed
        layers, curvature = ctx.layers, ctx.activation.curvature
        n_hidden, to_x = len(slopes), ctx.needs_input_grad[0]
        gradients = Layers.of([torch.zeros_like(layer) for layer in layers.flat()])
        bends: list[Tensor | None] = [None] * n_hidden  # None where f'' is 0
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
                break  # a piecewise linear network, and the loss depends on its gradient alone
            gradients.weights[i].baddbmm_(inputs[i].mT, by_x)
            gradients.biases[i].add_(by_x.sum(1, keepdim=True))
            by_x = product(by_x, layers.weights[i].mT) if i or to_x else None
        return by_x, None, *gradients.flat()


class Divergence(torch.autograd.Function):
    """Outputs [K, B, D] at x [K, B, in], and sum_i d out_i / d tangent_i, [K, B].

    Forward mode: the tangents [K, D, B, in], one per output j, go through the layers with the
    values x, at D + 1 times the cost of the outputs. Per layer, with z = x weight + bias,

        moved_j = tangents_j weight,    x <- f(z),    tangents_j <- f'(z) moved_j;

    divergence = sum_j readout_j . tangents_j. Backward, from by_x = by_outputs readout and
    by_tangents_j = by_divergence readout_j, with x and tangents at a layer's input:

        by_x <- by_x f'(z) + f''(z) sum_j by_tangents_j moved_j,    by_bias = sum_B by_x,
        by_moved_j = f'(z) by_tangents_j,    by_weight = x^T by_x + sum_j tangents_j^T by_moved_j,
        by_x <- by_x weight^T,    by_tangents_j <- by_moved_j weight^T.

    by_readout_j = sum_B (by_outputs_j x + by_divergence tangents_j), with both at the last layer.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, tangents: Tensor, activation: Activation, *layers: Tensor
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
    def backward(ctx: Any, by_outputs: Tensor, by_divergence: Tensor) -> tuple[Tensor | None, ...]:
        layers, curvature, (x, tangents) = ctx.layers, ctx.activation.curvature, ctx.last
        n_hidden, (n_tangents, n_points) = len(ctx.passed), tangents.shape[1:3]
        by_weights: list[Tensor] = []
        by_biases: list[Tensor] = []
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
        return by_x, by_tangents, None, *gradients.flat()
