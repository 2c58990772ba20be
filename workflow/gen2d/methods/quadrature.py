"""Integrals over the plane, by the midpoint rule."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

CELLS = 512  # a side; of a box of 8 standard deviations each way, a cell is 1/32 of one
ROWS = 8  # of cells that are evaluated at a time


def midpoints(box: Tensor, cells: int) -> Iterator[Tensor]:
    """The midpoints of cells x cells equal cells of a box around 0, strip by strip, [K, n, 2].

    Args:
        box: half the sides of each member's box, [K, 1, 2].
    """
    middles = (torch.arange(cells, dtype=box.dtype) + 0.5) * 2 / cells - 1
    for first in middles.split(ROWS):
        yield torch.cartesian_prod(first, middles) * box


def log_node_area(box: Tensor, cells: int) -> Tensor:
    """log of the area of such a cell, [K, 1]."""
    return (box.prod(-1) * (2 / cells) ** 2).log()


def log_normaliser(
    energy: Callable[[Tensor], Tensor], box: Tensor, step_multiplier: int = 1
) -> Tensor:
    """log of the integral of exp(-E) over a box around 0, [K, 1].

    Spectrally accurate where exp(-E) is smooth on the scale of a cell and vanishes at the border.

    Args:
        energy: points [K, N, 2] -> E [K, N], in nats.
        box: half the sides of each member's box, [K, 1, 2].
        step_multiplier: how many times wider than usual the cells are.
    """
    cells = CELLS // step_multiplier
    strips = [(-energy(x)).logsumexp(-1, keepdim=True) for x in midpoints(box, cells)]
    return torch.cat(strips, -1).logsumexp(-1, keepdim=True) + log_node_area(box, cells)
