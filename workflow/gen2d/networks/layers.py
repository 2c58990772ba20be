"""The layers of K multilayer perceptrons: forwards, and backwards by hand."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor

from gen2d.networks.activations import Activation
from gen2d.networks.arithmetic import loose_product, plain_product, product


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

    def empty_like(self) -> Self:
        """Tensors of the same shapes."""
        return self.of([torch.empty_like(layer) for layer in self.flat()])

    def flat(self) -> tuple[Tensor, ...]:
        """In the order of the module's `parameters()`."""
        return (self.readout, self.offset, *self.weights, *self.biases)


Rests = list[Tensor | None]


def forwards(activation: Activation, x: Tensor, layers: Layers) -> tuple[Tensor, list, Rests]:
    """Outputs [K, B, out] at x [K, B, in], the inputs of all layers, and the activations' rests.

    The outputs are those of `loose_product`.
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
    """The gradient by x, if asked for, after `forwards`; those by the layers go to `by_layers`."""
    plain_product(by_outputs.mT, inputs[-1], by_layers.readout)
    torch.sum(by_outputs, 1, keepdim=True, out=by_layers.offset)
    gradient = product(by_outputs, layers.readout)
    for i in reversed(range(len(rests))):
        gradient = activation.backward_(gradient, inputs[i + 1], rests[i])
        plain_product(inputs[i].mT, gradient, by_layers.weights[i])
        torch.sum(gradient, 1, keepdim=True, out=by_layers.biases[i])
        gradient = product(gradient, layers.weights[i].mT) if i or to_x else None
    return gradient
