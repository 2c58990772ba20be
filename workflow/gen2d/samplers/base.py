"""What samplers are made of: scores, velocities, energies, and who watches."""

from collections.abc import Callable

from torch import Tensor

Score = Callable[[Tensor], Tensor]
Velocity = Callable[[Tensor, float], Tensor]
Energy = Callable[[Tensor], tuple[Tensor, Tensor]]
OnStep = Callable[[float, Tensor], object]
"""Told of each step a sampler is about to take: its time, and the points [K, N, D] there.

The points may be changed in place afterwards. What `time` is, a step or a noise level, is the
sampler's.
"""


def ignore(time: float, x: Tensor) -> None:
    """The on_step that looks at nothing."""
