"""Every density against itself, against its samples and against what is known in closed form.

Statistical tests have fixed seeds and are stated with the rate at which a correct density would
fail them under a fresh seed.
"""

import numpy as np
import pytest

from gen2d.config import DATASETS
from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.densities.node_mixture import NodeMixture
from gen2d.densities.pinwheel import Pinwheel
from laws import bin_masses, build, chi_square_p_value, circle, noised

DENSITIES = {kind: build(kind) for kind in DATASETS if kind != "points"}  # which states none
QUADRATURES = [
    kind
    for kind, density in DENSITIES.items()
    if isinstance(density, NodeMixture) and not isinstance(density, Gaussians)
]
FALSE_ALARM_RATE = 1e-4


@pytest.fixture(params=DENSITIES)
def name(request):
    return request.param


@pytest.fixture
def density(name):
    return DENSITIES[name]


def chart(name):
    """Coordinates in which p is bounded: (to them, from them, log Jacobian, low, high)."""
    if name == "pinwheel":
        return (
            lambda x: np.stack([np.hypot(*x.T), np.arctan2(*x.T)], axis=1),
            lambda c: c[:, :1] * np.stack([np.sin(c[:, 1]), np.cos(c[:, 1])], axis=1),
            lambda c: np.log(c[:, 0]),
            np.array([0.0, -np.pi]),
            np.array([1.0, np.pi]),
        )
    low, high = DENSITIES[name].box
    return lambda x: x, lambda c: c, lambda c: 0.0, low, high


def charted_masses(name, n_bins=24, n_per_bin=12):
    _, from_chart, log_jacobian, low, high = chart(name)

    def log_prob(c):
        return DENSITIES[name].log_prob(from_chart(c)) + log_jacobian(c)

    return bin_masses(log_prob, low, high, n_bins, n_per_bin)


# --- the unsmoothed density -----------------------------------------------------------------------


def test_density_integrates_to_one(name):
    assert charted_masses(name).sum() == pytest.approx(1.0, abs=1e-9)


def test_sampler_agrees_with_log_prob(name, density):
    to_chart, _, _, low, high = chart(name)
    points = to_chart(density.sample(200_000, np.random.default_rng(11)))
    assert chi_square_p_value(points, charted_masses(name), low, high) > FALSE_ALARM_RATE


def test_training_points_follow_the_density(name, density):
    to_chart, _, _, low, high = chart(name)
    points = to_chart(density.training_points(200_000, np.random.default_rng(12)))
    # Stratified points are closer to p than independent ones: the test's size is then at most so.
    assert chi_square_p_value(points, charted_masses(name), low, high) > FALSE_ALARM_RATE


def test_entropy_is_the_mean_of_minus_log_prob(density):
    surprise = -density.log_prob(density.sample(200_000, np.random.default_rng(13)))
    standard_error = surprise.std() / np.sqrt(len(surprise))
    # Four standard errors: a false-alarm rate of 6e-5.
    assert abs(surprise.mean() - density.entropy()) <= 4.0 * standard_error + 1e-12


def test_box_holds_the_samples(density):
    low, high = density.box
    x = density.sample(100_000, np.random.default_rng(14))
    assert np.all((x >= low) & (x <= high))


def test_support(density):
    inside = density.sample(1000, np.random.default_rng(15))
    outside = density.box[1] + circle(0.1) + 0.2
    assert np.all(density.in_support(inside))
    assert np.all(density.in_support(density.training_points(1000, np.random.default_rng(16))))
    assert np.all(density.in_support(outside)) == (not density.has_bounded_support)
    assert not np.any(density.in_support([[np.nan, 0.0]]))


# --- the smoothed density -------------------------------------------------------------------------


@pytest.mark.parametrize("noise_level", [0.05, 0.1, 1.0])
def test_smoothed_density_integrates_to_one(density, noise_level):
    low, high = density.box[0] - 8.0 * noise_level, density.box[1] + 8.0 * noise_level
    n = int(np.ceil(np.max(high - low) / noise_level * 1.5))
    masses = bin_masses(lambda x: density.smoothed_log_prob(x, noise_level), low, high, 1, n)
    assert masses.sum() == pytest.approx(1.0, abs=1e-8)


def test_smoothed_density_agrees_with_noised_samples(density):
    low, high = density.box[0] - 0.3, density.box[1] + 0.3
    masses = bin_masses(lambda x: density.smoothed_log_prob(x, 0.1), low, high, 24, 10)
    points = noised(density, 100_000, 0.1, seed=21)
    assert chi_square_p_value(points, masses, low, high) > FALSE_ALARM_RATE


