"""Every density against itself, against its samples and against what is known in closed form.

Statistical tests have fixed seeds and are stated with the rate at which a correct density would
fail them under a fresh seed.
"""

from pkgutil import resolve_name

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm

from gen2d.config import DATASETS
from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.ffjord_pinwheel import FFJORDPinwheel
from gen2d.densities.gaussian_mixture import GaussianMixture, Gaussians
from gen2d.densities.node_mixture import MAX_ROOTS, NodeMixture, gauss_legendre
from gen2d.densities.pinwheel import Pinwheel

# What has no default, or is too large, beside its finest detail, to be quick by default.
KNOBS = {
    "gaussians": {"means": [[-2.0, 0.0], [1.0, 1.0]], "weights": [1.0, 4.0], "sd": 0.3},
    "gaussian_grid": {"n_per_side": 3, "spacing": 0.8, "sd": 0.12},
    "rings": {"radii": [0.4, 0.7, 1.0]},
    "two_spirals": {"pitch": 0.15, "sd": 0.08},
    "ffjord_pinwheel": {"n_arms": 3, "radial_sd": 0.15, "scale": 1.0},
}


def build(kind, knobs=KNOBS):
    knobs = DATASETS[kind](kind=kind, **knobs.get(kind, {}))
    return resolve_name(knobs.implementation)(**knobs.parameters(study=None))


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


def noised(density, n, noise_level, seed):
    rng = np.random.default_rng(seed)
    return density.sample(n, rng) + noise_level * rng.standard_normal((n, 2))


def circle(radius, n=12):
    angle = 2.0 * np.pi * (np.arange(n) + 0.3) / n
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def midpoints(low, high, n_bins, n_per_bin):
    """Midpoints [n, n, 2] and area of a rectangle's cells, n = n_bins n_per_bin along each axis."""
    sides = (np.asarray(high) - low) / (n_bins * n_per_bin)
    axes = [low[d] + sides[d] * (np.arange(n_bins * n_per_bin) + 0.5) for d in range(2)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1), np.prod(sides)


def bin_masses(log_prob, low, high, n_bins, n_per_bin):
    """Probability of each of n_bins^2 rectangles, [n_bins, n_bins], by the midpoint rule."""
    points, area = midpoints(low, high, n_bins, n_per_bin)
    mass = np.exp(log_prob(points.reshape(-1, 2))) * area
    return mass.reshape(n_bins, n_per_bin, n_bins, n_per_bin).sum(axis=(1, 3))


def chi_square_p_value(points, masses, low, high):
    """Pearson's test of points [n, 2] against bin masses; thin bins and the outside are one bin."""
    counts, *_ = np.histogram2d(*points.T, bins=len(masses), range=np.transpose([low, high]))
    expected = len(points) * masses
    full = expected >= 10.0
    observed = np.append(counts[full], len(points) - counts[full].sum())
    expected = np.append(expected[full], len(points) - expected[full].sum())
    if expected[-1] < 10.0:
        observed, expected = observed[:-1], expected[:-1]
    return chi2.sf(np.sum((observed - expected) ** 2 / expected), len(observed) - 1)


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
    with pytest.raises(ValueError, match="positive, got 0"):
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


def test_pinwheel_training_points_are_stratified_and_shuffled():
    x = Pinwheel(sd=1e-9).training_points(200, np.random.default_rng(3))
    radii = np.hypot(*x.T)
    expected = np.concatenate([np.linspace(0.0, 1.0, n) for n in (67, 67, 66)])
    assert np.allclose(np.sort(radii), np.sort(expected))
    arm = (np.arctan2(*x.T) - 4.0 * radii) / 4.0
    turns = np.exp(4j * (arm[:, None] - np.arange(3)))
    assert np.all(np.min(np.abs(turns - 1.0), axis=1)[radii > 0] < 1e-6)
    # 200 independent rows correlate by more than 4 / sqrt(200) with a probability of 6e-5.
    assert abs(np.corrcoef(radii[1:], radii[:-1])[0, 1]) < 4.0 / np.sqrt(200)


# --- exact numbers --------------------------------------------------------------------------------

# From a computation that shares nothing with the package: kernels at 20000 (spiral), 60000
# (pinwheel), 4000 a strand (the other curves, by Simpson's rule where they are open) and 560000
# (FFJORD's pinwheel) nodes and erf products (checkerboard), summed on fine square grids, and
# scipy.integrate.quad for the pinwheel's H(p). FFJORD's pinwheel has the H(p) of the Gaussians that
# it turns. Of the densities with knobs of the tests' own, as above.
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


def test_fisher_information_of_a_board_with_hardly_any_noise_is_that_of_its_edges():
    """On either side of an edge, from a constant to 0, the score is phi(z) / (sigma Phi(z))."""
    along, _ = quad(lambda z: norm.pdf(z) ** 2 / norm.cdf(z), -8, 8)
    length = 8 * 4 * 2.0  # of the edges of all squares
    found = Checkerboard().fisher_information(1e-5)
    assert found == pytest.approx(length / 32 * along / 1e-5, rel=1e-4)


def test_entropy_of_a_board_is_the_same_by_even_cells(monkeypatch):
    board, sigma = Checkerboard(), 0.1
    found = board.smoothed_entropy(sigma), board.fisher_information(sigma)
    monkeypatch.delattr(Checkerboard, "_axes")
    board = Checkerboard()
    assert found == pytest.approx((board.smoothed_entropy(sigma), board.fisher_information(sigma)))


