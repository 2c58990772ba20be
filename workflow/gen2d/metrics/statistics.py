"""Inference over seeds. The unit is the seed: one complete replicate of training and sampling.

Points of one sample share a trained model, so they carry no information on another run.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

MOST_SPREAD = 0.3
"""Standard deviation over seeds of a baseline that is a unit, at most, as a share of its mean."""


class Interval(NamedTuple):
    """A mean over seeds and the ends of its confidence interval."""

    mean: float
    low: float
    high: float


class PairedTest(NamedTuple):
    """A mean difference over n seeds, its t-interval, and the two-sided p-value."""

    n: int
    mean_difference: float
    low: float
    high: float
    p_value: float


def t_interval(values: np.ndarray, confidence: float = 0.95) -> Interval:
    """Student's interval for the mean over seeds: mean -+ t_{(1+confidence)/2, n-1} sd / sqrt(n).

    It keeps its coverage at few seeds, where a percentile bootstrap covers far less than nominal.

    Args:
        values: one number per seed [n], finite: the caller leaves out diverged seeds.
        confidence: coverage in (0, 1).

    Returns:
        The mean and the interval's ends, in the unit of the values. The ends are NaN for fewer than
        2 values, and the mean for none.

    Raises:
        ValueError: values are not one-dimensional and finite, or confidence is outside (0, 1).
    """
    values = _checked_values(values)
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, got {confidence}")
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    half_width = float(special.stdtrit(n - 1, (1 + confidence) / 2) * _standard_error(values))
    return Interval(mean, mean - half_width, mean + half_width)


def paired_test(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> PairedTest:
    """Two-sided paired t-test over seeds of the hypothesis that a and b have equal means.

    Args:
        a: one number per seed [n], finite.
        b: the same, where a[i] and b[i] come from the same seed.
        confidence: coverage of the interval, in (0, 1).

    Returns:
        The mean of a - b with its t-interval (negative: a is lower), in the unit of the values, and
        the p-value in [0, 1]: 1 where a and b are identical, NaN below 2 seeds.

    Raises:
        ValueError: a and b are not one-dimensional, finite and of equal length.
    """
    a, b = _checked_pairs(a, b)
    interval = t_interval(a - b, confidence)
    if len(a) < 2:
        return PairedTest(len(a), *interval, np.nan)
    error = _standard_error(a - b)
    if error <= 1e-12 * np.abs([a, b]).max():  # 0 up to rounding
        p_value = float(np.abs(interval.mean) <= 1e-12 * np.abs([a, b]).max())
    else:
        p_value = float(2 * special.stdtr(len(a) - 1, -np.abs(interval.mean / error)))
    return PairedTest(len(a), *interval, p_value)


def margin_bound(a: np.ndarray, b: np.ndarray, margin: float, confidence: float = 0.95) -> float:
    """The upper end of the one-sided paired t-interval for the mean of a - (1 + margin) b.

    Lower is better: a bound below 0 shows that a exceeds b by less than the margin, so a is as good
    as b. The chance of this is at most 1 - confidence if mean a >= (1 + margin) mean b.

    Args:
        a: one number per seed [n], finite.
        b: the same, where a[i] and b[i] come from the same seed.
        margin: a share of b, above 0.
        confidence: coverage of the interval, in (0, 1).

    Returns:
        The bound, in the unit of the values; NaN below 2 seeds.

    Source: Schuirmann, A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability (1987).
    """
    a, b = _checked_pairs(a, b)
    excess = a - (1 + margin) * b
    if len(excess) < 2:
        return np.nan
    return float(excess.mean() + special.stdtrit(len(a) - 1, confidence) * _standard_error(excess))


def ratio_of_means(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> Interval:
    """The mean of a over the mean of b, with the t-interval of the delta method.

    The interval is R -+ t_{(1+confidence)/2, n-1} sd(e) / sqrt(n) with
    e_s = (a_s - R b_s) / mean b: it covers the errors of both means and their covariance.

    Args:
        a: one number per seed [n], finite.
        b: the same, where a[i] and b[i] come from the same seed; its mean is not 0.
        confidence: coverage of the interval, in (0, 1).

    Returns:
        The ratio and its ends. The ends are NaN below 2 seeds, and the ratio for none.
    """
    a, b = _checked_pairs(a, b)
    if not len(a):
        return Interval(np.nan, np.nan, np.nan)
    ratio = a.mean() / b.mean()
    errors = t_interval((a - ratio * b) / b.mean(), confidence)
    return Interval(float(ratio), float(ratio + errors.low), float(ratio + errors.high))


def geometric_mean_ratio(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], confidence: float = 0.95
) -> Interval:
    """The geometric mean over data sets of mean a / mean b, with a t-interval on the log scale.

    Seeds of different data sets are independent, so the variances of the logarithms add; the
    degrees of freedom are Welch and Satterthwaite's.

    Args:
        pairs: (a, b) of each data set, both with one number per seed, paired by seed.
        confidence: coverage of the interval, in (0, 1).

    Returns:
        The geometric mean and its ends. All are NaN if a mean is 0 or below or there are no pairs;
        the ends alone if a data set has fewer than 2 seeds.

    Source: Satterthwaite, An approximate distribution of estimates of variance components (1946).
    """
    every = [_checked_pairs(a, b) for a, b in pairs]
    nothing = Interval(np.nan, np.nan, np.nan)
    if not every or any(len(x) == 0 or x.mean() <= 0 for pair in every for x in pair):
        return nothing
    mean = float(np.exp(np.mean([np.log(a.mean() / b.mean()) for a, b in every])))
    if min(len(a) for a, _ in every) < 2:
        return nothing._replace(mean=mean)
    variances = np.array([_standard_error(a / a.mean() - b / b.mean()) ** 2 for a, b in every])
    if not variances.any():  # a model compared with itself
        return Interval(mean, mean, mean)
    degrees = np.array([len(a) - 1 for a, _ in every])
    freedom = variances.sum() ** 2 / (variances**2 / degrees).sum()
    width = special.stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(variances.sum()) / len(every)
    return Interval(mean, mean * float(np.exp(-width)), mean * float(np.exp(width)))


def skill(values: np.ndarray, baseline: np.ndarray, confidence: float = 0.95) -> Interval:
    """100 (1 - mean / baseline's mean): percentage of the baseline's distance that is closed.

    0 is as good as the baseline, 100 as good as the truth; below 0 is worse than the baseline.

    Args:
        values: squared distance from the truth, one per seed [n].
        baseline: the baseline's squared distance, for the same seeds [n].
        confidence: coverage of the interval, in (0, 1).

    Returns:
        The skill and its ends in percent. All are NaN if the baseline cannot be a unit: its mean is
        0 or below, or its standard deviation is above 30 % of its mean.
    """
    values, baseline = _checked_pairs(values, baseline)
    spread = baseline.std(ddof=1) if len(baseline) > 1 else 0.0
    if not len(baseline) or baseline.mean() <= 0 or spread > MOST_SPREAD * baseline.mean():
        return Interval(np.nan, np.nan, np.nan)
    ratio = ratio_of_means(values, baseline, confidence)
    return Interval(100 * (1 - ratio.mean), 100 * (1 - ratio.high), 100 * (1 - ratio.low))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values: rejecting below alpha keeps the family-wise error below alpha.

    With p sorted ascending and m tests, p~_(i) = max_{j <= i} min(1, (m - j + 1) p_(j)).

    Args:
        p_values: p-values [T] in [0, 1]; NaN for a test that was not made.

    Returns:
        Adjusted p-values [T] in the order given; NaN stays NaN and is not counted in m.

    Raises:
        ValueError: p_values are not one-dimensional or one lies outside [0, 1].

    Source: Holm, A simple sequentially rejective multiple test procedure (1979).
    """
    adjusted = np.array(p_values, dtype=np.float64)
    made = ~np.isnan(adjusted)
    p = adjusted[made]
    if adjusted.ndim != 1 or ((p < 0) | (p > 1)).any():
        raise ValueError(f"expected a list of p-values in [0, 1], got {p_values}")
    order = np.argsort(p)
    p[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
    adjusted[made] = p
    return adjusted


def _standard_error(values: np.ndarray) -> np.float64:
    """Standard error of the mean, ten times as fast as `scipy.stats.sem` for few values."""
    return values.std(ddof=1) / np.sqrt(len(values))


def _checked_pairs(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = _checked_values(a), _checked_values(b)
    if len(a) != len(b):
        raise ValueError(f"expected one pair per seed, got {len(a)} and {len(b)} values")
    return a, b


def _checked_values(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"expected one value per seed [n], got shape {values.shape}")
    n_bad = np.count_nonzero(~np.isfinite(values))
    if n_bad:
        raise ValueError(f"expected finite values, got {n_bad} non-finite of {len(values)}")
    return values


def with_intervals(
    table: pd.DataFrame, key: list[str], column: str, confidence: float
) -> pd.DataFrame:
    """The table with columns mean, low, high: a column's t-interval over rows that share a key."""
    rows = [
        (*name, *t_interval(group[column].dropna().to_numpy(), confidence))
        for name, group in table.groupby(key, dropna=False)
    ]
    return table.merge(pd.DataFrame(rows, columns=[*key, "mean", "low", "high"]), "left", key)
