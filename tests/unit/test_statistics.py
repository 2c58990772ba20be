"""Intervals and tests over seeds against scipy, a worked example and simulated coverage."""

import numpy as np
import pytest
from scipy import stats

from gen2d.metrics.statistics import holm, interquartile_mean, paired_test, t_interval


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_interval_agrees_with_scipy(level):
    values = np.random.default_rng(1).normal(3.0, 2.0, size=7)
    interval = t_interval(values, level)
    expected = stats.ttest_1samp(values, 0).confidence_interval(level)
    np.testing.assert_allclose(interval, [values.mean(), expected.low, expected.high])


def test_interval_covers_at_its_level_with_ten_seeds():
    n_studies = 4000
    values = np.random.default_rng(2).normal(1.5, 0.3, size=(n_studies, 10))
    intervals = [t_interval(row) for row in values]
    coverage = np.mean([i.low <= 1.5 <= i.high for i in intervals])
    # 3 binomial standard errors: 0.010.
    assert abs(coverage - 0.95) < 3 * (0.95 * 0.05 / n_studies) ** 0.5


def test_interval_of_equal_values_is_a_point():
    assert t_interval([2.0, 2.0, 2.0]) == (2.0, 2.0, 2.0)


def test_interval_below_two_values_has_no_ends():
    np.testing.assert_equal(tuple(t_interval([4.0])), (4.0, np.nan, np.nan))
    np.testing.assert_equal(tuple(t_interval([])), (np.nan, np.nan, np.nan))


@pytest.mark.parametrize("values", [[1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]])
def test_values_that_cannot_be_averaged_are_refused(values):
    with pytest.raises(ValueError, match="expected"):
        t_interval(values)
    with pytest.raises(ValueError, match="expected"):
        paired_test(values, values)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_level_is_a_probability(level):
    with pytest.raises(ValueError, match="level"):
        t_interval([1.0, 2.0], level)


def test_paired_test_agrees_with_scipy():
    rng = np.random.default_rng(3)
    seed_effect = rng.normal(size=10)
    a = seed_effect + 0.1 * rng.normal(size=10)
    b = seed_effect + 0.1 * rng.normal(size=10) + 0.1
    result, expected = paired_test(a, b), stats.ttest_rel(a, b)
    interval = expected.confidence_interval(0.95)
    assert result.n == 10
    assert result.mean_difference < 0
    np.testing.assert_allclose(result.mean_difference, np.mean(a - b))
    np.testing.assert_allclose([result.low, result.high], [interval.low, interval.high])
    scale = min(np.std(a), np.std(b))
    on_scale = stats.ttest_rel(np.arcsinh(a / scale), np.arcsinh(b / scale))
    np.testing.assert_allclose(result.p_value, on_scale.pvalue)
    # Pairing is what makes the small difference visible.
    assert result.p_value < 0.1 < stats.ttest_ind(a, b).pvalue


def test_paired_test_reverses_with_its_arguments():
    a, b = np.random.default_rng(4).normal(size=(2, 6))
    forth, back = paired_test(a, b), paired_test(b, a)
    assert forth.p_value == back.p_value
    assert (forth.low, forth.high) == (-back.high, -back.low)


def test_paired_test_sees_a_failure_that_varies_by_orders_of_magnitude():
    rng = np.random.default_rng(5)
    fine, failed = 1e-3 * rng.normal(size=10), 10.0 ** rng.uniform(-1, 5, size=10)
    assert stats.ttest_rel(failed, fine).pvalue > 0.05
    assert paired_test(failed, fine).p_value < 1e-4  # so that it survives the others of a table
    unit = 1e3  # that the values are in changes nothing
    np.testing.assert_allclose(
        paired_test(unit * failed, unit * fine).p_value, paired_test(failed, fine).p_value
    )


def test_paired_test_does_not_decide_what_depends_on_the_scale():
    a, b = np.array([0.0, 0.1, -0.1, 0.2, 1e3]), np.array([2.0, 2.2, 1.9, 2.1, 2.3])
    assert np.mean(a - b) > 0 > np.mean(np.arcsinh(a / b.std()) - np.arcsinh(b / b.std()))
    assert paired_test(a, b).p_value == 1


@pytest.mark.parametrize("constant", [0.1, 0.125])
def test_paired_test_does_not_take_rounding_for_a_spread(constant):
    b = constant * (1 + np.array([0.3, -0.1, 0.4]))
    small, large = (paired_test(np.full(3, scale * constant), scale * b) for scale in (1, 10))
    assert small.p_value == pytest.approx(large.p_value, rel=1e-9)


@pytest.mark.parametrize("name", ["normal", "lognormal", "standard_cauchy"])
def test_paired_test_keeps_its_level(name):
    """False alarms of 2000 tests at level .05: within .05 +- 4 standard errors, or fewer."""
    rng = np.random.default_rng(6)
    a, b = getattr(rng, name)(size=(2, 2000, 10)) + rng.normal(size=(2000, 10))
    alarms = np.mean([paired_test(x, y).p_value < 0.05 for x, y in zip(a, b, strict=True)])
    assert alarms < 0.07
    assert name == "standard_cauchy" or alarms > 0.03


