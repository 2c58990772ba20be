"""The coursework's claims and figures beside the study's findings, by data set."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import paired_test
from gen2d.metrics.verdicts import BETTER, NO_TEST
from gen2d.plan.page_knobs import ClaimFacts, OriginalFacts
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, p_value, percent, readable, signed

HOLDS, REFUTED = "holds", "does not hold"
WITHIN, OUTSIDE = "within", "outside"
LAST = 0.05
"""Last share of training, whose mean loss is compared with an original's."""


def content(inputs: Inputs) -> dict[str, object]:
    claims = [(claim, judge(claim, inputs)) for claim in inputs.knobs.claims]
    return {
        "claims": [claim_table(claim, judged) for claim, judged in claims if judged],
        "originals": original_tables(inputs),
        "original_losses": [
            {
                "model": readable(inputs.titles[cell["model"]]),
                "path": inputs.job.figure("figure_originals", **cell),
            }
            for cell in inputs.job.cells("figure_originals")
        ],
    }


class Judged(NamedTuple):
    """A claim tested on a model."""

    model: str
    verdict: str
    rows: dict[str, tuple[str, str, str]]
    """By data set: what is claimed, the evidence, and whether the claim holds."""


def claim_table(claim: ClaimFacts, judged: list[Judged]) -> dict[str, object]:
    """One row per data set: what is claimed, then evidence and verdict for each model."""
    datasets = list(dict.fromkeys(dataset for model in judged for dataset in model.rows))
    rows = []
    for dataset in datasets:
        known = [model.rows.get(dataset) for model in judged]
        claimed = next(row[0] for row in known if row)
        entries = [row[1:] if row else ("–", "–") for row in known]
        rows.append([readable(dataset), claimed, *(text for pair in entries for text in pair)])
    return {
        "claim": claim.text,
        "decided_by": claim.decided_by,
        "header": [
            "data set",
            "the claim",
            *(name for m in judged for name in (m.model, "verdict")),
        ],
        "rows": rows,
        "verdicts": "; ".join(f"{model.model}: the claim {model.verdict}" for model in judged),
    }


def judge(claim: ClaimFacts, inputs: Inputs) -> list[Judged]:
    """The claim tested on each of its models for which there is a test."""
    entries = []
    for model in [inputs.titles[name] for name in claim.models if name in inputs.titles]:
        if claim.decided_by == "loss":
            rows = by_loss(inputs.losses[model], inputs.alpha) if model in inputs.losses else {}
        else:
            rows = by_samples(claim, inputs.verdicts[inputs.verdicts["model"] == model])
        if rows:
            verdicts = [word for _, _, word in rows.values()]
            entries.append(Judged(readable(model), summed_up(verdicts), rows))
    return entries


