"""What a network that undoes noise is asked for, and how far it is from that."""

import math

import torch
from torch import Tensor

LEAST_NOISE = 1e-3  # below which the nearest point has all the weight anyway


def posterior_mean(x_t: Tensor, x: Tensor, signal: Tensor, sigma: Tensor) -> Tensor:
    """E[x | x_t] for x_t = signal x + sigma eps and x uniform over a minibatch, [K, N, 2].

    In place of the single point that was noised it makes the target of a regression far less
    noisy, and leaves its mean as it is: given the minibatch, any of its points may be the one that
    was noised. What is left of the loss falls as the minibatch grows, so that losses over different
    numbers of points cannot be compared.

    Args:
        x_t: noised points [K, N, 2].
        x: the minibatch [K, B, 2], with the points that were noised among it.
        signal, sigma: broadcast to [K, N, 1].

    Source: Xu et al., Stable target field for reduced variance score estimation in diffusion
    models, ICLR 2023, eq. 8.
    """
    # Single precision tells exponents apart where points are no further out than 20000 sigma.
    furthest = x.abs().amax((1, 2), keepdim=True)  # of each member
    floored = torch.maximum(sigma, (furthest / 2e4).clamp(min=LEAST_NOISE))
    u, ratio = x_t / floored, signal / floored
    # -|x_t - signal x|^2 / (2 sigma^2) in bits, by one product. No greatest exponent is subtracted,
    # as a softmax would: that of the point that was noised, -|eps|^2 / 2 nats, is near enough to 0.
    slopes = (-0.5 * ratio.square()).expand_as(u[..., :1])
    rows = torch.cat([u * ratio, -0.5 * u.square().sum(-1, keepdim=True), slopes], -1)
    columns = torch.cat([x, torch.ones_like(x[..., :1]), x.square().sum(-1, keepdim=True)], -1)
    weights = ((math.log2(math.e) * rows) @ columns.mT).exp2_()
    # A product with few columns is several times faster on this layout.
    sums = weights @ columns[..., :3].mT.contiguous().mT
    return sums[..., :2] / sums[..., 2:]
