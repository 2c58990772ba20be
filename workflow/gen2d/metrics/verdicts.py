"""Verdicts of the paired tests: one row per data set and model, in numbers and words.

The judge is the MMD at the smallest bandwidth. By it a model is compared with one fitted Gaussian
and with a kernel density estimate of the same training points; with the estimate also by the KL
divergence, if the model has a density. A comparison is answered better, undecided or worse, or "no
test" if there was none. Undecided says nothing about quality.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import margin_bound, ratio_of_means, skill

JUDGE = "mmd2_small"
BETTER, UNDECIDED, WORSE, NO_TEST = "better", "undecided", "worse", "no test"
AS_GOOD, NOT_SHOWN = "as good", "not shown"
KDE_METRICS = (JUDGE, "kl", "nll")


def answer(difference: float, p: float, alpha: float) -> str:
    """Undecided if p >= alpha, else better for a negative difference, else worse; NaN: no test."""
    if np.isnan(p):
        return NO_TEST
    if p >= alpha:
        return UNDECIDED
    return BETTER if difference < 0 else WORSE


def answers(comparisons: pd.DataFrame, other: str, metric: str, alpha: float) -> pd.DataFrame:
    """Answers and adjusted p-values of comparisons with `other`, by data set and model."""
    rows = comparisons[(comparisons["metric"] == metric) & (comparisons["other"] == other)]
    rows = rows.set_index(["dataset", "model"])
    answer_of = [answer(row.difference, row.p_holm, alpha) for row in rows.itertuples()]
    return pd.DataFrame({"answer": answer_of, "p": rows["p_holm"]}, index=rows.index, dtype=object)


def _pairs(
    runs: pd.DataFrame, baseline: str
) -> Iterator[tuple[tuple[str, str], np.ndarray, np.ndarray]]:
    """Per data set and model: its values and the baseline's, on the seeds that both have.

    Args:
        runs: the judge's values; one row per (data set, seed), one column per model.
    """
    for dataset, wide in runs.groupby(level="dataset"):
        for model in wide.columns:
            both = wide[wide[[model, baseline]].notna().all(axis=1)]
            if len(both):
                yield (dataset, model), both[model].to_numpy(), both[baseline].to_numpy()


def _by_cell(rows: Mapping[tuple[str, str], tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([*rows], names=["dataset", "model"])
    return pd.DataFrame([*rows.values()], columns=columns, index=index)


def skills(runs: pd.DataFrame, gaussian: str, confidence: float) -> pd.DataFrame:
    """Skill in percent with its interval, by data set and model."""
    rows = {cell: tuple(skill(own, unit, confidence)) for cell, own, unit in _pairs(runs, gaussian)}
    return _by_cell(rows, ["skill", "skill_low", "skill_high"])


def beside_kde(runs: pd.DataFrame, kde: str, margin: float, confidence: float) -> pd.DataFrame:
    """As good as kde or not, and the ratio to kde with its interval, by data set and model."""
    rows = {}
    for cell, own, unit in _pairs(runs, kde):
        bound = margin_bound(own, unit, margin, confidence)
        kept = NO_TEST if np.isnan(bound) else AS_GOOD if bound < 0 else NOT_SHOWN
        ratio = ratio_of_means(own, unit, confidence) if unit.mean() > 0 else (np.nan,) * 3
        rows[cell] = (kept, *ratio)
    return _by_cell(rows, ["as_good_as_kde", "kde_ratio", "kde_ratio_low", "kde_ratio_high"])


def verdict(row: pd.Series) -> str:
    """A cell's verdict in words: beside kde by each metric, then beside one Gaussian."""
    if row["n_diverged"] == row["n_seeds"]:
        return "diverged"
    parts = []
    if row["n_diverged"]:
        parts.append(f"diverged in {row['n_diverged']} of {row['n_seeds']} seeds")
    by_word: dict[str, list[str]] = {}
    for metric in KDE_METRICS:
        answer_of = row.get(f"against_kde_{metric}")
        if pd.notna(answer_of):
            by_word.setdefault(answer_of, []).append(METRICS[metric].short)
    words = {
        BETTER: "better than kde",
        WORSE: "worse than kde",
        UNDECIDED: "undecided beside kde",
        NO_TEST: "no test beside kde",
    }
    parts += [
        f"{words.get(answer_of, answer_of)} ({', '.join(of)})" for answer_of, of in by_word.items()
    ]
    if row.get("as_good_as_kde") == AS_GOOD:
        parts.append("as good as kde")
    answer_of = row.get("against_gaussian")
    if pd.notna(answer_of) and answer_of != NO_TEST:
        words = {BETTER: "better than", WORSE: "worse than", UNDECIDED: "undecided beside"}
        parts.append(f"{words[answer_of]} one Gaussian")
    return "; ".join(parts)


