"""Sweeps: the effects of changing one key, decided by paired tests over seeds."""

from typing import Any

import numpy as np
import pandas as pd
from msgspec.structs import replace

from gen2d.metrics.statistics import holm, paired_test
from gen2d.metrics.verdicts import BETTER, NO_TEST, UNDECIDED, WORSE, answer
from gen2d.plan.sweeps import BESIDE, COUNTED, JUDGED, SKILL, Swept
from gen2d.report.inputs import Inputs
from gen2d.report.words import (
    interval,
    listed,
    nats,
    p_value,
    percent,
    readable,
    signed,
    thousandths,
)

PAYS = {
    BETTER: "more pay for",
    WORSE: "more harm",
    UNDECIDED: "more are not shown to pay for",
}
DIFFERS = {BETTER: "better for", WORSE: "worse for", UNDECIDED: "undecided for"}
"""Answer of a test of a step -> words before the models."""

HEADINGS = {
    SKILL: "skill, %",
    JUDGED: "MMD² × 10³",
    "kl": "KL, nats",
    "nll": "NLL, nats",
    "energy_distance": "energy distance × 10³",
}


def content(inputs: Inputs) -> dict[str, object]:
    swept, entries = dict(inputs.knobs.sweeps), []
    for cell, table in inputs.job.tables("figure_sweep"):
        sweep = swept[cell["sweep"]]
        sweep = replace(sweep, models=[inputs.titles[model] for model in sweep.models])
        kde = inputs.baselines.get("kde", "")
        verdict = section(cell["sweep"], inputs.titled(table), sweep, kde, inputs.alpha)
        entries.append({**verdict, "path": inputs.job.figure("figure_sweep", **cell)})
    return {"sweeps": entries, "cost": inputs.job.figure("figure_cost")}


def tests(table: pd.DataFrame, sweep: Swept, kde: str, alpha: float) -> pd.DataFrame:
    """Paired t-tests over seeds of MMD² at the smallest bandwidth: one row per cell of the sweep.

    Columns have the answers of two tests with p-values: `step` is against the value before, `kde`
    against the kernel density estimate at the same value. p-values are adjusted by Holm's method
    over the data sets of a model and value.

    Args:
        table: the figure's table: dataset, model, place, seed, metric, score.
        kde: name of the baseline, or empty.
    """
    judged = table[table["metric"] == JUDGED]
    scores = dict(list(judged.groupby(["dataset", "model", "place"])))
    rows = []
    for dataset in judged["dataset"].unique():
        for model in sweep.models:
            for place in range(len(sweep.labels)):
                own = scores.get((dataset, model, place))
                row = {"dataset": dataset, "model": model, "place": place}
                for name, other in (
                    ("step", scores.get((dataset, model, place - 1))),
                    ("kde", scores.get((dataset, kde, place))),
                ):
                    row[name], row[f"p_{name}"] = _test(own, other)
                rows.append(row)
    found = pd.DataFrame(rows)
    for name in ("step", "kde"):
        families = found.groupby(["model", "place"])[f"p_{name}"]
        found[f"p_{name}"] = families.transform(lambda p: holm(p.to_numpy()))
        tested = zip(found[name], found[f"p_{name}"], strict=True)
        found[name] = [answer(difference, p, alpha) for difference, p in tested]
    return found


def _test(own: pd.DataFrame | None, other: pd.DataFrame | None) -> tuple[float, float]:
    """Mean difference of two cells over the seeds that both have, and its p-value."""
    if own is None or other is None:
        return np.nan, np.nan
    pairs = own.merge(other, on="seed", suffixes=("", "_other"))
    pairs = pairs.dropna(subset=["score", "score_other"])
    test = paired_test(pairs["score"].to_numpy(), pairs["score_other"].to_numpy())
    return test.mean_difference, test.p_value


def sentences(found: pd.DataFrame, means: pd.DataFrame, sweep: Swept) -> list[str]:
    """One sentence per step from a value to the next: changes that tests show, by model.

    Args:
        found: the table of `tests`.
        means: means with the index dataset, model, place, metric.
    """
    entries = []
    is_count = sweep.key in COUNTED and sweep.values == sorted(sweep.values)
    datasets = list(found["dataset"].unique())
    where = f"On {readable(datasets[0])}, from" if len(datasets) == 1 else "From"
    for place in range(1, len(sweep.labels)):
        rows, parts = found[found["place"] == place], []
        for verdict, word in (PAYS if is_count else DIFFERS).items():
            models = [
                f"{readable(model)}{_places(cells['dataset'], datasets)}"
                f"{'' if verdict == UNDECIDED else _changes(cells, means)}"
                for model, cells in rows[rows["step"] == verdict].groupby("model", sort=False)
            ]
            parts += [f"{word} {listed(models)}"] if models else []
        if parts:
            of = "times the study’s own " if sweep.is_multiple else "" if is_count else "in "
            values = f"{sweep.labels[place - 1]} to {sweep.labels[place]}"
            entries.append(f"{where} {values} {of}{sweep.noun}, {'; '.join(parts)}.")
    return entries


