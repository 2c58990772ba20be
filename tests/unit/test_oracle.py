"""Exact scores in a score model's sampler, and what its error is split into."""

import itertools
import json

import numpy as np
import pytest
import torch
import yaml

from gen2d import config
from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.gaussian_mixture import GaussianMixture, Gaussians
from gen2d.densities.pinwheel import Pinwheel
from gen2d.densities.spiral import Spiral
from gen2d.diagnostics.error_sources import ERROR_SOURCES, cumulative_samples
from gen2d.methods.base import Task
from gen2d.methods.oracle import ExactMean, ExactMeans, Oracle
from gen2d.plugins import resolve

LAWS = (
    Checkerboard(),
    GaussianMixture(n_components=7, radius=1.2, sd=0.12),
    Pinwheel(n_arms=3, sd=0.2, rate=4),
    Spiral(n_turns=3, pitch=0.05, sd=0.04),
)
GAUSSIAN = Gaussians(means=[[0.5, -0.2]], sd=0.7)


@pytest.fixture
def values(root):
    return yaml.safe_load((root / "config.yaml").read_text())


def target(values, name, **sampling):
    values["models"][name].setdefault("sampling", {}).update(sampling)
    values["models"]["oracle"] = {"method": "oracle", "of": name}
    knobs = config.load(values).models["oracle"]
    spec = {**knobs.spec(), "sources": knobs.sources("spiral", list(range(10)))}
    return config.Model.of_spec(json.loads(json.dumps(spec)))


def test_an_oracle_keeps_the_knobs_of_its_model_s_network_but_the_package_s(values, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from typing import ClassVar, Literal\n"
        "from gen2d.config.methods.base import Network\n"
        "from gen2d.config.methods.scores import MultilevelDSMKnobs\n"
        "from gen2d.methods.dsm_multilevel import MultilevelDSM\n"
        "class Wide(Network):\n    extra: int = 7\n"
        "class X(MultilevelDSM):\n    pass\n"
        "class K(MultilevelDSMKnobs):\n    implementation: ClassVar[str] = 'X'\n"
        "    method: Literal['k']\n    network: Wide = Wide()\n"
    )
    values["plugins"] = [str(tmp_path / "mine.py")]
    values["models"]["k"] = {"method": "k", "network": {"hidden": [9]}}
    network = target(values, "k").target.network
    assert network.extra == 7 and network.hidden == config.Network().hidden


def task(law, n_seeds=2):
    rng = np.random.default_rng(0)
    x = np.stack([law.training_points(500, rng) for _ in range(n_seeds)])
    return Task(law, x, x, np.random.SeedSequence(1).spawn(n_seeds))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_interpolated_scores_are_off_by_less_than_a_thousandth(law):
    sigma, rng = 0.1, np.random.default_rng(1)
    x = law.sample(2000, rng) + sigma * rng.standard_normal((2000, 2))
    at = torch.from_numpy(x).float()
    found = (ExactMean(law, sigma)(at[None])[0] - at).numpy() / sigma**2
    exact = law.smoothed_score(x, sigma)
    error = np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact**2))
    assert 0 < error < 1e-3


@pytest.mark.parametrize("law", [LAWS[0], LAWS[2]], ids=lambda law: type(law).__name__)
def test_with_hardly_any_noise_there_is_no_grid(law):
    mean, sigma = ExactMean(law, 0.004), 0.004
    x = torch.from_numpy(law.sample(20, np.random.default_rng(1))).float()
    exact = x + sigma**2 * torch.from_numpy(law.smoothed_score(x.double().numpy(), sigma))
    assert mean.image is None
    torch.testing.assert_close(mean(x.view(2, 10, 2)), exact.float().view(2, 10, 2))


def test_points_outside_the_grid_are_exact():
    far = torch.tensor([[[9.0, -7.0], [0.1, 30.0]]])
    law = LAWS[0]
    exact = far[0] + 0.01 * torch.from_numpy(law.smoothed_score(far[0].double().numpy(), 0.1))
    torch.testing.assert_close(ExactMean(law, 0.1)(far)[0], exact.float())


def test_the_ode_on_exact_scores_samples_the_law(values):
    knobs = target(values, "dsm", n_steps=40)
    x = Oracle(knobs, task(GAUSSIAN)).sample(4000, np.random.SeedSequence(2).spawn(2))
    # Of 20 to .04 standard units, and Tweedie's step: the standard deviation is that of the law.
    np.testing.assert_allclose(x.mean(1), np.broadcast_to([0.5, -0.2], (2, 2)), atol=0.05)
    np.testing.assert_allclose(x.std(1), 0.7, rtol=0.04)


