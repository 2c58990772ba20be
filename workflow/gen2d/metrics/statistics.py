"""Inference over seeds: a seed, a complete replicate of training and sampling, is the unit.

Points of one sample share a trained model, so they say nothing of how another run would fare.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats


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


def t_interval(values: np.ndarray, level: float = 0.95) -> Interval:
    """Student's interval for the mean over seeds: mean -+ t_{(1+level)/2, n-1} sd / sqrt(n).

    It keeps its level at few seeds, where a percentile bootstrap covers far less than it says.

    Args:
        values: one number per seed [n], finite; leave out diverged seeds knowingly, beforehand.
        level: coverage in (0, 1).

    Returns:
        The mean and the interval's ends, in the unit of the values; the ends are NaN below 2
        values, as is the mean of none.

    Raises:
        ValueError: values are not one-dimensional and finite, or level is outside (0, 1).
    """
    values = _checked_values(values)
    if not 0 < level < 1:
        raise ValueError(f"expected a level between 0 and 1, got {level}")
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    half_width = float(special.stdtrit(n - 1, (1 + level) / 2) * _standard_error(values))
    return Interval(mean, mean - half_width, mean + half_width)


def paired_test(a: np.ndarray, b: np.ndarray, level: float = 0.95) -> PairedTest:
    """Two-sided paired t-test over seeds of the hypothesis that a and b do not differ.

    The test is of E[asinh(a / s) - asinh(b / s)] = 0 with s the smaller of the two spreads: linear
    within a spread of 0 and logarithmic beyond. A model that fails by far, and by far differently
    from seed to seed, is told from one that does not, where a t-test of the differences themselves
    would drown in their spread. A difference whose mean has the other sign than on that scale is
    not established: its p-value is 1.

    Args:
        a: one number per seed [n], finite.
        b: the same, where a[i] and b[i] come from the same seed.
        level: coverage of the interval, in (0, 1).

    Returns:
        The mean of a - b with its t-interval (negative: a is lower), in the unit of the values, and
        the p-value in [0, 1]: 1 where a and b are identical, NaN below 2 seeds.

    Raises:
        ValueError: a and b are not one-dimensional, finite and of equal length.
    """
    a, b = _checked_values(a), _checked_values(b)
    if len(a) != len(b):
        raise ValueError(f"expected one pair per seed, got {len(a)} and {len(b)} values")
    interval = t_interval(a - b, level)
    if len(a) < 2:
        return PairedTest(len(a), *interval, np.nan)
    spreads = [x.std() for x in (a, b) if x.std() > 1e-12 * np.abs(x).max()]  # but for rounding
    spread = min(spreads, default=1.0)
    a, b = np.arcsinh(a / spread), np.arcsinh(b / spread)
    if interval.mean * (a - b).mean() <= 0:
        return PairedTest(len(a), *interval, 1.0)
    with np.errstate(divide="ignore"):  # where all differences are the same
        t = (a - b).mean() / _standard_error(a - b)
    return PairedTest(len(a), *interval, float(2 * special.stdtr(len(a) - 1, -np.abs(t))))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down adjustment: below alpha they keep the family-wise error below alpha.

    With p sorted ascending and m tests, p~_(i) = max_{j <= i} min(1, (m - j + 1) p_(j)).

    Args:
        p_values: p-values [T] in [0, 1]; NaN stands for a test that was not made.

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


def interquartile_mean(
    cells: Sequence[np.ndarray], level: float = 0.95, n_resamples: int = 2000
) -> Interval:
    """The mean of the middle half of n runs, with a stratified percentile bootstrap.

    The n // 4 lowest and as many of the highest are left out: of fewer than four runs none.

    Neither a few runs that failed nor one easy data set decide it, as they do a mean or a median.
    Seeds are redrawn within each data set, whose number is no sample of anything.

    Args:
        cells: one score a seed, for each data set [n_d]; NaN, a seed that diverged, is worse than
            all others.
        level: coverage in (0, 1), which few seeds fall short of.
        n_resamples: of the bootstrap, from a fixed stream.

    Returns:
        The interquartile mean and the interval's ends: infinite where too many seeds diverged, and
        NaN where no data set has two seeds.

    Source: Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice
    (2021).
    """
    filled = [np.nan_to_num(cell, nan=np.inf, posinf=np.inf, neginf=-np.inf) for cell in cells]
    mean = float(stats.trim_mean(np.concatenate(filled), 0.25))
    if max(map(len, filled)) < 2:
        return Interval(mean, np.nan, np.nan)
    rng = np.random.default_rng(0)
    redrawn = [rng.choice(cell, (n_resamples, len(cell))) for cell in filled]
    means = stats.trim_mean(np.concatenate(redrawn, axis=1), 0.25, axis=1)
    ends = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return Interval(mean, *map(float, ends))


def _standard_error(values: np.ndarray) -> np.float64:
    """Of their mean; a tenth of the time that `scipy.stats.sem` takes for few values."""
    return values.std(ddof=1) / np.sqrt(len(values))


def _checked_values(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"expected one value per seed [n], got shape {values.shape}")
    n_bad = np.count_nonzero(~np.isfinite(values))
    if n_bad:
        raise ValueError(f"expected finite values, got {n_bad} non-finite of {len(values)}")
    return values


def with_intervals(table: pd.DataFrame, key: list[str], column: str, level: float) -> pd.DataFrame:
    """The table, with the mean and t-interval of a column over the rows that share a key."""
    rows = [
        (*name, *t_interval(group[column].dropna().to_numpy(), level))
        for name, group in table.groupby(key, dropna=False)
    ]
    return table.merge(pd.DataFrame(rows, columns=[*key, "mean", "low", "high"]), "left", key)
