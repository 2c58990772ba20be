"""How often the study's tests and intervals err: false alarms, power and coverage, simulated.

    python tests/benchmarks/inference.py results [RUNS]

Prints a table of studies of 10, 5 and 3 seeds: means over cells in percent, and their range. A
model's and its rival's metrics are drawn with the spreads and the correlation over seeds that they
have in `results`, and with the means that a hypothesis asks for. `truth` is simulated with points,
RUNS times a law (200), since all seeds share one reference.
"""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from gen2d.config import DATASETS
from gen2d.metrics import statistics
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.plugins import resolve

LEVEL, MARGIN = 0.95, 0.5
N_SEEDS = (10, 5, 3)
STUDIES = 10_000  # of every cell
METRICS = {"mmd2_small": "M", "kl": "KL", "energy_distance": "ED"}
LAWS = ("checkerboard", "gaussian_mixture", "pinwheel", "spiral")
N_POINTS, N_REFERENCES, N_BANDWIDTHS = 10_000, (100_000, 10_000), 6


Rates = dict[str, list[float]]
"""How often what happens: a rate a cell, or a model."""


class Pair(NamedTuple):
    """A model and its rival on a data set: the means [2] of a metric, and its residuals [S, 2]."""

    means: np.ndarray
    residuals: np.ndarray


Draw = Callable[[Pair, int, np.random.Generator], np.ndarray]
"""Residuals [STUDIES, n, 2] of studies of n seeds."""


def normal(pair: Pair, n: int, rng: np.random.Generator) -> np.ndarray:
    covariance = np.cov(pair.residuals.T)
    return rng.multivariate_normal([0, 0], covariance, (STUDIES, n), method="eigh")


def resampled(pair: Pair, n: int, rng: np.random.Generator) -> np.ndarray:
    return _resampled(pair.residuals[None], n, rng)


def normal_resampled(pair: Pair, n: int, rng: np.random.Generator) -> np.ndarray:
    """What `resampled` gives where residuals are normal: ten of them are no normal law."""
    residuals = normal(pair, len(pair.residuals), rng)
    return _resampled(residuals - residuals.mean(1, keepdims=True), n, rng)


