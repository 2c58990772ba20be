"""Networks that take points and conditions, with Fourier features."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gen2d.config.methods.base import Network
from gen2d.networks.mlp import EnsembleMLP
from gen2d.randomness.noise import Noise


def by_angles(by_sin: Tensor, by_cos: Tensor, sin: Tensor, cos: Tensor) -> Tensor:
    """The loss's gradient by angles, from its gradients by their sines and cosines."""
    return by_sin * cos - by_cos * sin


class Features(torch.autograd.Function):
    """sin(x B) and cos(x B), each [K, N, n], for points x [K, N, D] and frequencies B [K, D, n].

    Backward: by_x = (by_sin cos - by_cos sin) B^T.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, frequencies: Tensor) -> tuple[Tensor, Tensor]:
        angles = torch.bmm(x, frequencies)
        if angles.is_cpu:  # numpy takes a third of torch's time
            sin, cos = (torch.from_numpy(f(angles.numpy())) for f in (np.sin, np.cos))
        else:
            sin, cos = angles.sin(), angles.cos()
        ctx.save_for_backward(sin, cos, frequencies)
        return sin, cos

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_sin: Tensor, by_cos: Tensor) -> tuple[Tensor, None]:
        sin, cos, frequencies = ctx.saved_tensors
        return torch.bmm(by_angles(by_sin, by_cos, sin, cos), frequencies.mT), None


class PointNetwork(nn.Module):
    """An `EnsembleMLP` f(x, c, sin(x B), cos(x B)) of points x and conditions c, such as times.

    The frequencies B are drawn once per member from N(0, s^2) and not trained. They let small
    networks fit sharp edges, which they learn slowly from x alone. Conditions are tensors that
    broadcast to [K, N, n].

    Args:
        knobs: sizes, activation, and frequencies in radians per unit of x.
        noise: the streams of the K members.
        n_inputs: dimension D of the points.
        n_conditions: total dimension of the conditions.
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
        self,
        x: Tensor,
        *conditions: Tensor,
        y: Tensor,
        weight: Tensor | float,
        out: Sequence[Tensor],
    ) -> Tensor:
        """The weighted mean squared errors [K].

        Args:
            x, conditions: as in `forward`.
            y: target outputs [K, N, n_outputs].
            weight: multiplies the squares; broadcasts to the shape of y.
            out: receives the gradients of the errors' sum by the parameters, in order.
        """
        return self.mlp.regression(self._inputs(x, conditions), y, weight, out)

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
        """x -> outputs [K, N] and gradients [K, N, D] at the current parameters; no conditions.

        Faster than `with_input_gradient` over many calls; not differentiable.
        """
        field = self.mlp.field()

        def of_points(x: Tensor) -> tuple[Tensor, Tensor]:
            inputs = self._inputs(x, ())
            outputs, gradient = field(inputs)
            return outputs.squeeze(-1), self._by_point(inputs, gradient, x.shape[-1])

        return of_points

    def gradient_field(self, factor: float) -> Callable[[Tensor], Tensor]:
        """x -> `factor` times the gradients [K, N, D] of `field`, without its outputs."""
        gradients = self.mlp.field(factor).gradients

        def of_points(x: Tensor) -> Tensor:
            inputs = self._inputs(x, ())
            return self._by_point(inputs, gradients(inputs), x.shape[-1])

        return of_points

    def _by_point(self, inputs: Tensor, gradient: Tensor, n_dimensions: int) -> Tensor:
        """The gradient by the points, [K, N, D], from the one by all inputs of the `EnsembleMLP`.

        by_point = by_x + (by_sin cos - by_cos sin) B^T, with by_x at fixed features.
        """
        by_point = gradient[..., :n_dimensions]
        if self.frequencies is None:
            return by_point
        n = self.frequencies.shape[-1]
        sin, cos = inputs[..., -2 * n : -n], inputs[..., -n:]
        by_sin, by_cos = gradient[..., -2 * n : -n], gradient[..., -n:]
        return torch.baddbmm(by_point, by_angles(by_sin, by_cos, sin, cos), self.frequencies.mT)
