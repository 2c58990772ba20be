"""Continuous normalizing flow trained by flow matching."""

import math
from types import SimpleNamespace

import torch
from torch import Tensor

from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks import EnsembleMLP, Standardisation
from gen2d.noise import Noise
from gen2d.samplers import heun

N_FREQUENCIES = 4  # of the features of time: t and sin, cos(pi k t), k = 1, ..., 4


def time_features(t: Tensor) -> Tensor:
    """Features [..., 9] of times [..., 1] in [0, 1]."""
    angles = math.pi * t * torch.arange(1, N_FREQUENCIES + 1, dtype=t.dtype)
    return torch.cat([t, angles.sin(), angles.cos()], dim=-1)


class CNF(TrainedMethod):
    """Learns the velocity v of a flow that carries N(0, I) at t = 0 to the data at t = 1.

    On the straight paths x_t = (1 - t) x_noise + t x_data, of independent pairs, the loss is
    E|v(x_t, t) - (x_data - x_noise)|^2. Its least value is the variance of x_data - x_noise given
    x_t, which is not 0, and the minimiser is the velocity that moves the whole law along the paths.
    Points are in standard units.

    Source: Lipman et al., Flow matching for generative modeling, ICLR 2023; the flow's likelihood:
    Chen et al., Neural ordinary differential equations, NeurIPS 2018, theorem 1.
    """

    def __init__(self, knobs: SimpleNamespace, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.from_numpy(task.x_train).float())
        sizes = [2 + 1 + 2 * N_FREQUENCIES, *knobs.network.hidden, 2]
        self.network = EnsembleMLP(sizes, knobs.network.activation, Noise(task.init_sequences))

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Velocities [K, N, 2] of points [K, N, 2], in standard units, at times [..., 1]."""
        features = time_features(t).expand(*x.shape[:-1], -1)
        return self.network(torch.cat([x, features], dim=-1))

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        x_data = self.units(x)
        x_noise, t = noise.normal(*x.shape[1:]), noise.uniform(x.shape[1], 1)
        x_t = x_noise + t * (x_data - x_noise)
        return (self.velocity(x_t, t) - (x_data - x_noise)).square().sum(-1).mean(-1)

    def draw(self, n: int, noise: Noise) -> Tensor:
        times = torch.linspace(0, 1, self.knobs.sampling.n_steps + 1).tolist()
        x = heun(lambda x, t: self.velocity(x, torch.tensor([t])), noise.normal(n, 2), times)
        return self.units.inverse(x)
