"""Denoising diffusion probabilistic model."""

import math
from itertools import pairwise
from types import SimpleNamespace

import torch
from torch import Tensor

from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks import EnsembleMLP, Standardisation
from gen2d.noise import Noise


def linear_alpha_bar(n_steps: int) -> Tensor:
    """alpha_bar [T + 1] of Ho et al.: beta from 1e-4 to 0.02 at 1000 steps, scaled for others."""
    beta = torch.linspace(1e-4, 0.02, n_steps, dtype=torch.double) * 1000 / n_steps
    return torch.cat([torch.ones(1, dtype=torch.double), (1 - beta.clamp(max=0.999)).cumprod(0)])


def cosine_alpha_bar(n_steps: int) -> Tensor:
    """alpha_bar [T + 1] of Nichol and Dhariwal: a squared cosine, kept above 0 at its end."""
    t = torch.linspace(0, 1, n_steps + 1, dtype=torch.double)
    curve = ((t + 0.008) / 1.008 * math.pi / 2).cos().square()
    return (curve / curve[0]).clamp(min=1e-5)


SCHEDULES = {"linear": linear_alpha_bar, "cosine": cosine_alpha_bar}


class DDPM(TrainedMethod):
    """Learns to undo noise: x_t = a_t x + s_t eps, with a_t^2 = alpha_bar_t and a_t^2 + s_t^2 = 1.

    The loss is E|f(x_t, t) - target|^2 at uniform t = 1, ..., T, where the target is eps or
    v = a_t eps - s_t x. The network sees t as a quarter of the log signal-to-noise ratio. Points
    are in standard units.

    Source: Ho, Jain and Abbeel, Denoising diffusion probabilistic models, NeurIPS 2020, eq. 14;
    v: Salimans and Ho, ICLR 2022; deterministic sampling (DDIM): Song, Meng and Ermon, ICLR 2021,
    eq. 12.
    """

    def __init__(self, knobs: SimpleNamespace, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.from_numpy(task.x_train).float())
        sizes = [3, *knobs.network.hidden, 2]
        self.network = EnsembleMLP(sizes, knobs.network.activation, Noise(task.init_sequences))
        alpha_bar = SCHEDULES[knobs.training.noise_schedule](knobs.training.n_timesteps)
        self.signal = alpha_bar.sqrt().float()  # a_t, [T + 1]
        self.sigma = (1 - alpha_bar).sqrt().float()  # s_t, [T + 1]
        self.log_snr = (alpha_bar / (1 - alpha_bar)).log().float()  # infinite at t = 0

    def predict(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """The data and the noise [K, N, 2] that the network sees in x_t [K, N, 2] at t [..., 1]."""
        a, s = self.signal[t], self.sigma[t]
        output = self._output(x, t)
        if self.knobs.training.prediction == "v":
            return a * x - s * output, s * x + a * output
        return (x - s * output) / a, output

    def _output(self, x: Tensor, t: Tensor) -> Tensor:
        time = (self.log_snr[t] / 4).expand(*x.shape[:-1], -1)
        return self.network(torch.cat([x, time], dim=-1))

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        x_data, eps = self.units(x), noise.normal(*x.shape[1:])
        t = 1 + noise.integers(self.knobs.training.n_timesteps, x.shape[1], 1)
        a, s = self.signal[t], self.sigma[t]  # [K, B, 1]
        target = a * eps - s * x_data if self.knobs.training.prediction == "v" else eps
        return (self._output(a * x_data + s * eps, t) - target).square().sum(-1).mean(-1)

    def draw(self, n: int, noise: Noise) -> Tensor:
        knobs = self.knobs.sampling
        visited = (
            torch.linspace(self.knobs.training.n_timesteps, 0, knobs.n_steps + 1).round().long()
        )
        x = noise.normal(n, 2)
        for now, then in pairwise(visited):
            x_data, eps = self.predict(x, now.view(1))
            s, s_now = self.sigma[then], self.sigma[now]
            spread = 0.0
            if knobs.sampler == "ancestral":
                ratio = self.signal[now] / self.signal[then]
                spread = s / s_now * (1 - ratio**2).clamp(min=0).sqrt()
                x = self.signal[then] * x_data + (s**2 - spread**2).clamp(min=0).sqrt() * eps
                x = x + spread * noise.normal(n, 2)
            else:
                x = self.signal[then] * x_data + s * eps
        return self.units.inverse(x)