def test_langevin_has_its_known_bias(values):
    step, sigma = 0.1, 0.1
    knobs = target(values, "dsm_as_described", step=step, n_steps=200, init_sd=1.0)
    x = Oracle(knobs, task(GAUSSIAN)).sample(4000, np.random.SeedSequence(3).spawn(2))
    variance = 0.7**2 + sigma**2
    # x += h s + sqrt(2 h) eps is an autoregression of variance 2 h / (1 - (1 - h / v)^2).
    expected = variance / (1 - step / (2 * variance))
    np.testing.assert_allclose(x.var(1), expected, rtol=0.07)
    assert expected > 1.1 * variance


def test_an_oracle_needs_a_density(values):
    from gen2d.densities.base import Law

    class Unknown(Law):
        def sample(self, n, rng):
            return rng.standard_normal((n, 2))

    oracle = Oracle(target(values, "dsm"), task(Unknown()))
    assert np.isnan(oracle.sample(10, np.random.SeedSequence(0).spawn(2))).all()


def test_an_oracle_has_the_knobs_of_its_model(values):
    before = target(values, "dsm")
    assert before.target.training.lowest_noise_level == 0.04
    with pytest.raises(AttributeError):
        _ = before.target.training.learning_rate
    values["models"]["dsm"]["training"]["learning_rate"] = 0.5  # nothing to it
    values["models"]["dsm"]["training"]["stable_targets"] = False
    values["models"]["dsm"]["network"]["hidden"] = [7]
    assert target(values, "dsm") == before
    assert target(values, "dsm", n_steps=7).target.sampling.n_steps == 7


def test_an_oracle_is_of_a_score_model(values):
    values["models"]["oracle"] = {"method": "oracle", "of": "gan"}
    with pytest.raises(config.ConfigError, match=r"^config: models.oracle.of: expected one of"):
        config.load(values)
    values["models"] |= {"oracle": {"method": "oracle", "of": "dsm"}, "dsm": None}
    assert "oracle" not in config.load(values).models


def test_sources_of_an_exact_model_add_no_error_of_the_network(values):
    knobs = target(values, "dsm_as_described", n_steps=50).target
    law = LAWS[1]
    oracle, same = (resolve(knobs.implementation)(knobs, task(law)) for _ in range(2))
    for method in (oracle, same):
        method.use_exact(ExactMeans(law), 1.0)
    with torch.inference_mode():
        found = cumulative_samples(same, oracle, np.random.SeedSequence(4).spawn(2), 2500)
    assert set(found) == {*itertools.product(ERROR_SOURCES, (False, True))}
    for denoised in (False, True):
        np.testing.assert_array_equal(found["network", denoised], found["mixing", denoised])
    # Noise of 0.1 on each Gaussian, exactly, and what Tweedie's formula leaves of it.
    spread = (found["smoothing", False] - found["smoothing", True]).std()
    assert spread == pytest.approx(0.1**2 / np.hypot(0.12, 0.1), rel=0.05)


def test_without_steps_samples_are_where_they_begin(values):
    """Of a model whose score is 0: it takes every point for the mean of the data."""
    knobs = target(values, "dsm_as_described", init_sd=3.0).target
    still = knobs.sampling.model_copy(update={"n_steps": 0})
    noisy = knobs.training.model_copy(update={"noise_level": 0.5})
    knobs = knobs.model_copy(update={"sampling": still, "training": noisy})
    oracle, method = (resolve(knobs.implementation)(knobs, task(GAUSSIAN)) for _ in range(2))
    oracle.use_exact(ExactMeans(GAUSSIAN), 1.0)
    method.use_exact(lambda x, noise_level: x, 1.0)
    with torch.inference_mode():
        found = cumulative_samples(method, oracle, np.random.SeedSequence(4).spawn(2), 2000)
    for source, same in (("smoothing", "discretisation"), ("mixing", "network")):
        np.testing.assert_array_equal(found[source, False], found[same, False])
    np.testing.assert_allclose(found["smoothing", False].std(1), np.hypot(0.7, 0.5), rtol=0.05)
    np.testing.assert_allclose(found["mixing", False].std(1), 3.0, rtol=0.05)
    for source in ERROR_SOURCES:
        x, mean = found[source, False], np.array([0.5, -0.2])
        kept = 1 if source == "network" else 0.7**2 / (0.7**2 + 0.5**2)
        np.testing.assert_allclose(found[source, True], mean + kept * (x - mean), atol=1e-3)


def test_exact_means_are_of_their_level_and_of_the_scale_of_the_law():
    law, x = Gaussians([[0, 0], [4.0, 0]], 0.5), np.array([[0.7, 0.1]])
    means = ExactMeans(law)
    for level in (0.1234, 0.1236):
        exact = x + level**2 * law.smoothed_score(x, level)
        found = means(torch.from_numpy(x).float()[None], level)[0]
        np.testing.assert_allclose(found, exact, rtol=0, atol=2e-6)
    assert means.scale == pytest.approx(np.sqrt(np.hypot(0.5, 2) * 0.5), rel=0.01)
