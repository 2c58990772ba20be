"""Implicit score matching with the exact divergence, sampled by Langevin dynamics."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gen2d.config.methods.scores import SMKnobs
from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.langevin import langevin_chains


class SM(TrainedMethod):
    """Learns the score s of the data, smoothed with N(0, sigma^2 I) if sigma is not 0.

    The loss is E[|s|^2 + 2 div s]. By parts it equals the Fisher divergence E|s - grad log p|^2
    less the Fisher information E|grad log p|^2. It is 0 for s = 0. Without smoothing it may fall
    without bound, since a density with edges has infinite Fisher information.

    A switch reproduces a mistake of the coursework's submission: training minimises the batch's
    sum, whose gradient is B times larger. Adam hardly notices, since its steps do not depend on the
    scale of the loss. Recorded losses are still means over points, so that batches and hold-out
    points, which differ in number, can be compared.

    Source: Hyvarinen, Estimation of non-normalized statistical models by score matching, JMLR 2005,
    theorem 1.
    """

    knobs: SMKnobs
    sampling_time = "step"

    def __init__(self, knobs: SMKnobs, task: Task):
        super().__init__(knobs, task)
        self.score = PointNetwork(knobs.network, Noise(task.init_sequences), n_outputs=2)

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        sigma = self.knobs.training.noise_level
        score, divergence = self.score.with_divergence(x + sigma * noise.normal(*x.shape[1:]))
        return (score.square().sum(-1) + 2 * divergence).mean(-1)

    def loss_and_gradients(self, x: Tensor, noise: Noise, out: Sequence[Tensor]) -> Tensor:
        losses = super().loss_and_gradients(x, noise, out)
        if self.knobs.training.summed:
            torch._foreach_mul_(out, x.shape[1])
        return losses

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        return langevin_chains(self.score, n, noise, on_step, **vars(self.knobs.sampling))

    def score_at(self, x: Tensor, time: float) -> Tensor:
        return self.score(x)

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor]:
        return 1.0, torch.zeros(2), torch.full((2,), self.knobs.training.noise_level)

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        is_own = math.isclose(noise_level, self.knobs.training.noise_level)
        return self.score(x) if is_own else None
