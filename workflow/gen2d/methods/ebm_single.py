"""Energy-based model trained by contrastive divergence, sampled by Langevin dynamics."""

import torch
from torch import Tensor

from gen2d.config.methods.energies import EBMKnobs
from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, Score, ignore
from gen2d.samplers.langevin import langevin, langevin_chains


class EBM(TrainedMethod):
    """Learns an energy E with p(x) = exp(-E(x)) / Z.

    The loss is E(x+) - E(x-) + a (E(x+)^2 + E(x-)^2), averaged over data x+ and negatives x-, the
    ends of short Langevin chains from N(0, I). Its gradient estimates the gradient of the negative
    log-likelihood. Its value measures no quality: without the penalty it is 0 for any constant
    energy, and wherever negatives and data have one law.

    Two switches reproduce mistakes of the coursework's submission. With the gradient of the batch's
    *mean* energy, each of the B negatives has 1/B of the right drift and noise of the right size,
    so that the chains are random walks. With the energy in place of the score, sampling adds the
    same number, step E(x), to both coordinates of a point.

    Source: Hinton, Training products of experts by minimizing contrastive divergence, Neural
    Computation 2002; chains from noise and the penalty: Nijkamp et al., NeurIPS 2019, and Du and
    Mordatch, NeurIPS 2019, eq. 5.
    """

    knobs: EBMKnobs
    sampling_time = "step"

    def __init__(self, knobs: EBMKnobs, task: Task):
        super().__init__(knobs, task)
        self.network = PointNetwork(knobs.network, Noise(task.init_sequences), n_outputs=1)

    def energy(self, x: Tensor) -> Tensor:
        """Energies [K, N] of points [K, N, 2], in nats up to a constant; lower is likelier."""
        return self.network(x).squeeze(-1)

    def score(self) -> Score:
        """x -> the score -grad E [K, N, 2] at the current parameters."""
        return self.network.gradient_field(-1.0)

    def negatives_score(self, n: int) -> Score:
        """The drift of the n chains of training: the score, or 1/n of it with the mistake on."""
        part = 1 / n if self.knobs.training.mean_energy_gradient else 1.0
        return self.network.gradient_field(-part)

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        knobs, start = self.knobs.training, noise.normal(*x.shape[1:])
        score = self.negatives_score(x.shape[1])
        negatives = langevin(score, start, noise, **vars(knobs.negatives))
        data, model = self.energy(torch.cat([x, negatives], 1)).chunk(2, 1)  # [K, B]
        penalty = data.square().mean(-1) + model.square().mean(-1)
        return data.mean(-1) - model.mean(-1) + knobs.energy_penalty * penalty

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        knobs = dict(vars(self.knobs.sampling))
        drift = self._energy_twice if knobs.pop("energy_as_score") else self.score()
        return langevin_chains(drift, n, noise, on_step, **knobs)

    def _energy_twice(self, x: Tensor) -> Tensor:
        return self.energy(x).unsqueeze(-1).expand_as(x)

    def score_at(self, x: Tensor, time: float) -> Tensor:
        return self.score()(x)

    def energy_at(self, x: Tensor) -> Tensor:
        return self.energy(x)