def _places(some: pd.Series, every: list[str]) -> str:
    """The data sets in words; empty if the study has one."""
    if len(every) == 1:
        return ""
    return " on every data set" if len(some) == len(every) else f" on {listed(some)}"


def _changes(steps: pd.DataFrame, means: pd.DataFrame) -> str:
    """The change of the skill in one step, in words, over some data sets."""
    skills = []
    for step in steps.itertuples():
        cells = [(step.dataset, step.model, place, SKILL) for place in (step.place - 1, step.place)]
        if not all(cell in means.index for cell in cells):
            return ""
        skills.append([means.loc[cell, "mean"] for cell in cells])
    if len(skills) == 1:
        before, after = skills[0]
        p = p_value(steps["p_step"].iloc[0])
        return f" (skill {percent(before)} to {percent(after)} %, {p})"
    gains = [after - before for before, after in skills]
    least, most = (signed(f"{gain:.1f}") for gain in (min(gains), max(gains)))
    return f" (skill by {least} to {most} points)"


def beside_kde(found: pd.DataFrame, kde: str) -> list[str]:
    """[A sentence] with each model's number of cells shown better and worse than kde, or []."""
    parts = []
    for model, cells in found[found["kde"] != NO_TEST].groupby("model", sort=False):
        better, worse = ((cells["kde"] == verdict).sum() for verdict in (BETTER, WORSE))
        counts = f"better in {better} of {len(cells)} cells and worse in {worse}"
        parts.append(f"{readable(model)} is shown {counts}")
    return [f"Against {readable(kde)} at the same value, {'; '.join(parts)}."] if parts else []


def _shown(cell: pd.DataFrame, metric: str) -> str:
    """A cell's mean of a metric, with its interval."""
    if metric not in cell.index:
        return "–"
    words = {SKILL: percent, "kl": nats, "nll": nats}.get(metric, thousandths)
    mean, low, high = cell.loc[metric, ["mean", "low", "high"]]
    return interval(mean, low, high, words)


def _verdict(verdict: str, p: float) -> str:
    """An answer with its p-value; a dash without a test."""
    return "–" if verdict == NO_TEST else f"{verdict} ({p_value(p)})"


def section(name: str, table: pd.DataFrame, sweep: Swept, kde: str, alpha: float) -> dict[str, Any]:
    """What the report shows of a sweep, from its figure's table; `kde` is empty without one."""
    found = tests(table, sweep, kde, alpha)
    means = table.drop_duplicates(["dataset", "model", "place", "metric"])
    means = means.set_index(["dataset", "model", "place", "metric"]).sort_index()
    metrics = set(table["metric"])
    first = SKILL if SKILL in metrics else JUDGED
    beside = [metric for metric in BESIDE if metric in metrics]
    rows = []
    for row in found.itertuples():
        cell = means.loc[(row.dataset, row.model, row.place)]
        value = str(cell["value"].iloc[0])
        rows.append(
            [
                readable(row.dataset),
                readable(row.model),
                f"{value} (× {sweep.labels[row.place]})" if sweep.is_multiple else value,
                _shown(cell, first),
                next((_shown(cell, metric) for metric in beside if metric in cell.index), "–"),
                _verdict(row.step, row.p_step),
                _verdict(row.kde, row.p_kde),
            ]
        )
    header = ["data set", "model", sweep.noun, HEADINGS[first]]
    header += [" or ".join(HEADINGS[metric] for metric in beside), "beside the value before"]
    header += [f"beside {readable(kde)}"] if kde else []
    tested = sentences(found, means, sweep)
    return {
        "name": readable(name),
        "models": listed(sweep.models),
        "noun": sweep.noun,
        "header": header,
        "rows": [row[: len(header)] for row in rows],
        "sentences": [
            *(tested or ["Nothing is tested, which takes two seeds at two values."]),
            *beside_kde(found, kde),
        ],
    }
