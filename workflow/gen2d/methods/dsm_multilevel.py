"""Denoising score matching at many noise levels, with one noise-conditional network."""

import math
from types import SimpleNamespace

import torch
from torch import Tensor

from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks import EnsembleMLP, Standardisation
from gen2d.noise import Noise
from gen2d.samplers import heun

RHO = 7.0  # spacing of the sampling levels: denser near 0, as Karras et al. found best


class MultilevelDSM(TrainedMethod):
    """Learns the scores of the data smoothed at every noise level sigma of a range.

    The network is a denoiser D(x, sigma) = (x + sigma sqrt(1 + sigma^2) F) / (1 + sigma^2), with
    F = F(x / sqrt(1 + sigma^2), log(sigma) / 4), so that what F has to learn has variance 1 at
    every level; the score is (D - x) / sigma^2. With log sigma uniform, the loss is
    E (1 + sigma^2) / sigma^2 |D(x + sigma eps, sigma) - x|^2, denoising score matching with weight
    sigma^2 (1 + sigma^2). Points are in standard units, and so is sigma.

    Source: Song and Ermon, Generative modeling by estimating gradients of the data distribution,
    NeurIPS 2019, eq. 6; preconditioning and sampler: Karras et al., Elucidating the design space of
    diffusion-based generative models, NeurIPS 2022, table 1 and algorithm 1.
    """

    def __init__(self, knobs: SimpleNamespace, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.from_numpy(task.x_train).float())
        sizes = [3, *knobs.network.hidden, 2]
        self.network = EnsembleMLP(sizes, knobs.network.activation, Noise(task.init_sequences))

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """E[x_data | x] as the network sees it, [K, N, 2], for x [K, N, 2] and sigma [..., 1]."""
        total = (1 + sigma.square()).sqrt()  # standard deviation of x
        time = (sigma.log() / 4).expand(*x.shape[:-1], -1)
        output = self.network(torch.cat([x / total, time], dim=-1))
        return x / total.square() + sigma / total * output

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        knobs, x_data = self.knobs.training, self.units(x)
        low, high = math.log(knobs.lowest_noise_level), math.log(knobs.highest_noise_level)
        sigma = (low + (high - low) * noise.uniform(x.shape[1], 1)).exp()  # [K, B, 1]
        x_t = x_data + sigma * noise.normal(*x.shape[1:])
        weight = 1 + sigma.square().reciprocal()
        return (weight * (self.denoise(x_t, sigma) - x_data).square()).sum(-1).mean(-1)

    def draw(self, n: int, noise: Noise) -> Tensor:
        knobs = self.knobs.training
        ends = torch.tensor([knobs.highest_noise_level, knobs.lowest_noise_level]) ** (1 / RHO)
        levels = (
            ends[0] + torch.linspace(0, 1, self.knobs.sampling.n_steps + 1) * ends.diff()
        ) ** RHO

        def velocity(x: Tensor, sigma: float) -> Tensor:
            """Of the probability-flow ODE, dx / dsigma = -sigma score(x, sigma)."""
            return (x - self.denoise(x, torch.tensor([sigma]))) / sigma

        start = levels[0].square().add(1).sqrt() * noise.normal(n, 2)
        x = heun(velocity, start, levels.tolist())
        return self.units.inverse(self.denoise(x, levels[-1:]))
