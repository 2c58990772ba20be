"""Types of the functions that samplers take: scores, velocities, energies, observers."""

from collections.abc import Callable

from torch import Tensor

Score = Callable[[Tensor], Tensor]
Velocity = Callable[[Tensor, float], Tensor]
Energy = Callable[[Tensor], tuple[Tensor, Tensor]]
OnStep = Callable[[float, Tensor], object]
"""Called with (time, points [K, N, D]) before each step of a sampler.

The time is the sampler's own: a step, a time or a noise level. The sampler may change the points in
place afterwards.
"""


def ignore(time: float, x: Tensor) -> None:
    """The `OnStep` that does nothing."""
