"""Baselines: one Gaussian, the points themselves, and the kernel density of them."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import gaussian_kde

from ensembles import SEEDS, build, points, streams
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.methods.base import Task
from gen2d.methods.baselines import BANDWIDTHS, KDE, Gaussian


def test_a_gaussian_has_the_moments_of_its_points():
    x = np.random.default_rng(0).normal(size=(1, 400, 2)) @ np.array([[1.0, 0.8], [0.0, 0.3]])
    mean, covariance = x[0].mean(0), np.cov(x[0].T)
    method = Gaussian(None, Task(None, x, x, ()))
    samples = method.sample(40_000, streams("sample", (0,)))[0]
    np.testing.assert_allclose(samples.mean(0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(samples.T), covariance, atol=0.03)
    expected = stats.multivariate_normal(mean, covariance).logpdf(x[0])
    np.testing.assert_allclose(method.log_prob(x)[0], expected)


def test_points_are_redrawn_with_replacement():
    """About 63 % of them are seen; 75 % would be 5 standard deviations more."""
    method = build("resample")
    redrawn = method.sample(200, streams("sample", SEEDS))
    for some, x in zip(redrawn, method.task.x_train, strict=True):
        seen = {tuple(point) for point in some}
        assert seen <= {tuple(point) for point in x}
        assert len(seen) < 150


def test_kde_takes_the_likeliest_bandwidth():
    method = build("kde")
    for x, holdout in zip(method.task.x_train, method.task.x_holdout, strict=True):
        fits = [gaussian_kde(x.T, bw_method=bandwidth) for bandwidth in BANDWIDTHS]
        likeliest = max(fits, key=lambda fit: fit.logpdf(holdout.T).mean())
        assert method._fit(x, holdout).factor == likeliest.factor


@pytest.mark.parametrize("name", ["gaussian", "kde"])
def test_baselines_fit_columns_of_any_units_and_state_nothing_of_a_line(name):
    method = build(name, seeds=SEEDS[:1])
    x, units = points("test", 1, SEEDS[:1]), np.array([1e-6, 1e6])
    plain = method.log_prob(x)
    scaled = type(method)(
        None, Task(None, method.task.x_train * units, method.task.x_holdout * units, ())
    )
    np.testing.assert_allclose(scaled.log_prob(x * units), plain, rtol=1e-9)
    line = np.repeat(method.task.x_train[..., :1], 2, axis=-1)
    flat = type(method)(None, Task(None, line, line, ()))
    assert np.isnan(flat.log_prob(x)).all()
    assert flat.sample(3, streams("sample", SEEDS[:1])).shape == (1, 3, 2)


def test_a_kernel_density_follows_a_narrow_mixture():
    """Its modes are as wide as 1 / 500 of all its points."""
    law = GaussianMixture(n_components=5, radius=1.0, sd=0.002)
    x = np.stack([law.sample(2000, np.random.default_rng(seed)) for seed in range(3)])
    found = KDE(None, Task(law, x[:1], x[1:2], ())).log_prob(x[2:])
    assert (law.log_prob(x[2]) - found[0]).mean() < 0.2
