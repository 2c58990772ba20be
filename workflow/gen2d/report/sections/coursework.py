"""The coursework's claims and figures: each beside what the study finds, data set by data set."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import paired_test
from gen2d.metrics.verdicts import BETTER, NO_TEST
from gen2d.plan.page_knobs import ClaimFacts, OriginalFacts
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, p_value, percent, readable, signed

LAST = 0.05
"""Share of training whose mean loss is set beside an original's."""


def content(inputs: Inputs) -> dict[str, object]:
    return {
        "claims": [
            {"claim": claim.text, "decided_by": claim.decided_by, "judged": judged}
            for claim in inputs.knobs.claims
            if (judged := judge(claim, inputs))
        ],
        "originals": [
            row for original in inputs.knobs.originals for row in beside(original, inputs)
        ],
        "original_losses": [
            {
                "model": readable(inputs.titles[cell["model"]]),
                "path": inputs.job.figure("figure_originals", **cell),
            }
            for cell in inputs.job.cells("figure_originals")
        ],
    }


def judge(claim: ClaimFacts, inputs: Inputs) -> list[dict[str, object]]:
    """Of each model that the claim is held against the verdict, and its evidence by data set."""
    told = []
    for model in [inputs.titles[name] for name in claim.models if name in inputs.titles]:
        if claim.decided_by == "loss":
            found = by_loss(inputs.losses[model], inputs.alpha) if model in inputs.losses else None
        else:
            found = by_samples(claim, inputs.verdicts[inputs.verdicts["model"] == model])
        if found:
            told.append({"model": readable(model), **found})
    return told


def by_samples(claim: ClaimFacts, verdicts: pd.DataFrame) -> dict[str, object] | None:
    """Whether samples go well where they are claimed to, and less well elsewhere.

    They go well where they are shown better than one Gaussian's, and less well where the interval
    of their skill lies below those of all data sets where they are claimed to go well. None where
    no test can decide it.

    Args:
        verdicts: of the model.
    """
    if "against_gaussian" not in verdicts:
        return None
    cells = {
        row["dataset"]: row
        for _, row in verdicts.iterrows()
        if row["against_gaussian"] not in (NO_TEST, np.nan)
    }
    bars = [cells[name]["skill_low"] for name in claim.works_on if name in cells]
    bar = min(bars, default=0.0)
    named = dict.fromkeys(claim.works_on, True) | dict.fromkeys(claim.fails_on, False)
    rows, agree = [], []
    for dataset, well in named.items():
        cell = cells.get(dataset)
        if cell is None:
            continue
        agree.append(cell["against_gaussian"] == BETTER if well else cell["skill_high"] < bar)
        ends = (cell[f"skill{end}"] for end in ("", "_low", "_high"))
        rows.append(
            [
                readable(dataset),
                "goes well" if well else "less well",
                f"{interval(*ends, percent)} %",
                f"{cell['against_gaussian']} ({p_value(cell['gaussian_p_holm'])})",
                "holds" if agree[-1] else "does not hold",
            ]
        )
    return {"verdict": summed_up(agree), "rows": rows} if rows else None


def loss_trends(losses: pd.DataFrame, alpha: float) -> dict[str, list[tuple[str, str, float]]]:
    """Data sets, with first and last loss and the p-value of a paired t-test, by what that says.

    Without those of which there is no test.
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


def by_loss(losses: pd.DataFrame, alpha: float) -> dict[str, object] | None:
    """Whether the training loss does not fall; None where no test can decide it."""
    rows, agree = [], []
    for word, cells in loss_trends(losses, alpha).items():
        for dataset, values, p in cells:
            agree.append(word != "falls")
            holds = "holds" if word == "rises" else "not refuted"
            rows.append(
                [
                    readable(dataset),
                    "does not fall",
                    values,
                    f"{word} ({p_value(p)})",
                    holds if agree[-1] else "does not hold",
                ]
            )
    return {"verdict": summed_up(agree), "rows": sorted(rows)} if rows else None


def summed_up(agree: list[bool]) -> str:
    """On how many data sets a claim holds, in words."""
    if all(agree):
        return "holds"
    return f"holds on {sum(agree)} of {len(agree)} data sets" if any(agree) else "does not hold"


def last_loss(losses: pd.DataFrame) -> pd.Series:
    """The mean training loss of each seed over the last steps."""
    last = losses[losses["step"] > (1 - LAST) * losses["step"].max()]
    return last.groupby("seed")["loss_train"].mean()


def measured(original: OriginalFacts, dataset: str, inputs: Inputs) -> np.ndarray:
    """The study's own values of what an original shows, one per seed that did not diverge."""
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


def beside(original: OriginalFacts, inputs: Inputs) -> list[list[str]]:
    """A row a data set: what was shown, what comes out here, and whether it lies within."""
    known: Mapping[str, str] = inputs.titles
    datasets = {dataset.name for dataset in inputs.knobs.datasets}
    rows = []
    for dataset, (low, high) in original.shown.items():
        if original.model not in known or dataset not in datasets:
            continue
        values = measured(original, dataset, inputs)
        if not len(values):
            continue
        middle = float(np.median(values))
        spread = f"{number(middle)} ({number(values.min())} to {number(values.max())})"
        exact = low == high
        within = "" if exact else "within" if low <= middle <= high else "outside"
        shown = number(low) if exact else f"{number(low)} to {number(high)}"
        rows.append([original.text, readable(dataset), shown, spread, within])
    return rows


def number(value: float) -> str:
    """Three digits, and all of those before the point."""
    if abs(value) < 100:
        return signed(f"{value:.3g}")
    return f"{'−' if value < 0 else ''}{abs(value):,.0f}"
