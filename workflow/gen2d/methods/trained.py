"""The interface of a trained method: parameters, losses, and sampling in chunks."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gen2d.methods.base import Method
from gen2d.randomness.noise import Noise

CHUNK = 1250  # points that a member draws at a time: memory stays flat, and calls cost little
# Densities are evaluated at max(MEMBER_ROWS, ROWS / K) points per member at a time.
MEMBER_ROWS, ROWS = 250, 2048


class TrainedMethod(Method, nn.Module):
    """A method with parameters of K independent members; `gen2d.methods.training` trains it."""

    #: The sampler's time variable, or "step" if its target law is always the same. `draw` then has
    #: a third argument, `on_step` (`gen2d.samplers.base.OnStep`), which it calls with the points on
    #: their way, in the units of the data. Empty for samplers of one step.
    sampling_time: ClassVar[str] = ""

    #: Multiplies the usual steps and node spacings with which `log_prob` integrates.
    step_multiplier: int = 1

    #: Members per seed. If it is more than 1, K counts all members, ordered by seed, in the losses
    #: and in `draw`.
    per_seed: int = 1

    @abstractmethod
    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        """The loss [K] of each member on points x [K, B, 2], by its own parameters alone."""

    def loss_and_gradients(self, x: Tensor, noise: Noise, out: Sequence[Tensor]) -> Tensor:
        """`losses` [K]; the gradients of their sum by the parameters, in order, go to `out`."""
        with torch.enable_grad():
            losses = self.losses(x, noise)
            self._check("losses", losses, x.shape[:1])
            total = losses.sum()
        gradients = torch.autograd.grad(total, self._in_order, materialize_grads=True)
        torch._foreach_copy_(out, gradients)
        return losses.detach()

    @cached_property
    def _in_order(self) -> list[nn.Parameter]:
        """The parameters as a list, cached, since `parameters()` is slow."""
        return list(self.parameters())

    @abstractmethod
    def draw(self, n: int, noise: Noise) -> Tensor:
        """Samples [K, n, 2]; runs without gradients."""

    def log_density(self, x: Tensor) -> Tensor:
        """log q(x) [K, N] at points x [K, N, 2], in nats; runs without gradients."""
        raise NotImplementedError

    def score_at(self, x: Tensor, time: float) -> Tensor | None:
        """The score [K, N, 2] at x [K, N, 2] of the sampler's target law at a time.

        None for methods that learn no score. Runs without gradients.
        """
        return None

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor] | None:
        """a, b and s, broadcasting to [K, N, 2]: a x + b + s eps has the target law at a time.

        x is the data and eps N(0, I). `score_at` approximates the score of this law. None if the
        law is unknown.
        """
        return None

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        """The score [K, N, 2] at x [K, N, 2] of the data with noise N(0, noise_level^2 I).

        All are in the units of the data. Methods in standard units convert the level by
        `Standardisation.level`: their noise has one scale per coordinate, and only the product of
        both scales agrees. NaN for members that did not learn the level, None if no member did.
        Runs without gradients.
        """
        return None

    def energy_at(self, x: Tensor) -> Tensor | None:
        """Energies [K, N] at x [K, N, 2] in nats, up to a constant; None without energies."""
        return None

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        return self._by_parts(self.log_density, x)

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray | None:
        def score(part: Tensor) -> Tensor | None:
            return self.score_of_noised(part, noise_level)

        with torch.inference_mode():
            known = score(torch.as_tensor(x[:, :1], dtype=torch.float32)) is not None
        return self._by_parts(score, x) if known else None

    @staticmethod
    def _by_parts(function: Callable[[Tensor], Tensor], x: np.ndarray) -> np.ndarray:
        """The function's values at points [K, N, 2], float64, computed for some at a time."""
        n = max(MEMBER_ROWS, ROWS // len(x))
        with torch.inference_mode():
            parts = torch.as_tensor(x, dtype=torch.float32).split(n, 1)
            chunks = [function(part) for part in parts]
        return torch.cat(chunks, dim=1).numpy(force=True).astype(np.float64)

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        noise = Noise(sequences)
        with torch.inference_mode():
            chunks = [self.draw(min(CHUNK, n - start), noise) for start in range(0, n, CHUNK)]
        samples = torch.cat(chunks, dim=1)
        self._check("draw", samples, (len(sequences), n, 2))
        return samples.numpy(force=True).astype(np.float64)

    def _check(self, name: str, returned: Tensor, shape: Sequence[int]) -> None:
        """Raises `ValueError` if the tensor has another shape, as a plug-in's may."""
        if returned.shape != tuple(shape):
            text = f"expected shape {list(shape)}; got {list(returned.shape)}"
            raise ValueError(f"{type(self).__name__}.{name}: {text}")