def verdicts(
    metrics: pd.DataFrame,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    groups: Mapping[str, str],
    baselines: Mapping[str, str],
    alpha: float,
    margin: float,
) -> pd.DataFrame:
    """One row per data set and model, in the order of the summary.

    `energy_distance`, `mmd2_small`, and `kl` or `nll` are means over seeds with their intervals.
    `skill` is the percentage closed of one Gaussian's MMD². `kde_ratio` is the MMD² in units of
    kde's; `as_good_as_kde` says whether it is shown to be at most 1 + margin, never so for cells
    with diverged seeds. `against_gaussian` and `against_kde_...` are the tests' answers with their
    adjusted p-values. Columns of baselines that the study lacks are left out.

    `kl_infinite` counts the seeds whose density is 0 or NaN at true points; the KL of such cells is
    not compared. `outside` is the share of samples far from the data, `in_support` the share in the
    support, and `acceptance_langevin` and `acceptance_jumps` are the shares of accepted proposals.

    Args:
        metrics: values of every dataset, model, seed and metric that was not skipped.
        summary: means with intervals of every dataset, model and metric.
        comparisons: paired tests of every two models.
        groups: group of each model.
        baselines: model of each baseline method.
        alpha: level of the tests, whose p-values are already adjusted; intervals have 1 - alpha.
        margin: margin of "as good as kde".
    """
    cells = summary.set_index(["dataset", "model", "metric"])
    samples = cells.xs("energy_distance", level="metric")
    table = samples[["n_seeds", "n_diverged"]].copy()
    table.insert(0, "group", [groups[model] for _, model in table.index])
    measured = set(summary["metric"])
    for metric in ("energy_distance", "mmd2_small", "kl", "nll"):
        if metric in measured:
            part = cells.xs(metric, level="metric")
            for end, name in (("mean", ""), ("low", "_low"), ("high", "_high")):
                table[metric + name] = part[end]
            if metric in ("kl", "nll"):
                table[f"{metric}_infinite"] = part["n_diverged"] - table["n_diverged"]
    if "generalisation_gap" in measured:
        table["generalisation_gap"] = cells.xs("generalisation_gap", level="metric")["mean"]
    if "off_support" in measured:
        table["in_support"] = 1 - cells.xs("off_support", level="metric")["mean"]
    for metric in ("outside", "acceptance_langevin", "acceptance_jumps"):
        if metric in measured:
            table[metric] = cells.xs(metric, level="metric")["mean"]
    runs = metrics[metrics["metric"] == JUDGE]
    runs = runs.pivot(index=["dataset", "seed"], columns="model", values="value").astype(float)
    if "gaussian" in baselines:
        table = table.join(skills(runs, baselines["gaussian"], 1 - alpha))
        answer_of = answers(comparisons, baselines["gaussian"], JUDGE, alpha)
        table[["against_gaussian", "gaussian_p_holm"]] = answer_of
    if "kde" in baselines:
        table = table.join(beside_kde(runs, baselines["kde"], margin, 1 - alpha))
        table.loc[(table["n_diverged"] > 0), "as_good_as_kde"] = NOT_SHOWN
        for metric in KDE_METRICS:
            if metric not in measured:
                continue
            answer_of = answers(comparisons, baselines["kde"], metric, alpha)
            if f"{metric}_infinite" in table:
                infinite = table.index[table[f"{metric}_infinite"] > 0]
                answer_of.loc[answer_of.index.intersection(infinite), "answer"] = (
                    "infinite in some seeds"
                )
            table[[f"against_kde_{metric}", f"kde_{metric}_p_holm"]] = answer_of
        own = table.index.get_level_values("model") == baselines["kde"]
        table.loc[own, "as_good_as_kde"] = np.nan
    table["verdict"] = [verdict(row) for _, row in table.iterrows()]
    return table.reset_index()