def _resampled(residuals: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Of residuals [1 or STUDIES, S, 2]."""
    n_seeds = residuals.shape[1]
    rows = rng.integers(n_seeds, size=(STUDIES, n, 1))
    wider = np.sqrt(n_seeds / (n_seeds - 1)) * residuals
    return np.take_along_axis(np.broadcast_to(wider, (STUDIES, n_seeds, 2)), rows, axis=1)


# The study's statistics, of many studies [R, n] at once; `check` holds them against these.


def standard_error(x: np.ndarray) -> np.ndarray:
    return x.std(-1, ddof=1) / np.sqrt(x.shape[-1])


def p_values(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    t = (a - b).mean(-1) / standard_error(a - b)
    return 2 * special.stdtr(a.shape[-1] - 1, -np.abs(t))


def margin_bounds(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    excess = a - (1 + MARGIN) * b
    return excess.mean(-1) + special.stdtrit(a.shape[-1] - 1, LEVEL) * standard_error(excess)


def skills(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The ends of the intervals, [2, R]."""
    base = b.mean(-1)
    ratio = a.mean(-1) / base
    errors = (a - ratio[..., None] * b) / base[..., None]
    width = special.stdtrit(a.shape[-1] - 1, (1 + LEVEL) / 2) * standard_error(errors)
    return 100 * (1 - np.stack([ratio + width, ratio - width]))


def geometric_means(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The ends of the intervals, [2, R], of a and b [D, R, n] on D data sets."""
    means = [x.mean(-1, keepdims=True) for x in (a, b)]
    centre = np.log(means[0] / means[1])[..., 0].mean(0)
    variances = standard_error(a / means[0] - b / means[1]) ** 2
    freedom = variances.sum(0) ** 2 / (variances**2).sum(0) * (a.shape[-1] - 1)
    width = special.stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(variances.sum(0)) / len(a)
    return np.exp([centre - width, centre + width])


def check() -> None:
    """Raises `AssertionError` where these are not the study's."""
    a, b = np.random.default_rng(0).gamma(40, 1, (2, 4, 3, 5))  # [D, R, n]
    for k in range(a.shape[1]):
        pairs = list(zip(a[:, k], b[:, k], strict=True))
        tests = [statistics.paired_test(*pair).p_value for pair in pairs]
        bounds = [statistics.margin_bound(*pair, MARGIN) for pair in pairs]
        ends = [statistics.skill(*pair)[1:] for pair in pairs]
        np.testing.assert_allclose(p_values(a, b)[:, k], tests)
        np.testing.assert_allclose(margin_bounds(a, b)[:, k], bounds)
        np.testing.assert_allclose(skills(a, b)[..., k].T, ends)
        mean = statistics.geometric_mean_ratio(pairs)
        np.testing.assert_allclose(geometric_means(a, b)[:, k], mean[1:])


def pairs_of(table: pd.DataFrame, metric: str, rival: str, tuned: list[str]) -> list[list[Pair]]:
    """Of every tuned model that has the metric its pairs with a rival, one a data set."""
    found: dict[str, list[Pair]] = {}
    for _, rows in table[table["metric"] == metric].groupby("dataset"):
        wide = rows.pivot(index="seed", columns="model", values="value").dropna(axis=1, how="all")
        for model in tuned:
            if {model, rival} <= set(wide):
                values = wide[[model, rival]].dropna().to_numpy()
                pair = Pair(values.mean(0), values - values.mean(0))
                found.setdefault(model, []).append(pair)
    return list(found.values())


def against_kde(
    table: pd.DataFrame, tuned: list[str], draw: Draw, n: int, rng: np.random.Generator
) -> Rates:
    """False alarms of the paired tests, and how often a model is found as good as kde."""
    found: Rates = {}
    alpha = 1 - LEVEL
    for metric, name in METRICS.items():
        single, family = [], []
        for pairs in pairs_of(table, metric, "kde", tuned):
            x = np.stack([draw(pair, n, rng) for pair in pairs])  # [D, STUDIES, n, 2]
            p = p_values(x[..., 0], x[..., 1])
            single += list((p < alpha).mean(1))
            family.append((p.min(0) * len(p) < alpha).mean())  # the first of Holm's steps
        found[f"False alarms, {name}"] = single
        found[f"Any false alarm after Holm, {name}"] = family
    cells = [pair for pairs in pairs_of(table, "mmd2_small", "kde", tuned) for pair in pairs]
    for ratio in (1 + MARGIN, 1 + MARGIN / 2, 1):
        passed = []
        for pair in cells:
            x, kde = draw(pair, n, rng), pair.means[1]
            passed.append((margin_bounds(x[..., 0] + ratio * kde, x[..., 1] + kde) < 0).mean())
        found[f"As good as kde where M is {f'{ratio:g} ' if ratio > 1 else ''}kde's"] = passed
    return found


def coverages(table: pd.DataFrame, tuned: list[str], n: int, rng: np.random.Generator) -> Rates:
    """How often the intervals of skill and of the geometric mean hold the true values."""

    def draws(pairs: list[Pair]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of a model and of its rival [D, STUDIES, n], and the true ratios [D, 1]."""
        x = np.stack([pair.means + normal(pair, n, rng) for pair in pairs])
        ratios = np.array([pair.means[0] / pair.means[1] for pair in pairs])
        return x[..., 0], x[..., 1], ratios[:, None]

    def held(ends: np.ndarray, true: np.ndarray) -> np.ndarray:
        return ((ends[0] <= true) & (true <= ends[1])).mean(-1)

    of_skill, of_means = [], []
    for pairs in pairs_of(table, "mmd2_small", "gaussian", tuned):
        a, b, ratios = draws(pairs)
        of_skill += list(held(skills(a, b), 100 * (1 - ratios)))
    for pairs in pairs_of(table, "mmd2_small", "kde", tuned):
        a, b, ratios = draws(pairs)
        of_means.append(held(geometric_means(a, b), np.exp(np.log(ratios).mean())))
    return {"Skill's interval holds": of_skill, "The geometric mean's interval holds": of_means}


def truth(name: str, runs: int) -> np.ndarray:
    """The M [references, runs, seeds] of true samples that share a run's reference."""
    knobs = DATASETS[name].model_validate({"kind": name})
    law = resolve(knobs.implementation)(**knobs.parameters(None))
    found = np.empty((len(N_REFERENCES), runs, max(N_SEEDS)))
    for run in range(runs):
        rng = np.random.default_rng([LAWS.index(name), run])
        points = law.sample(max(N_REFERENCES), rng)
        median = median_distance(points[: min(N_REFERENCES)])
        smallest = bandwidth_ladder(median, N_BANDWIDTHS)[:1]
        references = [Reference.of(points[:m], smallest) for m in N_REFERENCES]
        for seed in range(max(N_SEEDS)):
            x = law.sample(N_POINTS, rng)
            found[:, run, seed] = [two_sample_distances(x, true).mmd2[0] for true in references]
    return found


def shown(rates: Sequence[float]) -> str:
    mean, low, high = 100 * np.mean(rates), 100 * min(rates), 100 * max(rates)
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"


@np.errstate(divide="ignore", invalid="ignore")  # seeds drawn that are equal, means below 0
def inference(results: Path, runs: int) -> pd.DataFrame:
    """The table: how often what happens, in percent, by numbers of seeds."""
    check()
    table, verdicts = (pd.read_csv(results / name) for name in ("metrics.csv", "verdicts.csv"))
    tuned = sorted(set(verdicts.loc[verdicts["group"] == "tuned", "model"]))
    with ProcessPoolExecutor() as pool:
        of_truth = np.stack(list(pool.map(partial(truth, runs=runs), LAWS)), 1)
    columns = {}
    for n in N_SEEDS:
        rng = np.random.default_rng(n)
        of_seeds = against_kde(table, tuned, normal, n, rng)
        of_seeds |= coverages(table, tuned, n, rng)
        for m, of_laws in zip(N_REFERENCES, of_truth[..., :n], strict=True):
            every = [[statistics.t_interval(x) for x in of_law] for of_law in of_laws]
            held = [np.mean([low <= 0 <= high for _, low, high in of_law]) for of_law in every]
            of_seeds[f"The interval of truth's M holds 0; {m:,} reference points"] = held
        rows = {name: shown(rates) for name, rates in of_seeds.items()}
        again = against_kde(table, tuned, resampled, n, rng)
        expected = against_kde(table, tuned, normal_resampled, n, rng)
        for name, rates in again.items():
            both = f"{100 * np.mean(rates):.1f} / {100 * np.mean(expected[name]):.1f}"
            rows[f"{name}; seeds resampled / normal seeds resampled"] = both
        columns[f"{n} seeds"] = rows
    return pd.DataFrame(columns)


def main(results: str, runs: str = "200") -> None:
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # of seeds that are equal, of means below 0
        table = inference(Path(results), int(runs))
    print("|", " | ".join(["%", *table]), "|")
    print("|---|" + "---:|" * len(table.columns))
    for name, row in table.iterrows():
        print("|", " | ".join([name, *row]), "|")


if __name__ == "__main__":
    main(*sys.argv[1:])
