"""What a network that undoes noise is asked for: the data, or its mean given the noised point."""

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
    logits = (x_t * (ratio / sigma.clamp(min=LEAST_NOISE))) @ x.mT
    logits -= 0.5 * ratio.square() * x.square().sum(-1).unsqueeze(-2)
    return logits.softmax(-1) @ x
