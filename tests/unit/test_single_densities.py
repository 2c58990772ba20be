"""What is known of one density or another: by closed forms, its source, or a finer computation."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.ffjord_pinwheel import FFJORDPinwheel
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.densities.node_mixture import MAX_ROOTS, gauss_legendre
from gen2d.densities.pinwheel import Pinwheel
from laws import build, noised


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


def test_fisher_information_of_a_board_with_hardly_any_noise_is_that_of_its_edges():
    """On either side of an edge, from a constant to 0, the score is phi(z) / (sigma Phi(z))."""
    along, _ = quad(lambda z: norm.pdf(z) ** 2 / norm.cdf(z), -8, 8)
    length = 8 * 4 * 2.0  # of the edges of all squares
    found = Checkerboard().fisher_information(1e-5)
    assert found == pytest.approx(length / 32 * along / 1e-5, rel=1e-4)


def test_entropy_of_a_board_is_the_same_by_even_nodes(monkeypatch):
    board, sigma = Checkerboard(), 0.1
    found = board.smoothed_entropy(sigma), board.fisher_information(sigma)
    monkeypatch.delattr(Checkerboard, "_axes")
    board = Checkerboard()
    assert found == pytest.approx((board.smoothed_entropy(sigma), board.fisher_information(sigma)))


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


def test_thin_curves_are_integrated_by_several_rules():
    t, weights = gauss_legendre(3.0, 1e-3)
    assert len(t) > MAX_ROOTS and np.diff(t).max() <= 1e-3
    assert weights @ np.cos(t) == pytest.approx(np.sin(3.0) / 3.0, rel=1e-13)


def test_ffjord_pinwheel_is_close_to_ffjord():
    """FFJORD's own points, turned by the exponential of their first coordinate."""
    density, rng = FFJORDPinwheel(), np.random.default_rng(42)
    z = rng.standard_normal((50_000, 2)) * [0.3, 0.1] + [1.0, 0.0]
    angle = 2.0 * np.pi * rng.integers(5, size=len(z)) / 5.0 + 0.25 * np.exp(z[:, 0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    surprise = -density.log_prob(2.0 * np.einsum("ni,ijn->nj", z, turn))
    # The divergence between the two, a few thousandths of a nat, and four standard errors.
    assert abs(surprise.mean() - density.entropy()) < 0.02


def test_thin_arms_of_ffjord_s_pinwheel_are_resolved():
    coarse, fine = (FFJORDPinwheel(n_arms=2, tangential_sd=0.03) for _ in range(2))
    fine.node_spacing = coarse.node_spacing / 2
    x = fine.sample(200, np.random.default_rng(0))
    difference = coarse.smoothed_log_prob(x, 0.1) - fine.smoothed_log_prob(x, 0.1)
    assert np.abs(difference).max() < 1e-8
