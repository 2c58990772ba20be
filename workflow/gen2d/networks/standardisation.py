"""Standard units: each member's training points at mean 0 and variance 1."""

import torch
from torch import Tensor, nn

TINY = torch.finfo(torch.float32).tiny


class Standardisation(nn.Module):
    """Moves each member's training points to mean 0 and variance 1 in each dimension.

    Args:
        x_train: training points [K, n, 2].
    """

    def __init__(self, x_train: Tensor):
        super().__init__()
        self.register_buffer("mean", x_train.mean(1, keepdim=True))  # [K, 1, 2]
        # A coordinate that is constant but for rounding is not blown up.
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
        """a, b and s: signal u + noise_level eps is a x + b + s eps in the units of the data."""
        return signal, (1 - signal) * self.mean, noise_level * self.sd

    def level(self, noise_level: float) -> Tensor:
        """The level [K, 1, 1] in standard units whose noise has the area of one in the data's."""
        return noise_level / self.sd.log().mean(-1, keepdim=True).exp()

    def log_det(self) -> Tensor:
        """log |du/dx|, [K, 1]: what a log-density in standard units gains in those of the data."""
        return -self.sd.log().sum(-1)
