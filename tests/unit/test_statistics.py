"""Intervals and tests over seeds against scipy, a worked example and simulated coverage."""

import numpy as np
import pytest
from scipy import stats

from gen2d.metrics.statistics import (
    geometric_mean_ratio,
    holm,
    margin_bound,
    paired_test,
    ratio_of_means,
    skill,
    t_interval,
)


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


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="confidence"):
        t_interval([1.0, 2.0], confidence)


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
    np.testing.assert_allclose(result.p_value, expected.pvalue)
    # Pairing is what makes the small difference visible.
    assert result.p_value < 0.1 < stats.ttest_ind(a, b).pvalue


def test_paired_test_reverses_with_its_arguments():
    a, b = np.random.default_rng(4).normal(size=(2, 6))
    forth, back = paired_test(a, b), paired_test(b, a)
    assert forth.p_value == back.p_value
    assert (forth.low, forth.high) == (-back.high, -back.low)


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_paired_test_does_not_take_rounding_for_a_spread(shift):
    a = np.array([1.3, 0.9, 1.4])
    assert paired_test(a + shift, a).p_value == (shift == 0)


@pytest.mark.parametrize("name", ["normal", "lognormal", "standard_cauchy"])
def test_paired_test_keeps_its_level(name):
    """False alarms of 2000 tests at level .05: .05 +- 4 standard errors, or fewer."""
    rng = np.random.default_rng(6)
    a, b = getattr(rng, name)(size=(2, 2000, 10)) + rng.normal(size=(2000, 10))
    alarms = np.mean([paired_test(x, y).p_value < 0.05 for x, y in zip(a, b, strict=True)])
    assert alarms < 0.07
    assert name != "normal" or alarms > 0.03


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


def test_margin_bound_is_that_of_a_one_sided_t_interval():
    a, b = np.random.default_rng(7).normal(1.0, 0.1, size=(2, 8))
    excess = a - 1.5 * b
    expected = stats.ttest_1samp(excess, 0, alternative="less").confidence_interval(0.9).high
    assert margin_bound(a, b, 0.5, 0.9) == pytest.approx(expected)
    assert np.isnan(margin_bound([1.0], [1.0], 0.5))


def test_margin_bound_keeps_its_level_at_the_margin():
    n_studies = 4000
    rng = np.random.default_rng(8)
    b = 1.0 + 0.2 * rng.normal(size=(n_studies, 10))
    a = 1.5 + 0.3 * rng.normal(size=(n_studies, 10))
    passed = np.mean([margin_bound(x, y, 0.5) < 0 for x, y in zip(a, b, strict=True)])
    assert abs(passed - 0.05) < 3 * (0.95 * 0.05 / n_studies) ** 0.5


def test_skill_covers_and_says_what_is_closed():
    n_studies = 4000
    rng = np.random.default_rng(9)
    b = 2.0 + 0.2 * rng.normal(size=(n_studies, 10))
    a = 0.2 * b + 0.05 * rng.normal(size=(n_studies, 10))
    found = [skill(x, y) for x, y in zip(a, b, strict=True)]
    covered = np.mean([interval.low <= 80 <= interval.high for interval in found])
    assert abs(covered - 0.95) < 0.015
    assert np.mean([interval.mean for interval in found]) == pytest.approx(80, abs=0.1)
    assert skill(b[0], b[0]) == (0, 0, 0)
    assert skill(np.zeros(10), b[0]).mean == 100


@pytest.mark.parametrize("baseline", [[1.0, 2.0, 3.0], [-1.0, -1.1, -0.9], []])
def test_skill_needs_a_baseline_that_is_a_unit(baseline):
    assert np.isnan(skill(np.ones(len(baseline)), baseline)).all()


def test_skill_of_one_seed_has_no_ends():
    np.testing.assert_equal(tuple(skill([1.0], [4.0])), (75.0, np.nan, np.nan))


def test_ratio_of_means_agrees_with_fieller_where_the_denominator_is_sure():
    """Of a denominator without spread the interval is that of the numerator, over it."""
    a = np.random.default_rng(10).normal(size=9)
    expected = [end / 4 for end in t_interval(a, 0.9)]
    np.testing.assert_allclose(ratio_of_means(a, np.full(9, 4.0), 0.9), expected)


def test_geometric_mean_ratio_is_that_of_the_data_sets():
    ones, level = np.ones(5), np.array([1.9, 2.0, 2.1, 2.0, 2.0])
    assert geometric_mean_ratio([(2 * ones, ones), (8 * ones, ones)]) == (4.0, 4.0, 4.0)
    one, twice = (geometric_mean_ratio([(level, ones)] * n) for n in (1, 4))
    assert one.mean == twice.mean == pytest.approx(2)
    # Four independent data sets halve the error, and have four times the degrees of freedom.
    widths = [np.log(found.high / found.mean) for found in (one, twice)]
    shrunk = stats.t.ppf(0.975, 16) / stats.t.ppf(0.975, 4) / 2
    assert widths[1] / widths[0] == pytest.approx(shrunk)


def test_geometric_mean_ratio_covers():
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(1000):
        pairs = []
        for ratio in (0.5, 1.0, 2.0, 4.0):
            b = 1 + 0.1 * rng.normal(size=10)
            pairs.append((ratio * (1 + 0.3 * rng.normal(size=10)), b))
        found = geometric_mean_ratio(pairs)
        covered.append(found.low <= 2**0.5 <= found.high)
    assert abs(np.mean(covered) - 0.95) < 0.025


def test_geometric_mean_ratio_needs_means_above_zero():
    ones = np.ones(3)
    assert np.isnan(geometric_mean_ratio([(ones, ones), (-ones, ones)])).all()
    assert np.isnan(geometric_mean_ratio([])).all()
    np.testing.assert_equal(tuple(geometric_mean_ratio([([2.0], [1.0])])), (2.0, np.nan, np.nan))
