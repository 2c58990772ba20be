"""Null laws and bins: levels by simulation, limits by closed forms."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.densities.pinwheel import Pinwheel
from gen2d.densities.spiral import Spiral
from gen2d.geometry import subsample, view
from gen2d.metrics.binned import Bins, chi_square_p_value, total_variation
from gen2d.metrics.catalogue import TAKEN
from gen2d.metrics.neighbours import neighbours
from gen2d.metrics.null import KernelNull
from gen2d.metrics.of_samples import kde_log_likelihood, measure
from gen2d.metrics.sliced import projections, sliced_wasserstein2
from gen2d.metrics.two_sample import (
    Reference,
    TwoSample,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)

LAWS = (
    Checkerboard(),
    GaussianMixture(n_components=7, radius=1.2, sd=0.12),
    Pinwheel(n_arms=3, sd=0.2, rate=4),
    Spiral(n_turns=3, pitch=0.05, sd=0.04),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_false_alarms_are_as_rare_as_the_level_says(law):
    rng = np.random.default_rng(1)
    n, m, runs = 300, 1000, 200
    points = law.sample(m, rng)
    bandwidths = bandwidth_ladder(median_distance(points), 4)
    null = KernelNull.of(points, bandwidths, rng)
    alarms = np.zeros(2)
    for _ in range(runs):
        true = Reference.of(law.sample(m, rng), bandwidths)
        x = law.sample(n, rng)
        _, p = null.p_values(two_sample_distances(x, true))
        bins = Bins.of(true.points, n)
        alarms += [p < 0.05, chi_square_p_value(bins.counts(x), bins.counts(true.points)) < 0.05]
    # Of 200 runs at level .05, more than 20 are as rare as 1 in 1000.
    assert (alarms <= stats.binom.ppf(0.999, runs, 0.05)).all()
    assert (alarms >= stats.binom.ppf(0.001, runs, 0.05)).all()


def test_the_null_has_the_variance_of_the_statistic():
    # 2 (1/n + 1/m)^2 E k(X, X')^2 for the centred kernel k; by simulation on the left.
    law, rng, n, m = LAWS[1], np.random.default_rng(2), 400, 400
    bandwidths = bandwidth_ladder(median_distance(law.sample(1000, rng)), 3)
    null = KernelNull.of(law.sample(1000, rng), bandwidths, rng)
    values = []
    for _ in range(300):
        true = Reference.of(law.sample(m, rng), bandwidths)
        distances = two_sample_distances(law.sample(n, rng), true)
        values.append([distances.energy_distance, *distances.mmd2])
    spread = np.diff(null.quantiles(np.array([0.1, 0.9]), n, m), axis=0)[0]
    found = np.diff(np.quantile(values, [0.1, 0.9], axis=0), axis=0)[0]
    np.testing.assert_allclose(spread, found, rtol=0.25)


def test_of_one_statistic_the_test_s_p_value_is_its_own():
    null = KernelNull(np.arange(9.0)[:, None])
    for value in (-1.0, 0.5, 4.0, 9.0):
        distances = TwoSample(value, np.empty(0), n=2, m=2)
        (own,), p = null.p_values(distances)
        assert p == own == pytest.approx((np.sum(np.arange(9) >= value) + 1) / 10)


def test_bins_are_filled_evenly_and_hold_every_point():
    y = LAWS[0].sample(10_000, np.random.default_rng(3))
    bins = Bins.of(y, 10_000)
    counts = bins.counts(y)
    assert len(counts) == 24**2
    assert counts.sum() == 10_000
    assert counts.min() >= 16 and counts.max() <= 19
    assert bins.counts(np.array([[-1e9, 1e9], [1e9, -1e9]])).sum() == 2
    assert len(Bins.of(y, 160).counts(y)) == len(Bins.of(y[:160], 10_000).counts(y)) == 4**2


def test_chi_square_is_that_of_scipy():
    x, y = np.random.default_rng(4).multinomial(500, [0.1, 0.2, 0.3, 0.4], size=2)
    table = np.stack([x, 2 * y])
    expected = stats.chi2_contingency(table, correction=False).pvalue
    empty = np.insert(table, 1, 0, axis=1)  # a bin without points adds nothing
    assert chi_square_p_value(*empty) == pytest.approx(expected, rel=1e-12)
    half = np.array([[50, 0, 50], [30, 40, 30]])  # a bin without points of one sample counts
    expected = stats.chi2_contingency(half, correction=False).pvalue
    assert chi_square_p_value(*half) == pytest.approx(expected, rel=1e-12)
    assert chi_square_p_value(np.array([5]), np.array([7])) == 1


def test_kde_log_likelihood_is_that_of_scipy():
    rng = np.random.default_rng(5)
    x = rng.multivariate_normal([1, 2], [[2, 1], [1, 3]], size=700)
    y = LAWS[0].sample(300, rng)
    expected = stats.gaussian_kde(x.T).logpdf(y.T).mean()
    assert kde_log_likelihood(x, y) == pytest.approx(expected, rel=1e-10)
    units = np.array([1e-7, 1e7])  # in which the density is as high
    assert kde_log_likelihood(units * x, units * y) == pytest.approx(expected, rel=1e-10)


def test_total_variation_of_known_counts():
    assert total_variation(np.array([1, 1, 0]), np.array([0, 4, 4])) == pytest.approx(0.5)
    assert total_variation(np.array([2, 6]), np.array([1, 3])) == 0


@pytest.mark.parametrize(("n", "m"), [(7, 7), (6, 4), (5, 1)])
def test_sliced_distance_agrees_with_optimal_assignment(n, m):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(m, 2)) + 1
    copies = np.lcm(n, m)
    costs = []
    for angle in np.pi * np.arange(32) / 32:
        direction = [np.cos(angle), np.sin(angle)]
        a, b = (np.repeat(points @ direction, copies // len(points)) for points in (x, y))
        cost = (a[:, None] - b) ** 2
        costs.append(cost[linear_sum_assignment(cost)].mean())
    found = sliced_wasserstein2(projections(x), projections(y))
    assert found == pytest.approx(np.mean(costs), rel=1e-12)


def test_sliced_distance_of_a_shift_is_half_its_square():
    x = np.random.default_rng(5).normal(size=(1000, 2))
    found = sliced_wasserstein2(projections(x + np.array([3, 4])), projections(x))
    assert found == pytest.approx(25 / 2)


def test_neighbours_tell_what_is_missing_from_what_is_wrong():
    rng = np.random.default_rng(6)
    y = LAWS[0].sample(3000, rng)
    half, same = y[y[:, 0] > 0], LAWS[0].sample(3000, rng)
    missing = neighbours(half, y)  # half of the law, all of it right
    assert missing.precision > 0.99
    assert missing.recall == pytest.approx(0.5, abs=0.05)
    assert missing.coverage == pytest.approx(0.5, abs=0.05)
    wrong = neighbours(np.concatenate([same, same + 20]), y)  # half of the sample lies elsewhere
    assert wrong.precision == pytest.approx(0.5, abs=0.05)
    assert min(neighbours(same, y)) > 0.95


@pytest.mark.parametrize(("n", "m"), [(60, 60), (60, 90), (90, 60)])
def test_neighbours_agree_with_all_distances(n, m):
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(m, 2)) * [1, 0.2] + [0.5, 0]
    found = neighbours(x, y)
    x, y = (subsample(points, 60) for points in (x, y))
    reach_x, reach_y = (np.sort(cdist(points, points), axis=1)[:, 5] for points in (x, y))
    distances = cdist(x, y)
    assert found.precision == (distances <= reach_y).any(1).mean()
    assert found.recall == (reach_x >= distances.T).any(1).mean()
    assert found.coverage == (distances.min(0) <= reach_y).mean()


def test_every_metric_has_its_name():
    rng = np.random.default_rng(8)
    law, y = LAWS[0], LAWS[0].sample(2000, rng)
    x = np.concatenate([0.2 * law.sample(300, rng), np.full((100, 2), 4.5)])
    true = Reference.of(y, bandwidth_ladder(median_distance(y), 4))
    found, distances, bins = (
        measure(x, true, law, TAKEN),
        two_sample_distances(x, true),
        Bins.of(y, 400),
    )
    near = neighbours(x, y)
    low, high = view(y)
    expected = {
        "outside": ((x < low) | (x > high)).any(1).mean(),
        "furthest_coordinate": 4.5,
        "energy_distance": distances.energy_distance,
        "mmd2_small": distances.mmd2[0],
        "mmd2_ladder": distances.mmd2.mean(),
        "sliced_wasserstein2": sliced_wasserstein2(projections(x), projections(y)),
        "total_variation": total_variation(bins.counts(x), bins.counts(y)),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
        "kde_log_likelihood": kde_log_likelihood(x, y),
        "off_support": np.mean(~law.in_support(x)),
    }
    assert {name: found[name] for name in expected} == expected
    assert not {"least_mode", "largest_mode"} & set(found)  # the law has no modes
    assert 0.25 <= found["off_support"] < 0.75
