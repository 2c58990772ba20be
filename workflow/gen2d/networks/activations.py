"""Activation functions and their derivatives."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

aten = torch.ops.aten


class Activation(NamedTuple):
    """A function f of a hidden layer's pre-activations z, and its derivatives.

    Attributes:
        value_: z -> f(z), in place.
        pair: z -> (f(z), rest), with the intermediate that the derivatives need; overwrites z.
        slope: (f(z), rest) -> f'(z).
        backward_: (g, f(z), rest) -> g f'(z), written to g; overwrites the rest.
        curvature: (f'(z), rest) -> f''(z); None where it is 0.
        slope_: (z, b) -> f'(z - b), written to z.
    """

    value_: Callable[[Tensor], Tensor]
    pair: Callable[[Tensor], tuple[Tensor, Tensor | None]]
    slope: Callable[[Tensor, Tensor | None], Tensor]
    backward_: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor] | None
    slope_: Callable[[Tensor, Tensor], Tensor]


@cache
def one(dtype: torch.dtype, device: torch.device) -> Tensor:
    """The scalar 1, cached, since making it costs as much as using it."""
    return torch.ones((), dtype=dtype, device=device)


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
    """silu'(z) = sigmoid + value (1 - sigmoid)."""
    return torch.lerp(value, one(value.dtype, value.device), sigmoid)


def silu_backward_(gradient: Tensor, value: Tensor, sigmoid: Tensor) -> Tensor:
    slope = torch.lerp(value, one(value.dtype, value.device), sigmoid, out=sigmoid)
    return gradient.mul_(slope)


def silu_curvature(slope: Tensor, sigmoid: Tensor) -> Tensor:
    """silu''(z) = slope + sigmoid - 2 slope sigmoid."""
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
