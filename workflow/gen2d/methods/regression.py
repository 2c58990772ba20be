"""Methods whose loss is the mean squared error of one network."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise


class RegressionBatch(NamedTuple):
    """Inputs and targets of one training step.

    Attributes:
        inputs: points [K, N, 2], and conditions.
        y: target outputs [K, N, n_outputs].
        weight: multiplies the squared errors; broadcasts to the shape of y.
    """

    inputs: tuple[Tensor, ...]
    y: Tensor
    weight: Tensor | float = 1.0


class Regression(TrainedMethod):
    """A method with one network, whose loss is the mean over points of weight |output - y|^2."""

    network: PointNetwork

    @abstractmethod
    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        """Inputs, targets and weights for the training points x [K, B, 2]."""

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        inputs, y, weight = self.regression_batch(x, noise)
        return (weight * (self.network(*inputs) - y).square()).sum((1, 2)) / x.shape[1]

    def loss_and_gradients(self, x: Tensor, noise: Noise, out: Sequence[Tensor]) -> Tensor:
        inputs, y, weight = self.regression_batch(x, noise)
        return self.network.regression(*inputs, y=y, weight=weight, out=out)
