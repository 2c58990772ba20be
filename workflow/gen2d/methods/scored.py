"""What a method adds that learns scores: its sampler in parts, and exact scores in their place."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from gen2d.methods.trained import TrainedMethod
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore


class ScoreMethod(TrainedMethod):
    """A method that draws its samples from noise by scores that it has learned.

    `begin`, `advance` and `end` are the sampler's parts; between them points are in its own units.
    """

    #: Whether samples are the means of the data given the sampler's last points.
    denoises: ClassVar[bool]

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        return self.end(self.advance(self.begin(n, noise), noise, on_step), self.denoises)

    @abstractmethod
    def begin(self, n: int, noise: Noise) -> Tensor:
        """Where the sampler starts, [K, n, 2]."""

    @abstractmethod
    def begin_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        """Where it should: data x [K, n, 2] with noise of the first level, [K, n, 2]."""

    @abstractmethod
    def advance(self, x: Tensor, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        """Where the sampler gets from there, [K, n, 2]: to data with noise of the last level."""

    @abstractmethod
    def end(self, x: Tensor, denoised: bool) -> Tensor:
        """Points there in the units of the data [K, n, 2]; or the mean of the data given them.

        That mean is x + sigma^2 score(x) (Tweedie's formula).
        """

    @abstractmethod
    def end_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        """Where it should get to: data x [K, n, 2] with noise of the last level, [K, n, 2]."""

    @abstractmethod
    def use_exact(self, mean: Callable[[Tensor, float], Tensor], scale: float) -> None:
        """Puts exact scores in place of the learned ones, for sampling.

        Args:
            mean: E[x_data | x] at points x [K, N, 2] that are data with noise of a level, both in
                the units of the data.
            scale: standard deviation of either coordinate, for methods with units of their own.
        """
