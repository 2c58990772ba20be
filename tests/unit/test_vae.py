"""The variational autoencoder: its bound, its latents and its density."""

import numpy as np
import torch

from ensembles import DENSITY, SEEDS, build, points, streams, trained
from gen2d.methods import vae
from gen2d.methods.quadrature import log_node_area, midpoints
from gen2d.randomness.noise import Noise


def test_vae_bound_is_above_the_negative_log_likelihood():
    """The entropy of N(0, 0.25 I), which no loss on fresh points can be below."""
    method, record = trained("vae", n_steps=1000, learning_rate=3e-3, schedule="cosine")
    entropy = DENSITY.entropy()
    x = torch.from_numpy(points("fresh", 4000, SEEDS)).float()
    with torch.no_grad():
        loss = method.losses(x, Noise(streams("loss", SEEDS)))
    assert (loss > entropy - 0.05).all()
    assert (loss < entropy + 0.25).all()
    assert np.isfinite(record.loss_train).all()


def test_vae_draws_its_latents_by_their_weights():
    """Of four narrow Gaussians all, or the first alone."""
    method = build("vae", prior_components=4)
    method.decoder = torch.nn.Identity()
    spreads = []
    with torch.no_grad():
        method.prior_log_sd.fill_(-10.0)
        method.log_sd.fill_(-10.0)
        for weight in (0.0, 50.0):
            method.prior_logit[..., 0] = weight
            spreads.append(method.sample(200, streams("sample", SEEDS)).std(1))
    assert (spreads[0] > 0.05).all() and (spreads[1] < 1e-3).all()


def test_vae_density_is_the_dense_sum_over_its_latents():
    """Beside `torch.logsumexp` over normal log-densities, pair by pair."""
    method, _ = trained("vae", n_steps=20)
    method.double()
    u = method.units(torch.from_numpy(points("test", 20, SEEDS)))
    with torch.no_grad():
        reach = method.prior_mean.abs() + vae.PRIOR_SDS * method.prior_log_sd.exp()
        box = reach.amax(2)
        z = torch.cat(list(midpoints(box, vae.N_NODES)), 1)
        prior = vae.normal_log_prob(z.unsqueeze(2), method.prior_mean, method.prior_log_sd)
        prior = (method.prior_logit.log_softmax(-1) + prior).logsumexp(-1)
        likelihood = vae.normal_log_prob(
            u.unsqueeze(2), method.decoder(z).unsqueeze(1), method.log_sd.unsqueeze(1)
        )
        dense = (prior.unsqueeze(1) + likelihood).logsumexp(-1) + log_node_area(box, vae.N_NODES)
        density = method.log_density(method.units.inverse(u))
    assert torch.allclose(density, dense + method.units.log_det(), rtol=0, atol=1e-6)
