"""Variational autoencoder with a learned decoder variance and a learned mixture prior."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gen2d.config.methods.latents import VAEKnobs
from gen2d.methods.base import Task
from gen2d.methods.quadrature import log_node_area, midpoints
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise

LATENT = 2
# The quadrature over latents: nodes per side, and its reach beyond the prior's means.
N_NODES = 256
PRIOR_SDS = 5.0


def normal_log_prob(x: Tensor, mean: Tensor, log_sd: Tensor) -> Tensor:
    """Log-density of a diagonal Gaussian, summed over the last dimension, nats."""
    z = (x - mean) * (-log_sd).exp()
    return (-0.5 * z.square() - log_sd - 0.5 * math.log(2 * math.pi)).sum(-1)


class LogSumExp(torch.autograd.Function):
    """log sum exp(x) over the last dimension; `torch.logsumexp` is far slower where exp underflows.

    With shares = softmax(x) it is max x - log max shares. Backward: by_x = shares by_sum.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        shares = x.softmax(-1)
        ctx.save_for_backward(shares)
        return x.amax(-1) - shares.amax(-1).log()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_sum: Tensor) -> Tensor:
        (shares,) = ctx.saved_tensors
        return shares * by_sum.unsqueeze(-1)


log_sum_exp = LogSumExp.apply


class VAE(TrainedMethod):
    """Learns p(x) = E_{p(z)} N(x; decoder(z), s^2 I) through an encoder q(z | x).

    The loss is the negative evidence lower bound, in nats and in the units of the data,
    -E_q [log p(x | z) + log p(z) - log q(z | x)], which is at least the negative log-likelihood.
    The number s and the prior, a mixture of diagonal Gaussians, are learned. Samples include the
    decoder's noise.

    Source: Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, eq. 3; learned variance:
    Rybkin et al., ICML 2021; mixture prior: Tomczak and Welling, AISTATS 2018.
    """

    knobs: VAEKnobs

    def __init__(self, knobs: VAEKnobs, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.as_tensor(task.x_train, dtype=torch.float32))
        noise = Noise(task.init_sequences)
        self.encoder = PointNetwork(knobs.network, noise, n_outputs=2 * LATENT)
        self.decoder = PointNetwork(knobs.network, noise, n_inputs=LATENT, n_outputs=2)
        n, k = knobs.training.prior_components, noise.n_members
        self.log_sd = nn.Parameter(torch.full((k, 1, 1), knobs.training.initial_log_sd))
        self.prior_mean = nn.Parameter(noise.normal(1, n, LATENT).clone())
        self.prior_log_sd = nn.Parameter(torch.full((k, 1, n, LATENT), -0.5 * math.log(n)))
        self.prior_logit = nn.Parameter(torch.zeros(k, 1, n))

    def prior_log_prob(self, z: Tensor) -> Tensor:
        """log p(z), [K, N], of latents [K, N, 2]."""
        mean, log_sd = self.prior_mean.squeeze(1), self.prior_log_sd.squeeze(1)  # [K, M, 2]
        precision = (-2 * log_sd).exp()
        constant = -log_sd - 0.5 * mean.square() * precision - 0.5 * math.log(2 * math.pi)
        constant = self.prior_logit.log_softmax(-1) + constant.sum(-1).unsqueeze(1)  # [K, 1, M]
        # The square is expanded, so that one matrix product serves all pairs.
        slopes = torch.cat([mean * precision, -0.5 * precision], -1)
        return log_sum_exp(torch.baddbmm(constant, torch.cat([z, z.square()], -1), slopes.mT))

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        u = self.units(x)
        mean, log_sd = self.encoder(u).split(LATENT, dim=-1)
        z = mean + log_sd.exp() * noise.normal(x.shape[1], LATENT)
        evidence = normal_log_prob(u, self.decoder(z), self.log_sd) + self.prior_log_prob(z)
        bound = evidence - normal_log_prob(z, mean, log_sd) + self.units.log_det()
        return -bound.mean(-1)

    def draw(self, n: int, noise: Noise) -> Tensor:
        weights = self.prior_logit.softmax(-1).squeeze(1).cumsum(-1)  # [K, M]
        chosen = torch.searchsorted(weights, noise.uniform(n).contiguous())
        chosen = chosen.clamp(max=weights.shape[-1] - 1).unsqueeze(-1).expand(-1, -1, LATENT)
        mean, log_sd = (
            prior.squeeze(1).gather(1, chosen) for prior in (self.prior_mean, self.prior_log_sd)
        )
        u = self.decoder(mean + log_sd.exp() * noise.normal(n, LATENT))
        return self.units.inverse(u + self.log_sd.exp() * noise.normal(n, 2))

    def log_density(self, x: Tensor) -> Tensor:
        """log q(x) [K, N], by quadrature over a box of latents around 0 that holds the prior."""
        u = self.units(x)
        reach = self.prior_mean.abs() + PRIOR_SDS * self.prior_log_sd.exp()  # [K, 1, M, 2]
        box = reach.amax(2)  # [K, 1, 2]
        scaled = u * (-self.log_sd).exp()
        parts, n_nodes = [], N_NODES // self.step_multiplier
        for z in midpoints(box, n_nodes):
            mean = self.decoder(z) * (-self.log_sd).exp()
            log_weight = self.prior_log_prob(z) - 0.5 * mean.square().sum(-1)
            parts.append(log_sum_exp(torch.baddbmm(log_weight.unsqueeze(1), scaled, mean.mT)))
        constant = -2 * self.log_sd.squeeze(-1) - math.log(2 * math.pi) + self.units.log_det()
        log_prob = log_sum_exp(torch.stack(parts, -1)) - 0.5 * scaled.square().sum(-1)
        return log_prob + log_node_area(box, n_nodes) + constant
