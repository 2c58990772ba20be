"""What a network that undoes noise is asked for, and how far it is from that."""

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
    ratio = signal / sigma.clamp(min=LEAST_NOISE)
    # One product: (ratio / sigma) x_t x - ratio^2 |x|^2 / 2.
    slopes = (-0.5 * ratio.square()).expand_as(x_t[..., :1])
    slopes = torch.cat([x_t * (ratio / sigma.clamp(min=LEAST_NOISE)), slopes], -1)
    logits = slopes @ torch.cat([x, x.square().sum(-1, keepdim=True)], -1).mT
    # A product with few columns is several times faster on this layout.
    return logits.softmax(-1) @ x.mT.contiguous().mT