@pytest.mark.parametrize("noise_level", [0.03, 0.1, 1.0])
def test_smoothed_score_is_the_gradient(density, noise_level):
    x = np.concatenate([noised(density, 200, noise_level, seed=22), circle(6.0), circle(30.0)])
    step = 1e-4 * noise_level
    gradient = np.stack(
        [
            density.smoothed_log_prob(x + shift, noise_level)
            - density.smoothed_log_prob(x - shift, noise_level)
            for shift in step * np.eye(2)
        ],
        axis=1,
    ) / (2.0 * step)
    score = density.smoothed_score(x, noise_level)
    # Rounding of log p, which is -1e6 in the far tail, is what limits the differences.
    log_prob = np.abs(density.smoothed_log_prob(x, noise_level))
    tolerance = 1e-5 / noise_level + 1e-15 * log_prob[:, None] / step
    assert np.all(np.abs(gradient - score) <= tolerance)


def test_smoothing_vanishes_with_the_noise(name, density):
    x = density.sample(200, np.random.default_rng(26))
    # Where p jumps or diverges, p_sigma is no small correction to it.
    smooth = {
        "checkerboard": np.all(np.abs(x % 2.0 - 1.0) < 0.9, axis=1),
        "pinwheel": np.abs(np.hypot(*x.T) - 0.6) < 0.3,
    }.get(name, np.full(200, True))
    x = x[smooth][:20]
    rough, fine = (
        np.max(np.abs(np.expm1(density.smoothed_log_prob(x, noise_level) - density.log_prob(x))))
        for noise_level in (0.02, 0.01)
    )
    # p_sigma - p is sigma^2 / 2 times the Laplacian of p: half the noise, a quarter of the error.
    # The next order, sigma^4, is what the 0.35 leaves room for.
    assert fine < 0.1
    assert fine < 0.35 * rough + 1e-9


@pytest.mark.parametrize("noise_level", [0.03, 0.1, 1.0])
@pytest.mark.parametrize("distance", [1e1, 1e3, 1e6, 1e9])
def test_tails_are_finite_and_point_home(density, distance, noise_level):
    x = circle(distance)
    log_prob, score = density.smoothed(x, noise_level)
    variance = density.blur**2 + noise_level**2
    reach = np.linalg.norm(np.max(np.abs(density.box), axis=0))
    assert np.all(np.isfinite(log_prob))
    # grad log p_sigma = (E[x_data | x~] - x~) / sigma^2, and x_data lies within the box.
    home = score * variance + x
    rounding = 1e-12 * distance
    assert np.all(np.linalg.norm(home, axis=1) <= reach + rounding)
    assert np.allclose(log_prob, -0.5 * distance**2 / variance, rtol=3.0 * reach / distance + 0.1)


def test_nan_in_gives_nan_out_and_disturbs_no_other_point(density):
    x = noised(density, 50, 0.1, seed=23)
    broken = x.copy()
    broken[7] = np.nan
    broken[9, 1] = np.nan
    rest = np.delete(np.arange(50), [7, 9])
    before, after = density.smoothed(x, 0.1), density.smoothed(broken, 0.1)
    assert np.all(np.isnan(after.log_prob[[7, 9]]))
    assert np.all(np.isnan(density.log_prob(broken)[[7, 9]]))
    assert np.allclose(after.log_prob[rest], before.log_prob[rest], rtol=1e-13)
    assert np.allclose(after.score[rest], before.score[rest], rtol=1e-10)


def test_no_points_are_no_error(density):
    log_prob, score = density.smoothed(np.empty((0, 2)), 0.1)
    assert log_prob.shape == (0,) and score.shape == (0, 2)


def test_impossible_noise_level_is_named(density):
    for noise_level in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"{type(density).__name__}.*got {noise_level}"):
            density.smoothed_score(np.zeros((1, 2)), noise_level)


@pytest.mark.parametrize("kind", [Checkerboard, Pinwheel])
def test_a_rough_density_has_no_score(kind):
    with pytest.raises(ValueError, match="above 0; got 0"):
        kind().smoothed_score(np.zeros((1, 2)), 0.0)


