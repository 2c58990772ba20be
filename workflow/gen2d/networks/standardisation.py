"""Standard units, in which each member's training points have mean 0 and variance 1."""

import torch
from torch import Tensor, nn

TINY = torch.finfo(torch.float32).tiny


class Standardisation(nn.Module):
    """Maps each member's training points to mean 0 and variance 1 in each dimension.

    Args:
        x_train: training points [K, n, 2].
    """

    def __init__(self, x_train: Tensor):
        super().__init__()
        self.register_buffer("mean", x_train.mean(1, keepdim=True))  # [K, 1, 2]
        # A coordinate that is constant up to rounding must not be scaled up.
        rounding = torch.finfo(x_train.dtype).eps * x_train.abs().amax(1, keepdim=True)
        sd = x_train.std(1, keepdim=True).maximum(rounding).clamp(min=TINY)
        self.register_buffer("sd", sd)  # [K, 1, 2]

    def forward(self, x: Tensor) -> Tensor:
        """Points [K, N, 2] in standard units."""
        return (x - self.mean) / self.sd

    def inverse(self, u: Tensor) -> Tensor:
        """Points [K, N, 2] in the units of the data."""
        return u * self.sd + self.mean

    def noised(self, signal: float, noise_level: float) -> tuple[float, Tensor, Tensor]:
        """a, b and s with inverse(signal u + noise_level eps) = a x + b + s eps for u = forward(x).

        a is a number; b and s are [K, 1, 2], in the units of the data.
        """
        return signal, (1 - signal) * self.mean, noise_level * self.sd

    def level(self, noise_level: float) -> Tensor:
        """The noise level [K, 1, 1] in standard units, for a level in the units of the data.

        It preserves the product of the noise's standard deviations over both coordinates.
        """
        return noise_level / self.sd.log().mean(-1, keepdim=True).exp()

    def log_det(self) -> Tensor:
        """log |du/dx|, [K, 1], which turns log-densities of u into log-densities of x by adding."""
        return -self.sd.log().sum(-1)
