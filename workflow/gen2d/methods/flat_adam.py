"""Adam on all parameters as one vector."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gen2d.config.methods.base import Training

# Numbers per cache line. Each parameter starts a line, as separate tensors do, since on some
# processors the rounding of products depends on alignment.
LINE = 16


class FlatAdam:
    """Adam (Kingma and Ba, 2015), with an exponential average of the parameters.

    With the gradient g at step t, the rate r and the betas b1 and b2:

        m <- b1 m + (1 - b1) g,    v <- b2 v + (1 - b2) g^2,
        theta <- theta - r m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + 1e-8),
        average <- average + max(1 - a, 1 / t) (theta - average),    a = `knobs.averaging`.

    The parameters become views of one vector, so that Adam costs one call, and the average another.
    1 / t makes the average a plain mean at first, which forgets the initial parameters.

    Attributes:
        gradients: tensors shaped as the parameters, in order; `step` reads them.
        averages: averages of the same shapes; the parameters themselves if a = 0.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], knobs: Training):
        lengths = [LINE * math.ceil(parameter.numel() / LINE) for parameter in parameters]

        def parts(vector: Tensor) -> list[Tensor]:
            slots = zip(vector.split(lengths), parameters, strict=True)
            return [slot[: parameter.numel()].view_as(parameter) for slot, parameter in slots]

        self._theta, self._gradient, self._mean, self._square = torch.zeros(4, sum(lengths))
        for parameter, part in zip(parameters, parts(self._theta), strict=True):
            part.copy_(parameter.detach())
            parameter.data = part
        self._average = self._theta.clone() if knobs.averaging else self._theta
        self._n_steps, self._count = 0, torch.zeros(())
        self._averaging = knobs.averaging
        self._betas = {"beta1": knobs.beta1, "beta2": knobs.beta2}
        self.gradients, self.averages = parts(self._gradient), parts(self._average)

    def step(self, rate: float) -> None:
        """Does one step of Adam at this rate, and updates the average."""
        self._n_steps += 1
        self._count.add_(1)
        # torch.optim.Adam calls this too, but checks much and imports torch's compiler.
        torch._fused_adam_(
            [self._theta],
            [self._gradient],
            [self._mean],
            [self._square],
            [],
            [self._count],
            lr=rate,
            **self._betas,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )
        if self._averaging:
            self._average.lerp_(self._theta, max(1 - self._averaging, 1 / self._n_steps))

    def swap(self) -> None:
        """Exchanges the parameters and their averages."""
        if self._averaging:
            kept = self._theta.clone()
            self._theta.copy_(self._average)
            self._average.copy_(kept)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Context in which the parameters are their averages."""
        self.swap()
        try:
            yield
        finally:
            self.swap()
