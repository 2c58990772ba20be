"""Regression targets of denoising networks."""

import math

import torch
from torch import Tensor

LEAST_NOISE = 1e-3  # below it the nearest point has all the weight


def posterior_mean(x_t: Tensor, x: Tensor, signal: Tensor, sigma: Tensor) -> Tensor:
    """E[x | x_t] for x_t = signal x + sigma eps and x uniform over a minibatch, [K, N, 2].

    As a regression target it replaces the point x behind x_t. Its variance is far smaller and its
    mean is the same, since given the minibatch any of its points may be behind x_t. The least loss
    falls as the minibatch grows, so losses over different numbers of points cannot be compared.

    Args:
        x_t: noised points [K, N, 2].
        x: the minibatch [K, B, 2], which includes the points behind x_t.
        signal, sigma: broadcast to [K, N, 1].

    Source: Xu et al., Stable target field for reduced variance score estimation in diffusion
    models, ICLR 2023, eq. 8.
    """
    # Single precision resolves the exponents of points within 20000 sigma.
    furthest = x.abs().amax((1, 2), keepdim=True)  # of each member
    floored = torch.maximum(sigma, (furthest / 2e4).clamp(min=LEAST_NOISE))
    u, ratio = x_t / floored, signal / floored
    # -|x_t - signal x|^2 / (2 sigma^2) in bits, by one product. Unlike a softmax this subtracts no
    # maximum: the point behind x_t has exponent -|eps|^2 / 2 nats, which is near enough to 0.
    slopes = (-0.5 * ratio.square()).expand_as(u[..., :1])
    rows = torch.cat([u * ratio, -0.5 * u.square().sum(-1, keepdim=True), slopes], -1)
    columns = torch.cat([x, torch.ones_like(x[..., :1]), x.square().sum(-1, keepdim=True)], -1)
    weights = ((math.log2(math.e) * rows) @ columns.mT).exp2_()
    # A product with few columns is several times faster on this layout.
    sums = weights @ columns[..., :3].mT.contiguous().mT
    return sums[..., :2] / sums[..., 2:]
