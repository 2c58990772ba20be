"""The layers of K multilayer perceptrons: forward pass, and hand-derived backward pass."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor

from gen2d.networks.activations import Activation
from gen2d.networks.arithmetic import loose_product, plain_product, product


class Layers(NamedTuple):
    """The parameters of an `EnsembleMLP`, or their gradients."""

    readout: Tensor  # [K, out, in]: products with few columns are several times faster so
    offset: Tensor  # [K, 1, out]
    weights: Sequence[Tensor]  # of the hidden layers, each [K, in, out]
    biases: Sequence[Tensor]  # each [K, 1, out]

    @classmethod
    def of(cls, tensors: Sequence[Tensor]) -> Self:
        """Layers from a flat sequence, in the order of `flat`."""
        readout, offset, *hidden = tensors
        return cls(readout, offset, hidden[: len(hidden) // 2], hidden[len(hidden) // 2 :])

    def empty_like(self) -> Self:
        """Layers of uninitialised tensors of the same shapes."""
        return self.of([torch.empty_like(layer) for layer in self.flat()])

    def flat(self) -> tuple[Tensor, ...]:
        """All tensors, in the order of the module's `parameters()`."""
        return (self.readout, self.offset, *self.weights, *self.biases)


Rests = list[Tensor | None]


def forwards(
    activation: Activation, x: Tensor, layers: Layers
) -> tuple[Tensor, list[Tensor], Rests]:
    """Outputs [K, B, out] at x [K, B, in], the inputs of all layers, and the activations' rests.

    With inputs[0] = x and the n hidden layers i = 0, ..., n - 1,

        z_i = inputs[i] weights[i] + biases[i],    inputs[i + 1] = f(z_i),
        outputs = inputs[n] readout^T + offset, with any strides (`loose_product`).
    """
    inputs, rests = [x], []
    for weight, bias in zip(layers.weights, layers.biases, strict=True):
        value, rest = activation.pair(product(inputs[-1], weight, bias))
        inputs.append(value)
        rests.append(rest)
    return loose_product(inputs[-1], layers.readout.mT, layers.offset), inputs, rests


def backwards(
    activation: Activation,
    inputs: Sequence[Tensor],
    rests: Rests,
    layers: Layers,
    by_outputs: Tensor,
    by_layers: Layers,
    *,
    to_x: bool,
) -> Tensor | None:
    """The loss's gradient by x if `to_x`, else None; its gradients by the layers go to `by_layers`.

    `inputs` and `rests` are from `forwards`, and the rests are overwritten. The gradient starts as
    by_outputs readout; then, from the last hidden layer down,

        gradient <- gradient f'(z_i),    by_layers.weights[i] = inputs[i]^T gradient,
        by_layers.biases[i] = sum_B gradient,    gradient <- gradient weights[i]^T.

    by_layers.readout = by_outputs^T inputs[n], and by_layers.offset = sum_B by_outputs.
    """
    plain_product(by_outputs.mT, inputs[-1], by_layers.readout)
    torch.sum(by_outputs, 1, keepdim=True, out=by_layers.offset)
    gradient = product(by_outputs, layers.readout)
    for i in reversed(range(len(rests))):
        gradient = activation.backward_(gradient, inputs[i + 1], rests[i])
        plain_product(inputs[i].mT, gradient, by_layers.weights[i])
        torch.sum(gradient, 1, keepdim=True, out=by_layers.biases[i])
        gradient = product(gradient, layers.weights[i].mT) if i or to_x else None
    return gradient
