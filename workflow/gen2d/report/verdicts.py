"""What the paired tests decide on every cell: one row a data set and model, in numbers and words.

A model is judged against its own training points by the energy distance, and against a kernel
density estimate of them by the MMD at the smallest bandwidth and, where both state a density, by
the KL divergence. Every word is that of a test; where none was made, the word is "no test".
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gen2d.metrics.catalogue import METRICS

TEST_COLUMNS = ["median_difference", "p_holm"]
AGAINST_POINTS = ("better", "not distinguishable", "worse")
AGAINST_KDE = ("beats kde", "no difference", "kde is better")
PASSES = ("better", "not distinguishable", "beats kde")
KDE_METRICS = {name: METRICS[name].short for name in ("mmd2_small", "kl", "nll")}
GRADES = {"all": "●", "some": "◐", "neither": "○", "diverged": "×", "untested": "–"}


def paired(comparisons: pd.DataFrame, other: str, metric: str) -> pd.DataFrame:
    """Differences of every model to another by data set and model; above 0 the model is worse."""
    rows = comparisons[(comparisons["metric"] == metric) & (comparisons["other"] == other)]
    return rows.set_index(["dataset", "model"])


def word(difference: float, p: float, alpha: float, words: tuple[str, str, str]) -> str:
    """The word for lower, no difference or higher that a test at level alpha decides."""
    lower, same, higher = words
    if np.isnan(p):
        return "no test"
    if p >= alpha:
        return same
    return lower if difference < 0 else higher


def _words(tests: pd.DataFrame, alpha: float, words: tuple[str, str, str]) -> pd.Series:
    return pd.Series(
        [word(row.difference, row.p_holm, alpha, words) for row in tests.itertuples()],
        index=tests.index,
        dtype=object,
    )


def grade(row: pd.Series) -> str:
    """How many of the tests that every model takes a cell passes: all, some or neither.

    They are: energy distance not higher than that of its training points, which few or noisy seeds
    cannot refute, and small-bandwidth MMD lower than that of the kernel density estimate, which
    they cannot show. A cell with diverged seeds passes not all.
    """
    if row["n_diverged"] == row["n_seeds"]:
        return "diverged"
    words = {name: row[name] for name in ("against_points", "kde_mmd2_small") if name in row}
    if all(pd.isna(said) or said == "no test" for said in words.values()):
        return "untested"
    # The training points are as good as themselves, and kde does not beat itself.
    passed = [
        said in PASSES or (pd.isna(said) and name == "against_points")
        for name, said in words.items()
        if said != "no test"
    ]
    if not any(passed):
        return "neither"
    return "all" if all(passed) and not row["n_diverged"] else "some"


def verdict(row: pd.Series) -> str:
    """A cell's verdict in words: against its training points, then against kde by each metric."""
    if row["n_diverged"] == row["n_seeds"]:
        return "diverged"
    parts = []
    if row["n_diverged"]:
        parts.append(f"diverged in {row['n_diverged']} of {row['n_seeds']} seeds")
    if pd.notna(row.get("against_points")):
        parts.append(row["against_points"])
    by_word: dict[str, list[str]] = {}
    for metric, name in KDE_METRICS.items():
        said = row.get(f"kde_{metric}")
        if pd.notna(said):
            by_word.setdefault(said, []).append(name)
    parts += [f"{said} ({', '.join(names)})" for said, names in by_word.items()]
    return "; ".join(parts)


def verdicts(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    groups: Mapping[str, str],
    baselines: Mapping[str, str],
    alpha: float,
) -> pd.DataFrame:
    """One row a data set and model, in the order of the summary.

    `energy_distance`, `mmd2_small`, and `kl` or `nll` are means over seeds with their intervals;
    `excess` is the median over seeds of the energy distance less that of the training points of the
    same seed. Without a `resample` baseline nothing of the training points is in the table, and
    without a `kde` nothing of it. `kl_infinite` counts the seeds whose density is 0,
    or no number, at true points; of those no KL is compared. `acceptance_langevin` and
    `acceptance_jumps` are the shares of its proposals that a sampler accepted.

    Args:
        summary: means with intervals; of every dataset, model and metric.
        comparisons: paired tests of every two models.
        groups: group of each model.
        baselines: model of each baseline method.
        alpha: level of the tests, which are adjusted already.
    """
    cells = summary.set_index(["dataset", "model", "metric"])
    samples = cells.xs("energy_distance", level="metric")
    table = samples[["n_seeds", "n_diverged"]].copy()
    table.insert(0, "group", [groups[model] for _, model in table.index])
    stated = set(summary["metric"])
    for metric in ("energy_distance", "mmd2_small", "kl", "nll"):
        if metric in stated:
            part = cells.xs(metric, level="metric")
            for end, name in (("mean", ""), ("low", "_low"), ("high", "_high")):
                table[metric + name] = part[end]
            if metric in ("kl", "nll"):
                table[f"{metric}_infinite"] = part["n_diverged"] - table["n_diverged"]
    if "generalisation_gap" in stated:
        table["generalisation_gap"] = cells.xs("generalisation_gap", level="metric")["mean"]
    if "off_support" in stated:
        table["in_support"] = 1 - cells.xs("off_support", level="metric")["mean"]
    for kind in ("acceptance_langevin", "acceptance_jumps"):
        if kind in stated:
            table[kind] = cells.xs(kind, level="metric")["mean"]
    if "resample" in baselines:
        tests = paired(comparisons, baselines["resample"], "energy_distance")
        table[["excess", "excess_p_holm"]] = tests[TEST_COLUMNS]
        table["against_points"] = _words(tests, alpha, AGAINST_POINTS)
    if "kde" in baselines:
        for metric in KDE_METRICS:
            if metric in stated:
                tests = paired(comparisons, baselines["kde"], metric)
                said = _words(tests, alpha, AGAINST_KDE)
                if f"{metric}_infinite" in table:
                    infinite = table[f"{metric}_infinite"] > 0
                    said[said.index.intersection(table.index[infinite])] = "infinite in some seeds"
                table[f"kde_{metric}"] = said
    table["grade"] = [grade(row) for _, row in table.iterrows()]
    table["verdict"] = [verdict(row) for _, row in table.iterrows()]
    return table.reset_index()
