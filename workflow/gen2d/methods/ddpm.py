"""Denoising diffusion probabilistic model."""

import math
from itertools import pairwise

import torch
from torch import Tensor

from gen2d.config.methods.flows import DDPMKnobs
from gen2d.methods.base import Task
from gen2d.methods.regression import Regression, RegressionBatch
from gen2d.methods.targets import posterior_mean
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.ode import diffusion_log_prob, flow_levels
from gen2d.samplers.sde import noise_levels


def linear_alpha_bar(n_steps: int) -> Tensor:
    """alpha_bar [T + 1] of Ho et al.: beta from 1e-4 to 0.02, times 1000 / n_steps."""
    beta = torch.linspace(1e-4, 0.02, n_steps, dtype=torch.double) * 1000 / n_steps
    return torch.cat([torch.ones(1, dtype=torch.double), (1 - beta.clamp(max=0.999)).cumprod(0)])


def cosine_alpha_bar(n_steps: int) -> Tensor:
    """alpha_bar [T + 1] of Nichol and Dhariwal: a squared cosine, kept above 0 at its end."""
    t = torch.linspace(0, 1, n_steps + 1, dtype=torch.double)
    curve = ((t + 0.008) / 1.008 * math.pi / 2).cos().square()
    return (curve / curve[0]).clamp(min=1e-5)


SCHEDULES = {"linear": linear_alpha_bar, "cosine": cosine_alpha_bar}


class DDPM(Regression):
    """Denoises x_t = a_t x + s_t eps, with a_t^2 = alpha_bar_t and a_t^2 + s_t^2 = 1.

    The loss is E|f(x_t, t) - target|^2 at uniform t = 1, ..., T, where the target is eps or
    v = a_t eps - s_t x. Stable targets replace x by `posterior_mean`. The network's input for t is
    a quarter of the log signal-to-noise ratio. Points are in standard units.

    y = x_t / a_t is the data smoothed at sigma = s_t / a_t. In y, sampling without fresh noise
    solves the probability-flow ODE dy / dsigma = E[eps | x_t]. `log_prob` is the density of the
    ODE's points at t = 1. Its steps take any sigma, since the network's time is continuous.

    Source: Ho, Jain and Abbeel, Denoising diffusion probabilistic models, NeurIPS 2020, eq. 14;
    v: Salimans and Ho, ICLR 2022; deterministic sampling (DDIM): Song, Meng and Ermon, ICLR 2021,
    eq. 12.
    """

    knobs: DDPMKnobs
    sampling_time = "diffusion step"

    def __init__(self, knobs: DDPMKnobs, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.as_tensor(task.x_train, dtype=torch.float32))
        noise = Noise(task.init_sequences)
        self.network = PointNetwork(knobs.network, noise, n_conditions=1, n_outputs=2)
        alpha_bar = SCHEDULES[knobs.training.noise_schedule](knobs.training.n_timesteps)
        self.signal = alpha_bar.sqrt().float()  # a_t, [T + 1]
        self.sigma = (1 - alpha_bar).sqrt().float()  # s_t, [T + 1]
        self.log_snr = (alpha_bar / (1 - alpha_bar)).log().float()  # infinite at t = 0

    def predict(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Predicted data and noise, each [K, N, 2], from x_t [K, N, 2] at t [..., 1]."""
        a, s = self.signal[t], self.sigma[t]
        output = self._output(x, self.log_snr[t])
        if self.knobs.training.prediction == "v":
            return a * x - s * output, s * x + a * output
        return (x - s * output) / a, output

    def _output(self, x: Tensor, log_snr: Tensor) -> Tensor:
        return self.network(x, log_snr / 4)

    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        x_data, eps = self.units(x), noise.normal(*x.shape[1:])
        t = 1 + (self.knobs.training.n_timesteps * noise.stratified(x.shape[1])).long()
        a, s = self.signal[t], self.sigma[t]  # [K, B, 1]
        x_t = a * x_data + s * eps
        if self.knobs.training.stable_targets:
            x_data = posterior_mean(x_t, x_data, a, s)
            eps = (x_t - a * x_data) / s
        target = a * eps - s * x_data if self.knobs.training.prediction == "v" else eps
        return RegressionBatch((x_t, self.log_snr[t] / 4), target)

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        knobs = self.knobs.sampling
        visited = (
            torch.linspace(self.knobs.training.n_timesteps, 0, knobs.n_steps + 1).round().long()
        )
        x = noise.normal(n, 2)
        for now, then in pairwise(visited):
            on_step(int(now), self.units.inverse(x))
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

    def score_at(self, x: Tensor, time: float) -> Tensor:
        _, eps = self.predict(self.units(x), torch.tensor([int(time)]))
        return -eps / (self.sigma[int(time)] * self.units.sd)

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        sigma, known = self.units.level(noise_level), self.sigma[1:] / self.signal[1:]
        unknown = (sigma < known[0]) | (sigma > known[-1])
        if unknown.all():
            return None
        signal = 1 / (1 + sigma.square()).sqrt()
        x_t = signal * self.units(x)
        eps = self._output(x_t, -2 * sigma.log())
        if self.knobs.training.prediction == "v":
            eps = signal * (sigma * x_t + eps)
        return (-eps / (sigma * self.units.sd)).masked_fill(unknown, torch.nan)

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor]:
        return self.units.noised(self.signal[int(time)].item(), self.sigma[int(time)].item())

    def log_density(self, x: Tensor) -> Tensor:
        def velocity(u: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
            log_snr = torch.tensor([-2 * math.log(sigma)])
            output, divergence = self.network.with_divergence(u, log_snr / 4)
            if self.knobs.training.prediction == "v":
                return output, divergence
            a, s = 1 / math.hypot(1, sigma), sigma / math.hypot(1, sigma)
            return (output - s * u) / a, (divergence - 2 * s) / a

        every = (self.sigma / self.signal).tolist()  # of each t, rising from 0
        levels = flow_levels(every[1], every[-1], self.step_multiplier)
        if self.knobs.training.prediction == "eps":  # v then has poles at the angle pi / 2
            levels = noise_levels(every[-1], every[1], 3 * (len(levels) - 1) // 2)[::-1]
        return diffusion_log_prob(velocity, self.units(x), levels) + self.units.log_det()
