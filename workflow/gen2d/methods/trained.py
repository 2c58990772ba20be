"""What every trained method adds: parameters, a loss to descend, and sampling in chunks."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gen2d.methods.base import Method
from gen2d.randomness.noise import Noise

CHUNK = 1250  # points a member draws at a time: memory stays flat, and calls cost little
# Points a member whose density is taken at a time, and of all members, where these are more.
STATED, ROWS = 250, 2048


class TrainedMethod(Method, nn.Module):
    """A method with parameters of K independent members; `gen2d.methods.training` trains it."""

    #: What the sampler counts its way by; "step" where it aims at the same law all along. `draw`
    #: then takes a third argument, `on_step` (`gen2d.samplers.base.OnStep`), and calls it with the
    #: points on their way, in the units of the data. Empty for samplers of one step.
    sampling_time: ClassVar[str] = ""

    #: How many times wider than usual the steps and cells are by which `log_prob` integrates.
    step_multiplier: int = 1

    #: Members of each seed: then K counts them all, those of a seed in a row, in what the training
    #: loop asks for and in `draw`.
    per_seed: int = 1

    @abstractmethod
    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        """The loss [K] of each member on points x [K, B, 2]; its own parameters' alone."""

    def loss_and_gradients(self, x: Tensor, noise: Noise, out: Sequence[Tensor]) -> Tensor:
        """These losses [K]; the gradients of their sum by the parameters, in order, go to `out`."""
        with torch.enable_grad():
            losses = self.losses(x, noise)
            self._check("losses", losses, x.shape[:1])
            total = losses.sum()
        gradients = torch.autograd.grad(total, self._in_order, materialize_grads=True)
        torch._foreach_copy_(out, gradients)
        return losses.detach()

    @cached_property
    def _in_order(self) -> list[nn.Parameter]:
        """The parameters; a module takes its time to list them."""
        return list(self.parameters())

    @abstractmethod
    def draw(self, n: int, noise: Noise) -> Tensor:
        """Samples [K, n, 2]; runs without gradients."""

    def log_density(self, x: Tensor) -> Tensor:
        """log q(x) [K, N] at points x [K, N, 2], in nats; runs without gradients."""
        raise NotImplementedError

    def score_at(self, x: Tensor, time: float) -> Tensor | None:
        """The score [K, N, 2] at x [K, N, 2] of the law that the sampler aims at, at a time.

        None for methods that learn no score. Runs without gradients.
        """
        return None

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor] | None:
        """a, b and s, which broadcast to [K, N, 2], where that law is the one of a x + b + s eps.

        x is the data and eps N(0, I): the truth that `score_at` approximates. None where unknown.
        """
        return None

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        """The score [K, N, 2] at x [K, N, 2] of the data with noise N(0, noise_level^2 I).

        All in the units of the data. A method that has units of its own takes the level in them
        whose noise has the same area: where the scales of the two coordinates differ, so does the
        noise that it learned to undo. NaN for members that did not learn the level, None if none
        did. Runs without gradients.
        """
        return None

    def energy_at(self, x: Tensor) -> Tensor | None:
        """Energies [K, N] at x [K, N, 2] in nats, up to a constant; None where there are none."""
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
        """A function of points [K, N, 2], of some at a time, float64."""
        n = max(STATED, ROWS // len(x))
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
        """What a plug-in's method returns may have any shape."""
        if returned.shape != tuple(shape):
            text = f"expected shape {list(shape)}; got {list(returned.shape)}"
            raise ValueError(f"{type(self).__name__}.{name}: {text}")