@pytest.mark.parametrize("name", QUADRATURES)
@pytest.mark.parametrize("noise_level", [0.02, 0.1, 1.0])
def test_twice_the_nodes_change_nothing(name, noise_level):
    density, finer = DENSITIES[name], build(name)
    finer.node_spacing = density.node_spacing / 2.0
    x = np.concatenate(
        [noised(density, 300, noise_level, seed=24), circle(1.0 + 6.0 * noise_level)]
    )
    x = x[density.smoothed_log_prob(x, noise_level) > -25.0]  # where no tail is cut off
    coarse, fine = density.smoothed(x, noise_level), finer.smoothed(x, noise_level)
    assert np.max(np.abs(coarse.log_prob - fine.log_prob)) < 1e-8
    assert np.max(np.abs(coarse.score - fine.score)) * noise_level < 1e-8


def test_tiles_and_skipped_nodes_change_nothing():
    density, x = Pinwheel(), noised(Pinwheel(), 50, 0.02, seed=25)
    nodes, log_weights = density.nodes(0.02)
    offsets = x[:, None] - nodes  # [N, M, 2]
    weights = np.exp(log_weights - np.sum(offsets**2, axis=2) / (2.0 * 0.02**2))
    total = weights.sum(axis=1)
    score = -np.einsum("nm,nmd->nd", weights, offsets) / total[:, None] / 0.02**2
    assert np.allclose(density.smoothed_log_prob(x, 0.02), np.log(total / (2 * np.pi * 0.02**2)))
    assert np.allclose(density.smoothed_score(x, 0.02), score, rtol=1e-9, atol=1e-9)


# --- randomness -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sample", "training_points"])
def test_same_seed_same_bytes(density, method):
    first, again, other = (
        getattr(density, method)(101, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == (101, 2) and first.dtype == np.float64
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_global_random_state_is_untouched(density):
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    density.sample(10, np.random.default_rng(0))
    density.training_points(10, np.random.default_rng(0))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


# --- exact numbers --------------------------------------------------------------------------------


# From a computation that shares nothing with the package: kernels at 20000 (spiral), 60000
# (pinwheel), 4000 a strand (the other curves, by Simpson's rule where they are open) and 560000
# (FFJORD's pinwheel) nodes and erf products (checkerboard), summed on fine square grids, and
# scipy.integrate.quad for the pinwheel's H(p). FFJORD's pinwheel has the H(p) of the Gaussians that
# it turns. Of the densities with knobs of the tests' own, in laws.py.
TRUTH = {  # H(p), H(p_0.1), I(0.1)
    "checkerboard": (np.log(32.0), 3.6392956, 16.647989),
    "gaussian_mixture": (0.5432175, 1.0681317, 80.760787),
    "spiral": (0.1802060, 0.8985272, 31.158266),
    "pinwheel": (-0.0919047, 0.8907560, 53.355486),
    "gaussians": (0.9303337, 1.0356937, 19.999823),
    "gaussian_grid": (0.7912651, 1.2831859, 70.531794),
    "circles": (3.2681357, 3.3443329, 13.878760),
    "rings": (1.2923303, 1.4769273, 18.625406),
    "moons": (2.3938792, 2.5091852, 20.560844),
    "swiss_roll": (2.6696462, 2.7797614, 19.454475),
    "two_spirals": (1.5115267, 1.8628564, 32.694249),
    "ffjord_pinwheel": (-0.2632157, 0.3478516, 83.450727),
}


def test_known_entropies_and_fisher_information(name, density):
    entropy, smoothed_entropy, fisher_information = TRUTH[name]
    assert density.entropy() == pytest.approx(entropy, abs=1e-6)
    assert density.smoothed_entropy(0.1) == pytest.approx(smoothed_entropy, abs=1e-6)
    assert density.fisher_information(0.1) == pytest.approx(fisher_information, rel=1e-7)
    assert density.dsm_loss_floor(0.1) == pytest.approx(2.0 - 0.01 * fisher_information, abs=1e-7)


def test_dsm_loss_of_the_exact_score_is_the_floor(density):
    rng = np.random.default_rng(31)
    x_data, noise = density.sample(50_000, rng), rng.standard_normal((50_000, 2))
    score = density.smoothed_score(x_data + 0.1 * noise, 0.1)
    losses = np.sum((0.1 * score + noise) ** 2, axis=1)
    standard_error = losses.std() / np.sqrt(len(losses))
    # Four standard errors: a false-alarm rate of 6e-5.
    assert abs(losses.mean() - density.dsm_loss_floor(0.1)) < 4.0 * standard_error
