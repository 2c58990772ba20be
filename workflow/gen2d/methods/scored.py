"""Methods with learned scores: the parts of their samplers, and a switch to exact scores."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from gen2d.methods.trained import TrainedMethod
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore


class ScoreMethod(TrainedMethod):
    """A method that samples from noise by learned scores.

    `begin`, `advance` and `end` are the sampler's parts; between them points are in its own units.
    """

    #: Whether samples are E[x_data | x] at the sampler's last points x.
    denoises: ClassVar[bool]

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        return self.end(self.advance(self.begin(n, noise), noise, on_step), self.denoises)

    @abstractmethod
    def begin(self, n: int, noise: Noise) -> Tensor:
        """The sampler's starting points [K, n, 2]."""

    @abstractmethod
    def begin_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        """Ideal starting points [K, n, 2]: data x [K, n, 2] with noise of the first level."""

    @abstractmethod
    def advance(self, x: Tensor, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        """The sampler's last points [K, n, 2] from starting points x, at the last noise level."""

    @abstractmethod
    def end(self, x: Tensor, denoised: bool) -> Tensor:
        """The last points x [K, n, 2] in the units of the data, or E[x_data | x] if `denoised`.

        E[x_data | x] = x + sigma^2 score(x) (Tweedie's formula).
        """

    @abstractmethod
    def end_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        """Ideal last points [K, n, 2]: data x [K, n, 2] with noise of the last level."""

    @abstractmethod
    def use_exact(self, mean: Callable[[Tensor, float], Tensor], scale: float) -> None:
        """Replaces the learned scores by exact ones, for sampling.

        Args:
            mean: (x [K, N, 2], noise_level) -> E[x_data | x], all in the units of the data.
            scale: standard deviation of either coordinate, for methods with units of their own.
        """
