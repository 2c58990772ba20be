"""Integrals over the plane, by the midpoint rule."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

N_NODES = 512  # per side: in a box of +-8 standard deviations, their spacing is 1/32 of one
ROWS = 8  # rows of nodes that are evaluated at a time


def midpoints(box: Tensor, n_nodes: int) -> Iterator[Tensor]:
    """The n_nodes x n_nodes nodes of the midpoint rule in a box around 0, in strips [K, n, 2].

    Args:
        box: half the sides of each member's box, [K, 1, 2].
    """
    middles = (torch.arange(n_nodes, dtype=box.dtype) + 0.5) * 2 / n_nodes - 1
    for first in middles.split(ROWS):
        yield torch.cartesian_prod(first, middles) * box


def log_node_area(box: Tensor, n_nodes: int) -> Tensor:
    """log of the area per node of `midpoints`, [K, 1]."""
    return (box.prod(-1) * (2 / n_nodes) ** 2).log()


def log_normaliser(
    energy: Callable[[Tensor], Tensor], box: Tensor, step_multiplier: int = 1
) -> Tensor:
    """log of the integral of exp(-E) over a box around 0, [K, 1].

    Spectrally accurate if exp(-E) is smooth on the scale of the nodes' spacing and vanishes at the
    border.

    Args:
        energy: points [K, N, 2] -> E [K, N], in nats.
        box: half the sides of each member's box, [K, 1, 2].
        step_multiplier: multiplies the usual spacing of the nodes.
    """
    n_nodes = N_NODES // step_multiplier
    strips = [(-energy(x)).logsumexp(-1, keepdim=True) for x in midpoints(box, n_nodes)]
    return torch.cat(strips, -1).logsumexp(-1, keepdim=True) + log_node_area(box, n_nodes)
