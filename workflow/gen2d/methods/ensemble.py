"""Ensembles of several members per seed, trained on the same points."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from torch import Tensor

from gen2d.config.methods.ensembles import EnsembleKnobs
from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.plugins import resolve
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import fanned

Points = TypeVar("Points", np.ndarray, Tensor)


class Ensemble(TrainedMethod):
    """The mixture q(x) = (1/M) sum_m q_m(x) of M members per seed.

    One method holds all K M members, ordered by seed. The members of a seed differ by their initial
    parameters, minibatches and noise. The first one has the streams of the seed's single model.

    Source: Lakshminarayanan, Pritzel and Blundell, Simple and scalable predictive uncertainty
    estimation using deep ensembles, NeurIPS 2017.
    """

    knobs: EnsembleKnobs

    def __init__(self, knobs: EnsembleKnobs, task: Task):
        super().__init__(knobs, task)
        self.per_seed = knobs.members
        points = (x.repeat(knobs.members, axis=0) for x in (task.x_train, task.x_holdout))
        x_train, x_holdout = points
        sequences = fanned(task.init_sequences, knobs.members)
        of_members = Task(task.density, x_train, x_holdout, sequences)
        self.members: TrainedMethod = resolve(knobs.target.implementation)(knobs.target, of_members)

    @property
    def step_multiplier(self) -> int:
        return self.members.step_multiplier

    @step_multiplier.setter
    def step_multiplier(self, times: int) -> None:
        self.members.step_multiplier = times

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        return self.members.losses(x, noise)

    def loss_and_gradients(self, x: Tensor, noise: Noise, out: Sequence[Tensor]) -> Tensor:
        return self.members.loss_and_gradients(x, noise, out)

    def draw(self, n: int, noise: Noise) -> Tensor:
        return self._pooled(self.members.draw(self._share(n), noise))[:, :n]

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        drawn = self.members.sample(self._share(n), fanned(sequences, self.per_seed))
        self.acceptance = {
            name: shares.reshape(-1, self.per_seed).mean(1)
            for name, shares in self.members.acceptance.items()
        }
        return self._pooled(drawn)[:, :n]

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        of_members = self.members.log_prob(x.repeat(self.per_seed, axis=0))  # [K M, N]
        by_seed = of_members.reshape(-1, self.per_seed, x.shape[1])
        with np.errstate(invalid="ignore"):  # a member's density may be NaN
            return np.logaddexp.reduce(by_seed, axis=1) - np.log(self.per_seed)

    def _share(self, n: int) -> int:
        """Number of points that each member draws for n points per seed, rounded up."""
        return -(-n // self.per_seed)

    def _pooled(self, x: Points) -> Points:
        """Points [K, M n, 2] from the members' points [K M, n, 2], one of each member in turn."""
        by_seed = x.reshape(-1, self.per_seed, *x.shape[1:])
        return by_seed.swapaxes(1, 2).reshape(len(by_seed), -1, 2)
