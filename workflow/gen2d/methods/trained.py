"""What every trained method adds: parameters, a loss to descend, and sampling in chunks."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from gen2d.methods.base import Method
from gen2d.noise import Noise

CHUNK = 250  # points a member draws at a time: memory stays flat and activations stay in cache


class TrainedMethod(Method, nn.Module):
    """A method with parameters of K independent members, trained by `gen2d.training.train`."""

    @abstractmethod
    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        """The loss [K] of each member on points x [K, B, 2]; its own parameters' alone."""

    @abstractmethod
    def draw(self, n: int, noise: Noise) -> Tensor:
        """Samples [K, n, 2]; runs without gradients."""

    def log_density(self, x: Tensor) -> Tensor:
        """log q(x) [K, N] at points x [K, N, 2], in nats; runs without gradients."""
        raise NotImplementedError

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            chunks = [
                self.log_density(part) for part in torch.from_numpy(x).float().split(CHUNK, 1)
            ]
        return torch.cat(chunks, dim=1).numpy().astype(np.float64)

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        noise = Noise(sequences)
        with torch.inference_mode():
            chunks = [self.draw(min(CHUNK, n - start), noise) for start in range(0, n, CHUNK)]
        return torch.cat(chunks, dim=1).numpy().astype(np.float64)
