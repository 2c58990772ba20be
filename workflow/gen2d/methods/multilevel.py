"""Methods with scores at many noise levels, by one noise-conditional network."""

import math
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from gen2d.config.methods.energies import MultilevelEBMKnobs
from gen2d.config.methods.scores import MultilevelDSMKnobs, MultilevelSMKnobs, ReverseSampling
from gen2d.methods.base import Task
from gen2d.methods.scored import ScoreMethod
from gen2d.methods.targets import posterior_mean
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.ode import diffusion_log_prob, flow_levels, heun
from gen2d.samplers.sde import noise_levels, reverse_sde

MultilevelKnobs = MultilevelDSMKnobs | MultilevelEBMKnobs | MultilevelSMKnobs


class Multilevel(ScoreMethod):
    """Learns the scores of the data smoothed at every noise level sigma of a range.

    The denoiser is D(x, sigma) = (x + sigma sqrt(1 + sigma^2) F) / (1 + sigma^2), with the network
    F = F(x / sqrt(1 + sigma^2), log(sigma) / 4), whose target has variance 1 at every level. The
    score is (D - x) / sigma^2. Points and sigma are in standard units.

    The probability-flow ODE or the reverse SDE carries points to the lowest level; the samples are
    the denoiser's outputs there (Tweedie). `log_prob` is the density of the ODE's points before
    this denoising.

    Source: preconditioning and sampler: Karras et al., Elucidating the design space of
    diffusion-based generative models, NeurIPS 2022, table 1 and algorithm 1; likelihood: Song et
    al., Score-based generative modeling through SDEs, ICLR 2021, eq. 39.
    """

    knobs: MultilevelKnobs
    n_outputs = 2
    sampling_time = "noise level"
    denoises = True

    def __init__(self, knobs: MultilevelKnobs, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.as_tensor(task.x_train, dtype=torch.float32))
        noise = Noise(task.init_sequences)
        self.network = PointNetwork(knobs.network, noise, n_conditions=1, n_outputs=self.n_outputs)

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The network's estimate of E[x_data | x], [K, N, 2], at x [K, N, 2], sigma [..., 1]."""
        total = (1 + sigma.square()).sqrt()  # standard deviation of x
        return x / total.square() + sigma / total * self.output(x / total, sigma)

    def output(self, u: Tensor, sigma: Tensor) -> Tensor:
        """F [K, N, 2] at points u = x / sqrt(1 + sigma^2)."""
        return self.network(u, self.condition(sigma))

    def output_with_divergence(self, u: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """`output`, and its divergence [K, N]."""
        return self.network.with_divergence(u, self.condition(sigma))

    @staticmethod
    def condition(sigma: Tensor) -> Tensor:
        """The network's input for sigma."""
        return sigma.log() / 4

    def levels_to_train(self, n: int, noise: Noise) -> Tensor:
        """Random noise levels [K, n, 1] for a minibatch, with log sigma uniform."""
        knobs = self.knobs.training
        low, high = math.log(knobs.lowest_noise_level), math.log(knobs.highest_noise_level)
        return (low + (high - low) * noise.stratified(n)).exp()

    def denoising(
        self, x: Tensor, noise: Noise, stable_targets: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs u [K, B, 2], levels [K, B, 1] and targets [K, B, 2] of F, to match scores.

        With log sigma uniform, E|F - (sigma x - eps) / sqrt(1 + sigma^2)|^2 is
        E (1 + sigma^2) / sigma^2 |D(x + sigma eps, sigma) - x|^2, the score's loss with weight
        sigma^2 (1 + sigma^2). Stable targets replace x by `posterior_mean`.

        Source: Song and Ermon, Generative modeling by estimating gradients of the data
        distribution, NeurIPS 2019, eq. 6.
        """
        x_data, eps = self.units(x), noise.normal(*x.shape[1:])
        sigma = self.levels_to_train(x.shape[1], noise)
        total = (1 + sigma.square()).sqrt()
        x_t = x_data + sigma * eps
        if stable_targets:
            x_data = posterior_mean(x_t, x_data, torch.ones_like(sigma), sigma)
        return x_t / total, sigma, (total * x_data - x_t / total) / sigma

    def begin(self, n: int, noise: Noise) -> Tensor:
        """Points [K, n, 2] of N(0, (1 + sigma^2) I), nearly the law at the highest level sigma."""
        return math.hypot(1, self.knobs.training.highest_noise_level) * noise.normal(n, 2)

    def begin_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        level = self.knobs.training.highest_noise_level
        return self.units(x) + level * noise.normal(*x.shape[1:])

    def end_exactly(self, x: Tensor, noise: Noise) -> Tensor:
        level = self.knobs.training.lowest_noise_level
        return self.units(x) + level * noise.normal(*x.shape[1:])

    def advance(self, x: Tensor, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        # Energies, which sample otherwise, override this.
        knobs = cast(ReverseSampling, self.knobs.sampling)
        levels, on_step = self._levels(knobs.n_steps), self.on_scale(on_step)

        def denoise(x: Tensor, sigma: float) -> Tensor:
            return self.denoise(x, torch.tensor([sigma]))

        def velocity(x: Tensor, sigma: float) -> Tensor:
            """The probability-flow ODE, dx / dsigma = -sigma score(x, sigma)."""
            return (x - denoise(x, sigma)) / sigma

        if knobs.sampler == "sde":
            x = reverse_sde(denoise, x, noise, levels, on_step)
        else:
            x = heun(velocity, x, levels, on_step)
        on_step(levels[-1], x)
        return x

    def end(self, x: Tensor, denoised: bool) -> Tensor:
        if denoised:
            x = self.denoise(x, torch.tensor([self.knobs.training.lowest_noise_level]))
        return self.units.inverse(x)

    def use_exact(self, mean: Callable[[Tensor, float], Tensor], scale: float) -> None:
        """Also sets one scale for all members and coordinates, so that noise stays isotropic."""
        self.units.sd.fill_(scale)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            return self.units(mean(self.units.inverse(x), sigma.item() * scale))

        self.denoise = denoise  # type: ignore[method-assign]

    def on_scale(self, on_step: OnStep) -> OnStep:
        """An `OnStep` that passes x / sqrt(1 + sigma^2) on, in the units of the data.

        These points have the variance of the data at every level.
        """
        return lambda sigma, x: on_step(sigma, self.units.inverse(x / math.hypot(1, sigma)))

    def score_at(self, x: Tensor, time: float) -> Tensor:
        total = math.hypot(1, time)
        u = total * self.units(x)
        score = (self.denoise(u, torch.tensor([time])) - u) / time**2
        return total * score / self.units.sd

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor | None:
        knobs, sigma = self.knobs.training, self.units.level(noise_level)
        unknown = (sigma < knobs.lowest_noise_level) | (sigma > knobs.highest_noise_level)
        if unknown.all():
            return None
        u = self.units(x)
        score = (self.denoise(u, sigma) - u) / (sigma.square() * self.units.sd)
        return score.masked_fill(unknown, torch.nan)

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor]:
        total = math.hypot(1, time)
        return self.units.noised(1 / total, time / total)

    def _levels(self, n_steps: int) -> list[float]:
        knobs = self.knobs.training
        return noise_levels(knobs.highest_noise_level, knobs.lowest_noise_level, n_steps)

    def log_density(self, x: Tensor) -> Tensor:
        def velocity(u: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
            output, divergence = self.output_with_divergence(u, torch.tensor([sigma]))
            return -output, -divergence

        knobs = self.knobs.training
        levels = flow_levels(
            knobs.lowest_noise_level, knobs.highest_noise_level, self.step_multiplier
        )
        return diffusion_log_prob(velocity, self.units(x), levels) + self.units.log_det()
