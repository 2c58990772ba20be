"""Energy-based model at many noise levels, trained by denoising score matching."""

import torch
from torch import Tensor

from gen2d.config.methods.energies import MultilevelEBMKnobs
from gen2d.methods.multilevel import Multilevel
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.langevin import annealed_langevin


class MultilevelEBM(Multilevel):
    """Learns an energy E(x, sigma) of the data smoothed at sigma, by denoising score matching.

    E = |x|^2 / (2 (1 + sigma^2)) + N(x / sqrt(1 + sigma^2), log(sigma) / 4) / sigma, with a scalar
    network N. The quadratic term makes exp(-E) integrable if N grows slower. The score is -grad E,
    which is the preconditioned denoiser with F = -grad N.

    Annealed Langevin dynamics draws the samples: chains cross between modes at high noise levels,
    and not at the lowest. Scores hardly depend on the mass of separate modes, so exp(-E) at the
    lowest level may weigh modes wrongly. `log_prob` therefore takes the probability-flow ODE, which
    passes through every level.

    Source: Salimans and Ho, Should EBMs model the energy or the score?, ICLR workshop 2021;
    sampler: Song and Ermon, NeurIPS 2019, algorithm 1.
    """

    knobs: MultilevelEBMKnobs
    n_outputs = 1

    def energy(self, x: Tensor, sigma: Tensor) -> Tensor:
        """E [K, N] of points [K, N, 2] in standard units at sigma [..., 1]."""
        variance = (1 + sigma.square()).squeeze(-1)
        output = self.network(x / variance.sqrt().unsqueeze(-1), self.condition(sigma)).squeeze(-1)
        return x.square().sum(-1) / (2 * variance) + output / sigma.squeeze(-1)

    def output(self, u: Tensor, sigma: Tensor) -> Tensor:
        return -self.network.with_input_gradient(u, self.condition(sigma))[1]

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        u, sigma, target = self.denoising(x, noise, self.knobs.training.stable_targets)
        return (self.output(u, sigma) - target).square().sum(-1).mean(-1)

    def output_with_divergence(self, u: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        with torch.inference_mode(False), torch.enable_grad():
            u = u.clone().requires_grad_()
            output = self.output(u, sigma.clone())
            slopes = [
                torch.autograd.grad(output[..., i].sum(), u, retain_graph=True)[0][..., i]
                for i in range(2)
            ]
        return output.detach(), sum(slopes)

    def energy_at(self, x: Tensor) -> Tensor:
        return self.energy(self.units(x), torch.tensor([self.knobs.training.lowest_noise_level]))

    def advance(self, x: Tensor, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        knobs = self.knobs.sampling
        levels = self._levels(knobs.n_levels - 1)

        def score(x: Tensor, sigma: float) -> Tensor:
            return (self.denoise(x, torch.tensor([sigma])) - x) / sigma**2

        return annealed_langevin(
            score,
            x,
            noise,
            levels,
            step=knobs.step,
            n_steps=knobs.n_steps,
            on_step=self.on_scale(on_step),
        )
