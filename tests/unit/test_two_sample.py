"""Two-sample distances against scoringrules, full matrices and closed forms: the exact path."""

import tracemalloc

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import rice
from scoringrules import es_ensemble

from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)

LADDER = 0.125 * 2.0 ** np.arange(6)


def normal_points(n, seed, shift=0.0, dtype=np.float64):
    points = np.random.default_rng(seed).normal(size=(n, 2))
    points[:, 0] += shift
    return points.astype(dtype)


def measure(x, y, bandwidths=LADDER):
    return two_sample_distances(x, Reference.of(y, bandwidths))


def full_matrix(x, y, bandwidths=LADDER):
    """The definitions, with every matrix held whole and every kernel taken by its own exp."""

    def statistic(kernel):
        xx, yy, xy = kernel(cdist(x, x)), kernel(cdist(y, y)), kernel(cdist(x, y))
        np.fill_diagonal(xx, 0)
        np.fill_diagonal(yy, 0)
        n, m = xy.shape
        return 2 * xy.mean() - xx.sum() / (n * (n - 1)) - yy.sum() / (m * (m - 1))

    energy = statistic(lambda d: d.copy())
    mmd2 = [-statistic(lambda d, s=s: np.exp(-(d**2) / (2 * s**2))) for s in bandwidths]
    return energy, np.array(mmd2)


def v_statistic(x, y):
    return 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()


def exact_energy_distance(shift):
    # X - Y is N(shift, 2 I) and X - X' is N(0, 2 I): their lengths have Rice laws.
    return 2 * (rice.mean(shift / 2**0.5, scale=2**0.5) - rice.mean(0, scale=2**0.5))


def exact_mmd2(shift, bandwidths):
    s2 = bandwidths**2
    return 2 * s2 / (s2 + 2) * (1 - np.exp(-(shift**2) / (2 * (s2 + 2))))


# Below, at and above a block of 512 rows, multiples of it and one off.
@pytest.mark.parametrize(
    ("n", "m"), [(2, 2), (2, 700), (100, 37), (511, 513), (512, 1024), (1025, 513), (1300, 900)]
)
def test_agrees_with_the_full_matrices(n, m):
    x, y = normal_points(n, 1, shift=0.3), normal_points(m, 2)
    energy, mmd2 = full_matrix(x, y)
    result = measure(x, y)
    assert (result.n, result.m) == (n, m)
    assert isinstance(result.energy_distance, float)
    assert result.mmd2.shape == LADDER.shape
    np.testing.assert_allclose(result.energy_distance, energy, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.mmd2, mmd2, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("n", "m"), [(2, 3), (200, 150), (100, 250)])
def test_energy_distance_agrees_with_scoringrules(n, m):
    x, y = normal_points(n, 3, shift=0.5), normal_points(m, 4)

    def score(ensemble, **estimator):  # the mean energy score of one ensemble at the points of y
        ensembles = np.broadcast_to(ensemble, (m, *ensemble.shape))
        return es_ensemble(y, ensembles, backend="numpy", **estimator).mean()

    # The scores are E|X - Y| - E|X - X'| / 2 without bias, and E|Y - Y'| / 2 with that of 1 / m.
    energy = 2 * score(x, estimator="fair") - 2 * score(y) * m / (m - 1)
    np.testing.assert_allclose(measure(x, y).energy_distance, energy, rtol=0, atol=1e-12)