def by_samples(claim: ClaimFacts, verdicts: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    """By data set: what is claimed of samples, their skill, and whether the claim holds.

    "Goes well" holds if samples are shown better than one Gaussian's. "Less well" holds if the
    interval of their skill lies below the intervals on all data sets claimed to go well. Empty
    without tests.

    Args:
        verdicts: rows of the model.
    """
    if "against_gaussian" not in verdicts:
        return {}
    cells = {
        row["dataset"]: row
        for _, row in verdicts.iterrows()
        if row["against_gaussian"] not in (NO_TEST, np.nan)
    }
    bars = [cells[name]["skill_low"] for name in claim.works_on if name in cells]
    bar = min(bars, default=0.0)
    named = dict.fromkeys(claim.works_on, True) | dict.fromkeys(claim.fails_on, False)
    rows = {}
    for dataset, well in named.items():
        cell = cells.get(dataset)
        if cell is None:
            continue
        holds = cell["against_gaussian"] == BETTER if well else cell["skill_high"] < bar
        mean, low, high = (cell[f"skill{end}"] for end in ("", "_low", "_high"))
        rows[dataset] = (
            "goes well" if well else "less well",
            f"skill {interval(mean, low, high, percent)} %, {cell['against_gaussian']}",
            HOLDS if holds else REFUTED,
        )
    return rows


def loss_trends(losses: pd.DataFrame, alpha: float) -> dict[str, list[tuple[str, str, float]]]:
    """Data sets with first and last loss and the p-value of their paired t-test, by trend.

    Data sets without a test are left out.
    """
    trends: dict[str, list[tuple[str, str, float]]] = {
        "falls": [],
        "rises": [],
        "does not change": [],
    }
    for dataset, part in losses.groupby("dataset", sort=False):
        wide = part.pivot(index="step", columns="seed", values="loss_train")
        wide = wide.dropna(axis="columns")
        if len(wide) < 2:
            continue
        tenth = max(1, len(wide) // 10)
        first, last = wide.iloc[:tenth].mean(), wide.iloc[-tenth:].mean()
        test = paired_test(last.to_numpy(), first.to_numpy())
        if np.isnan(test.p_value):
            continue
        values = f"{signed(f'{first.mean():.3g}')} to {signed(f'{last.mean():.3g}')}"
        direction = "falls" if test.mean_difference < 0 else "rises"
        trend = direction if test.p_value < alpha else "does not change"
        trends[trend].append((dataset, values, test.p_value))
    return trends


def by_loss(losses: pd.DataFrame, alpha: float) -> dict[str, tuple[str, str, str]]:
    """By data set: the claim that the training loss does not fall, the evidence, the verdict."""
    found = {
        dataset: (
            "does not fall",
            f"{word}, {values} ({p_value(p)})",
            REFUTED if word == "falls" else HOLDS if word == "rises" else "not refuted",
        )
        for word, cells in loss_trends(losses, alpha).items()
        for dataset, values, p in cells
    }
    return {dataset: found[dataset] for dataset in losses["dataset"].unique() if dataset in found}


def summed_up(said: list[str]) -> str:
    """The verdict over all data sets, in words, from the verdict on each."""
    n_refuted = said.count(REFUTED)
    if not n_refuted:
        return "holds" if set(said) == {HOLDS} else "is not refuted"
    return (
        REFUTED if n_refuted == len(said) else f"{REFUTED} on {n_refuted} of {len(said)} data sets"
    )


def last_loss(losses: pd.DataFrame) -> pd.Series:
    """Mean training loss of each seed over the last steps."""
    last = losses[losses["step"] > (1 - LAST) * losses["step"].max()]
    return last.groupby("seed")["loss_train"].mean()


def measured(original: OriginalFacts, dataset: str, inputs: Inputs) -> np.ndarray:
    """The study's values of an original's quantity, one per seed that did not diverge."""
    model = inputs.titles[original.model]
    if original.quantity == "furthest_coordinate":
        rows = inputs.metrics.query("model == @model and dataset == @dataset")
        values = rows.loc[rows["metric"] == original.quantity, "value"].to_numpy(dtype=float)
    else:
        losses = inputs.losses[model]
        values = last_loss(losses[losses["dataset"] == dataset]).to_numpy()
        if original.quantity == "summed_loss":
            values = values * inputs.models[model].batch_size
    return values[np.isfinite(values)]


def original_tables(inputs: Inputs) -> dict[str, object]:
    """One column per data set, two rows per original: its figure's value, and the study's."""
    datasets = [dataset.name for dataset in inputs.knobs.datasets]
    entries = [(original.text, beside(original, inputs)) for original in inputs.knobs.originals]
    shown = [dataset for dataset in datasets if any(dataset in cells for _, cells in entries)]
    groups = [
        {
            "name": text,
            "rows": [
                [name, *(cells.get(dataset, ("–", "–"))[place] for dataset in shown)]
                for place, name in enumerate(("its figure", "here"))
            ],
        }
        for text, cells in entries
        if cells
    ]
    here = [cell for _, cells in entries for _, cell in cells.values()]
    within, outside = (sum(cell.endswith(word) for cell in here) for word in (WITHIN, OUTSIDE))
    come_back = f"{within} of {within + outside}" if within + outside else ""
    return {"header": ["", *map(readable, shown)], "groups": groups, "come_back": come_back}


def beside(original: OriginalFacts, inputs: Inputs) -> dict[str, tuple[str, str]]:
    """By data set: an original's value, and the study's, with whether it lies within."""
    datasets = {dataset.name for dataset in inputs.knobs.datasets}
    found = {}
    for dataset, (low, high) in original.shown.items():
        if original.model not in inputs.titles or dataset not in datasets:
            continue
        values = measured(original, dataset, inputs)
        if not len(values):
            continue
        middle = float(np.median(values))
        here = f"{number(middle)} ({number(values.min())} to {number(values.max())})"
        if low == high:
            found[dataset] = number(low), here
        else:
            place = WITHIN if low <= middle <= high else OUTSIDE
            found[dataset] = f"{number(low)} to {number(high)}", f"{here}, {place}"
    return found


def number(value: float) -> str:
    """A number to three digits, or with all digits before the point."""
    if abs(value) < 100:
        return signed(f"{value:.3g}")
    return f"{'−' if value < 0 else ''}{abs(value):,.0f}"