def test_paired_test_of_identical_values_finds_nothing():
    assert paired_test([1.0, 2.0, 4.0], [1.0, 2.0, 4.0]) == (3, 0.0, 0.0, 0.0, 1.0)


def test_paired_test_needs_two_seeds():
    np.testing.assert_equal(tuple(paired_test([3.0], [1.0])), (1, 2.0, np.nan, np.nan, np.nan))
    np.testing.assert_equal(tuple(paired_test([], [])), (0, np.nan, np.nan, np.nan, np.nan))


def test_paired_test_needs_pairs():
    with pytest.raises(ValueError, match="3 and 2 values"):
        paired_test([1.0, 2.0, 3.0], [1.0, 2.0])


def test_holm_on_a_worked_example():
    # Sorted .005 .01 .03 .04 times 4 3 2 1 is .02 .03 .06 .04, and no step may go down again.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_holm_does_not_count_tests_that_were_not_made():
    p = [np.nan, 0.01, 0.04, np.nan, 0.03, 0.005]
    np.testing.assert_allclose(holm(p), [np.nan, 0.03, 0.06, np.nan, 0.06, 0.02])
    np.testing.assert_equal(holm([np.nan, np.nan]), [np.nan, np.nan])
    assert holm([]).shape == (0,)


def test_holm_stays_a_probability_and_leaves_its_input():
    p = np.array([0.9, 0.6, 1.0])
    np.testing.assert_array_equal(holm(p), [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(p, [0.9, 0.6, 1.0])


def test_holm_keeps_the_family_wise_error():
    n_studies, n_tests = 4000, 6
    p = np.random.default_rng(5).uniform(size=(n_studies, n_tests))
    error_rate = np.mean([holm(row).min() < 0.05 for row in p])
    # Exactly 1 - (1 - .05/6)^6 under independence; 3 binomial standard errors: 0.010.
    expected = 1 - (1 - 0.05 / n_tests) ** n_tests
    assert abs(error_rate - expected) < 3 * (expected * (1 - expected) / n_studies) ** 0.5


@pytest.mark.parametrize("p_values", [[0.5, 1.1], [-0.1], [[0.1, 0.2]], 0.5])
def test_holm_refuses_what_is_no_list_of_p_values(p_values):
    with pytest.raises(ValueError, match=r"p-values in \[0, 1\]"):
        holm(p_values)


def test_interquartile_mean_is_that_of_the_middle_half():
    runs = np.random.default_rng(6).permutation(np.arange(1.0, 9.0))
    found = interquartile_mean([runs[:3], runs[3:]])
    assert found.mean == 4.5  # of 3, 4, 5 and 6
    assert found.low < 4.5 < found.high
    same = interquartile_mean([np.full(5, 2.0), np.full(5, 2.0)])
    assert tuple(same) == (2.0, 2.0, 2.0)


def test_the_interval_of_an_interquartile_mean_is_of_redrawn_interquartile_means():
    cell = np.exp(np.arange(8.0))
    redrawn = np.random.default_rng(9).choice(cell, (20_000, 8))
    expected = np.quantile(stats.trim_mean(redrawn, 0.25, axis=1), [0.1, 0.9])
    found = interquartile_mean([cell], 0.8, n_resamples=20_000)
    np.testing.assert_allclose(found[1:], expected, rtol=0.02)


def test_interquartile_mean_counts_what_diverged_as_the_worst():
    runs = np.arange(1.0, 9.0)
    diverged = np.where(runs > 6, np.nan, runs)
    assert interquartile_mean([diverged]).mean == 4.5
    assert interquartile_mean([diverged]).high == np.inf
    assert tuple(interquartile_mean([np.full(4, np.nan)])) == (np.inf, np.inf, np.inf)


def test_interquartile_mean_of_single_seeds_has_no_ends():
    found = interquartile_mean([np.array([1.0]), np.array([3.0])])
    assert found.mean == 2
    assert np.isnan([found.low, found.high]).all()


def test_interquartile_mean_redraws_seeds_and_not_data_sets():
    """Data sets of different level do not widen the interval; seeds that differ do."""
    rng = np.random.default_rng(7)
    noise = 0.01 * rng.normal(size=(4, 10))
    apart = interquartile_mean(list(noise + np.arange(4.0)[:, None]))
    assert apart.high - apart.low < 0.05


def test_intervals_of_interquartile_means_cover():
    """A percentile bootstrap of ten seeds in four data sets: near its level, a little below."""
    rng = np.random.default_rng(8)
    levels = np.arange(4.0)[:, None]
    big = levels + rng.normal(size=(4, 200_000))
    truth = stats.trim_mean(big.ravel(), 0.25)
    found = [
        interquartile_mean(list(levels + rng.normal(size=(4, 10))), n_resamples=400)
        for _ in range(400)
    ]
    covered = np.mean([interval.low <= truth <= interval.high for interval in found])
    assert 0.88 < covered < 0.98