def test_thin_curves_are_integrated_by_several_rules():
    t, weights = gauss_legendre(3.0, 1e-3)
    assert len(t) > MAX_ROOTS and np.diff(t).max() <= 1e-3
    assert weights @ np.cos(t) == pytest.approx(np.sin(3.0) / 3.0, rel=1e-13)


def test_thin_arms_of_ffjord_s_pinwheel_are_resolved():
    coarse, fine = (FFJORDPinwheel(n_arms=2, tangential_sd=0.03) for _ in range(2))
    fine.node_spacing = coarse.node_spacing / 2
    x = fine.sample(200, np.random.default_rng(0))
    difference = coarse.smoothed_log_prob(x, 0.1) - fine.smoothed_log_prob(x, 0.1)
    assert np.abs(difference).max() < 1e-8


def test_dsm_loss_of_the_exact_score_is_the_floor(density):
    rng = np.random.default_rng(31)
    x_data, noise = density.sample(50_000, rng), rng.standard_normal((50_000, 2))
    score = density.smoothed_score(x_data + 0.1 * noise, 0.1)
    losses = np.sum((0.1 * score + noise) ** 2, axis=1)
    standard_error = losses.std() / np.sqrt(len(losses))
    # Four standard errors: a false-alarm rate of 6e-5.
    assert abs(losses.mean() - density.dsm_loss_floor(0.1)) < 4.0 * standard_error


def test_curves_lie_where_their_sources_put_them():
    kinds = ("moons", "swiss_roll", "two_spirals")
    curves = {kind: build(kind, {}) for kind in kinds}
    t = np.linspace(0.0, 3.0, 7)
    outer, inner = np.stack([np.cos(t), np.sin(t)]), np.stack([1 - np.cos(t), 1 - np.sin(t) - 0.5])
    moons = [2.0 * moon.T + [-1.0, -0.2] for moon in (outer, inner)]
    arm = np.stack([-np.cos(t) * t, np.sin(t) * t], axis=1) / 3.0
    assert np.allclose(curves["moons"].curve(t), moons)
    assert np.allclose(curves["two_spirals"].curve(t), [arm, -arm])
    roll = np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 5.0
    assert np.allclose(curves["swiss_roll"].curve(t), roll)
    assert np.allclose(curves["swiss_roll"].span, [1.5 * np.pi, 4.5 * np.pi])
    # Angles like sqrt(U): the median is at 1 / sqrt(2) of the whole.
    radii = np.linalg.norm(curves["two_spirals"].sample(10_000, np.random.default_rng(41)), axis=1)
    assert np.median(radii) == pytest.approx(np.pi / np.sqrt(2.0), abs=0.05)


def test_ffjord_pinwheel_is_close_to_ffjord():
    """FFJORD's own points, turned by the exponential of their first coordinate."""
    density, rng = FFJORDPinwheel(), np.random.default_rng(42)
    z = rng.standard_normal((50_000, 2)) * [0.3, 0.1] + [1.0, 0.0]
    angle = 2.0 * np.pi * rng.integers(5, size=len(z)) / 5.0 + 0.25 * np.exp(z[:, 0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    surprise = -density.log_prob(2.0 * np.einsum("ni,ijn->nj", z, turn))
    # The divergence between the two, a few thousandths of a nat, and four standard errors.
    assert abs(surprise.mean() - density.entropy()) < 0.02


@pytest.mark.parametrize("noise_level", [0.0, 0.1, 2.0])
def test_one_gaussian_has_closed_forms(noise_level):
    density = GaussianMixture(n_components=1, radius=0.0, sd=0.5)
    variance = 0.5**2 + noise_level**2
    x = noised(density, 100, noise_level, seed=32)
    log_prob, score = density.smoothed(x, noise_level)
    expected = -0.5 * np.sum(x**2, axis=1) / variance - np.log(2.0 * np.pi * variance)
    assert np.allclose(log_prob, expected, rtol=1e-13)
    assert np.allclose(score, -x / variance, rtol=1e-12)
    entropy = 1.0 + np.log(2.0 * np.pi * variance)
    assert density.smoothed_entropy(noise_level) == pytest.approx(entropy, abs=1e-12)
    assert density.fisher_information(noise_level) == pytest.approx(2.0 / variance, rel=1e-12)
    floor = 2.0 * 0.5**2 / variance
    assert density.dsm_loss_floor(noise_level) == pytest.approx(floor, abs=1e-11)


@pytest.mark.parametrize("noise_level", [0.1, 2.0])
def test_loss_floors_are_conditional_variances(noise_level):
    """Of what is predicted given the noised point, both Gaussian: Var(y) - Cov(y, z)^2 / Var(z)."""
    density = GaussianMixture(n_components=1, radius=0.0, sd=0.5)
    covariance = np.diag([0.5**2, 1.0])  # of data and noise, in one coordinate

    def left(predicted, noised):
        predicted, noised = np.array(predicted), np.array(noised)
        cross = predicted @ covariance @ noised
        total = predicted @ covariance @ predicted
        return 2 * (total - cross**2 / (noised @ covariance @ noised))  # two coordinates

    t, a = 1 / (1 + noise_level), 1 / np.hypot(1, noise_level)
    s = a * noise_level
    assert density.dsm_loss_floor(noise_level) == pytest.approx(left([0, 1], [1, noise_level]))
    assert density.dsm_loss_floor(noise_level) == pytest.approx(left([0, 1], [a, s]))
    assert density.v_loss_floor(noise_level) == pytest.approx(left([-s, a], [a, s]))
    assert density.flow_matching_loss_floor(noise_level) == pytest.approx(left([1, -1], [t, 1 - t]))
