"""Targets and their losses."""

import torch

from gen2d.methods.targets import posterior_mean

GENERATOR = torch.Generator().manual_seed(0)


def test_posterior_mean_is_that_of_bayes():
    x = torch.randn(3, 40, 2, generator=GENERATOR, dtype=torch.double)
    x_t = torch.randn(3, 7, 2, generator=GENERATOR, dtype=torch.double)
    signal, sigma = torch.full((7, 1), 0.8).double(), torch.linspace(0.1, 2, 7).double()[:, None]
    mean = posterior_mean(x_t, x, signal, sigma)
    for k in range(3):
        for i in range(7):
            squares = (x_t[k, i] - signal[i] * x[k]).square().sum(-1)
            weights = (-squares / (2 * sigma[i] ** 2)).exp()
            expected = (weights[:, None] * x[k]).sum(0) / weights.sum()
            assert torch.allclose(mean[k, i], expected, rtol=1e-10)


def test_little_noise_leaves_the_point_itself():
    x = torch.randn(2, 50, 2, generator=GENERATOR)
    for sigma in (1e-2, 1e-6, 0.0):
        noise = torch.randn(2, 50, 2, generator=GENERATOR)
        x_t = x + sigma * noise
        mean = posterior_mean(x_t, x, torch.ones(1), torch.tensor([sigma]))
        assert (mean - x).abs().median() < 1e-4


def test_much_noise_leaves_the_mean():
    x = torch.randn(2, 50, 2, generator=GENERATOR)
    x_t = 1e3 * torch.randn(2, 50, 2, generator=GENERATOR)
    mean = posterior_mean(x_t, x, torch.ones(1), torch.tensor([1e3]))
    assert torch.allclose(mean, x.mean(1, keepdim=True).expand_as(x), atol=1e-2)


def test_a_point_far_out_keeps_its_own_place():
    x = torch.randn(2, 50, 2, generator=GENERATOR)
    x[0] *= 0.01  # close together, but without a point far out of their own
    x[1, 3] = 300.0
    for sigma in (1e-6, 1e-3, 0.04):
        x_t = x + sigma * torch.randn(2, 50, 2, generator=GENERATOR)
        mean = posterior_mean(x_t, x, torch.ones(1), torch.tensor([sigma]))
        assert mean.isfinite().all()
        assert (mean[1, 3] - x[1, 3]).abs().max() < 1e-4
        alone = posterior_mean(x_t[:1], x[:1], torch.ones(1), torch.tensor([sigma]))
        assert torch.allclose(mean[:1], alone, rtol=0, atol=1e-4)