def test_narrow_kernels_keep_their_relative_accuracy():
    # Two pairs far apart: every kernel is one exponential, from 0.9 down to e^-128.
    x, y = np.array([[0.0, 0.0], [0.0, 2.0]]), np.array([[50.0, 0.0], [50.0, 2.0]])
    exact = 2 * np.exp(-(2.0**2) / (2 * LADDER**2))
    np.testing.assert_allclose(measure(x, y).mmd2, exact, rtol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_unbiased_at_small_samples(shift):
    n_draws, n, m = 1500, 8, 12
    draws = [(normal_points(n, (5, i), shift), normal_points(m, (6, i))) for i in range(n_draws)]
    results = [measure(x, y) for x, y in draws]
    estimates = np.array([[r.energy_distance, *r.mmd2] for r in results])
    exact = np.array([exact_energy_distance(shift), *exact_mmd2(shift, LADDER)])
    standard_error = estimates.std(axis=0, ddof=1) / n_draws**0.5
    assert (abs(estimates.mean(axis=0) - exact) < 4 * standard_error).all()
    # The same draws are enough to see the bias of the V-statistic.
    v_mean = np.mean([v_statistic(x, y) for x, y in draws])
    assert v_mean - exact[0] > 20 * standard_error[0]


def test_large_samples_of_shifted_gaussians_meet_the_closed_forms():
    # At n = 2000 and shift 2 the relative sd is 3 to 4.4 %, so 20 % is at least 4.5 sd.
    result = measure(normal_points(2000, 7, shift=2.0), normal_points(2000, 8))
    np.testing.assert_allclose(result.energy_distance, exact_energy_distance(2.0), rtol=0.2)
    np.testing.assert_allclose(result.mmd2, exact_mmd2(2.0, LADDER), rtol=0.2)


def test_equal_laws_look_equal_and_a_shift_does_not():
    # Quarter and half of the true distances at shift 1 are at least 4.3 and 3.7 sd away.
    reference = Reference.of(normal_points(1000, 9), LADDER)
    exact = np.array([exact_energy_distance(1.0), *exact_mmd2(1.0, LADDER)])

    def distances(shift, seed):
        result = two_sample_distances(normal_points(1000, seed, shift), reference)
        return np.array([result.energy_distance, *result.mmd2])

    for i in range(10):
        assert (abs(distances(0.0, (10, i))) < exact / 4).all()
        assert (distances(1.0, (11, i)) > exact / 2).all()


def test_bits_repeat_and_rows_may_be_permuted():
    x, y = normal_points(700, 12, shift=0.2), normal_points(900, 13)
    first, again = measure(x, y), measure(x, y)
    assert first.energy_distance == again.energy_distance
    np.testing.assert_array_equal(first.mmd2, again.mmd2)
    rng = np.random.default_rng(14)
    permuted = measure(rng.permutation(x), rng.permutation(y))
    np.testing.assert_allclose(permuted.energy_distance, first.energy_distance, atol=1e-13)
    np.testing.assert_allclose(permuted.mmd2, first.mmd2, atol=1e-13)


def test_translation_leaves_and_scale_carries_over():
    x, y = normal_points(600, 15, shift=0.2), normal_points(500, 16)
    result, moved = measure(x, y), measure(3 * x + [5, -7], 3 * y + [5, -7], 3 * LADDER)
    np.testing.assert_allclose(moved.energy_distance, 3 * result.energy_distance, atol=1e-12)
    np.testing.assert_allclose(moved.mmd2, result.mmd2, atol=1e-12)


def test_inputs_are_left_as_they_were():
    x, y = normal_points(600, 17), normal_points(600, 18)
    x_before, y_before = x.copy(), y.copy()
    measure(x, y)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(y, y_before)


def test_single_precision_and_fortran_order_are_measured_in_double():
    x, y = normal_points(600, 19, dtype=np.float32), normal_points(530, 20, dtype=np.float32)
    expected, _ = full_matrix(x.astype(np.float64), y.astype(np.float64))
    result = measure(np.asfortranarray(x), np.asfortranarray(y))
    np.testing.assert_allclose(result.energy_distance, expected, rtol=0, atol=1e-12)


def test_memory_of_exact_sums_does_not_grow_with_the_samples():
    def peak_bytes(n):
        reference = Reference.of(normal_points(600, 21), LADDER)
        x = normal_points(n, 22)
        tracemalloc.start()
        two_sample_distances(x, reference)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    small, large = peak_bytes(1000), peak_bytes(2500)
    assert large < 6e6
    assert large < small + 1e5


def test_bandwidths_halve_from_the_median_distance():
    y = normal_points(300, 23)
    ladder = bandwidth_ladder(median_distance(y), 5)
    assert ladder.shape == (5,)
    np.testing.assert_array_equal(ladder[1:], 2 * ladder[:-1])
    upper = cdist(y, y)[np.triu_indices(300, k=1)]
    np.testing.assert_allclose(ladder[-1], np.median(upper))


def test_bandwidths_see_the_whole_of_a_sorted_file():
    clusters = [normal_points(3000, 24), normal_points(3000, 25, shift=100.0)]
    assert bandwidth_ladder(median_distance(np.concatenate(clusters)), 1)[0] > 50


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((5, 3)), r"shape \[N, 2\] with N >= 2, got \(5, 3\)"),
        (np.zeros(4), r"got \(4,\)"),
        (np.zeros((1, 2)), r"got \(1, 2\)"),
        (np.array([[0.0, np.nan], [np.inf, 1.0], [0.0, 1.0]]), "2 non-finite of 3"),
    ],
)
def test_points_that_cannot_be_measured_are_named(points, message):
    reference = Reference.of(normal_points(10, 26), LADDER)
    with pytest.raises(ValueError, match=message):
        two_sample_distances(points, reference)
    with pytest.raises(ValueError, match=message):
        Reference.of(points, LADDER)
    with pytest.raises(ValueError, match=message):
        median_distance(points)


@pytest.mark.parametrize("ladder", [[], [1.0, 3.0], [2.0, 1.0], [0.0], [-1.0], [np.nan], 1.0])
def test_bandwidths_that_are_no_ladder_are_refused(ladder):
    with pytest.raises(ValueError, match="each twice the last"):
        Reference.of(normal_points(10, 27), ladder)


def test_a_ladder_needs_a_rung_and_distinct_points():
    with pytest.raises(ValueError, match="at least 1 bandwidth"):
        bandwidth_ladder(1.0, 0)
    with pytest.raises(ValueError, match="distinct points"):
        median_distance(np.ones((10, 2)))
