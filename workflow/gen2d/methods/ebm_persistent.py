"""Energy-based model trained by persistent contrastive divergence within a box."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gen2d.config.methods.energies import PersistentEBMKnobs
from gen2d.methods.base import Task
from gen2d.methods.quadrature import log_normaliser
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.metropolis import Acceptance, metropolis

MARGIN = 1.15  # side of the box, relative to the smallest box that holds the training points


class PersistentEBM(TrainedMethod):
    """Learns an energy E with p(x) = exp(-E(x)) / Z within a box around the data, 0 outside.

    The loss is the mean of E(x+) over data less the mean of E(x-) over samples of the model; its
    gradient is the one of the negative log-likelihood. The samples are chains at temperature 1 that
    persist from one training step to the next, so that a few Metropolis-Hastings steps suffice for
    them to follow the model. Points are in standard units.

    Source: Tieleman, Training restricted Boltzmann machines using approximations to the likelihood
    gradient, ICML 2008.
    """

    knobs: PersistentEBMKnobs
    sampling_time = "step"

    def __init__(self, knobs: PersistentEBMKnobs, task: Task):
        super().__init__(knobs, task)
        x_train = torch.as_tensor(task.x_train, dtype=torch.float32)
        self.units = Standardisation(x_train)
        noise = Noise(task.init_sequences)
        self.network = PointNetwork(knobs.network, noise, n_outputs=1)
        u = self.units(x_train)
        self.register_buffer("box", MARGIN * u.abs().amax(1, keepdim=True))  # [K, 1, 2]
        n_chains = knobs.training.chains.n_chains
        self.chains = (2 * noise.uniform(n_chains, 2) - 1) * self.box
        self.accepted = Acceptance()  # of the last `sample`

    def energy(self, u: Tensor) -> Tensor:
        """Energies [K, N] of points [K, N, 2] in standard units and in the box, nats."""
        return self.network(u).squeeze(-1)

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        if torch.is_grad_enabled():  # in training; the hold-out loss must not move the chains
            knobs = {k: v for k, v in vars(self.knobs.training.chains).items() if k != "n_chains"}
            with torch.no_grad():
                energy = self.network.field()
                self.chains = metropolis(energy, self.chains, noise, box=self.box, **knobs)
        # In one pass, which costs less than two.
        energies = self.energy(torch.cat([self.units(x), self.chains], 1))
        return energies[:, : x.shape[1]].mean(-1) - energies[:, x.shape[1] :].mean(-1)

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        start = (2 * noise.uniform(n, 2) - 1) * self.box
        x = metropolis(
            self.network.field(),
            start,
            noise,
            box=self.box,
            on_step=lambda i, x: on_step(i, self.units.inverse(x)),
            on_accept=self.accepted,
            **vars(self.knobs.sampling),
        )
        return self.units.inverse(x)

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        self.accepted = Acceptance()
        samples = super().sample(n, sequences)
        langevin, jumps = self.accepted.shares()
        self.acceptance = {"acceptance_langevin": langevin, "acceptance_jumps": jumps}
        return samples

    def score_at(self, x: Tensor, time: float) -> Tensor:
        return self.network.gradient_field(-1.0)(self.units(x)) / self.units.sd

    def energy_at(self, x: Tensor) -> Tensor:
        u = self.units(x)
        return torch.where((u.abs() <= self.box).all(-1), self.energy(u), torch.inf)

    def log_density(self, x: Tensor) -> Tensor:
        """log q + log Z [K, N] at x [K, N, 2], in nats; `log_prob` subtracts log Z."""
        u = self.units(x)
        inside = (u.abs() <= self.box).all(-1)
        return torch.where(inside, self.units.log_det() - self.energy(u), -torch.inf)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            constant = log_normaliser(self.energy, self.box, self.step_multiplier).double()
        return super().log_prob(x) - constant.numpy(force=True)
