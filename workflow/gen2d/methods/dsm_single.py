"""Denoising score matching at one noise level, sampled by Langevin dynamics."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gen2d.config.methods.scores import DSMKnobs
from gen2d.methods.base import Task
from gen2d.methods.regression import Regression, RegressionBatch
from gen2d.methods.scored import ScoreMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.langevin import langevin


class DSM(Regression, ScoreMethod):
    """Learns the score s of p_sigma, the law of the data smoothed with N(0, sigma^2 I).

    The loss is sigma^2 E|s(x + sigma eps) + eps / sigma|^2 = E|sigma s(x + sigma eps) + eps|^2.
    It is 2 for s = 0. Its floor over all functions is 2 - sigma^2 E|grad log p_sigma|^2
    (`Density.dsm_loss_floor`), and the excess over the floor is sigma^2 times the Fisher divergence
    to the score of p_sigma.

    Source: Vincent, A connection between score matching and denoising autoencoders, Neural
    Computation 2011; eq. 11.
    """

    knobs: DSMKnobs
    sampling_time = "step"
    denoises = False

    def __init__(self, knobs: DSMKnobs, task: Task):
        super().__init__(knobs, task)
        self.network = PointNetwork(knobs.network, Noise(task.init_sequences), n_outputs=2)

    def score(self, x: Tensor) -> Tensor:
        """The score [K, N, 2] of p_sigma at points [K, N, 2]."""
        return self.network(x)

    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        sigma = self.knobs.training.noise_level
        eps = noise.normal(*x.shape[1:])
        x_t = torch.add(x, eps, alpha=sigma)
        return RegressionBatch((x_t,), eps / -sigma, sigma**2)

    def begin(self, n: int, noise: Noise) -> Tensor:
        return self.knobs.sampling.init_sd * noise.normal(n, 2)

    def begin_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        return x + self.knobs.training.noise_level * noise.normal(*x.shape[1:])

    end_exactly = begin_exactly  # there is one noise level

    def advance(self, x: Tensor, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        knobs = self.knobs.sampling
        return langevin(
            self.score, x, noise, step=knobs.step, n_steps=knobs.n_steps, on_step=on_step
        )

    def end(self, x: Tensor, denoised: bool) -> Tensor:
        return x + self.knobs.training.noise_level**2 * self.score(x) if denoised else x

    def use_exact(self, mean: Callable[[Tensor, float], Tensor], scale: float) -> None:
        sigma = self.knobs.training.noise_level
        self.score = lambda x: (mean(x, sigma) - x) / sigma**2  # type: ignore[method-assign]

    def score_at(self, x: Tensor, time: float) -> Tensor:
        return self.score(x)

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor]:
        return 1.0, torch.zeros(2), torch.full((2,), self.knobs.training.noise_level)

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        is_own = math.isclose(noise_level, self.knobs.training.noise_level)
        return self.score(x) if is_own else None
