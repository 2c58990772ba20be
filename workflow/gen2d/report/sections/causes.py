"""Causes of failure: the share of the score learned, where chains go, how modes are filled."""

from typing import NamedTuple

import pandas as pd

from gen2d.geometry import FAR
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, listed, percent, readable, span

RUN_AWAY, NOT_ARRIVED = "run away", "have not arrived"
FATES = {RUN_AWAY: "They run away", NOT_ARRIVED: "They have not arrived"}


def content(inputs: Inputs) -> dict[str, object]:
    job, causes = inputs.job, inputs.causes
    gaussian = inputs.baselines.get("gaussian", "")
    learning = [
        {
            **learned(causes, inputs.titles[cell["model"]], gaussian, inputs.judged),
            "path": job.figure("figure_learning", **cell),
        }
        for cell in job.cells("figure_learning")
    ]
    gone = fates(causes, inputs.alpha)
    return {
        "learning": learning,
        "chain_figure": job.figure("figure_chains"),
        "chain_claim": chain_claim(gone),
        "chain_sentences": chain_sentences(gone),
        "gaps": gaps(inputs.titled(job.table("figure_gaps")), inputs.summary),
        "gap_figure": job.figure("figure_gaps"),
    }


def learned(causes: pd.DataFrame, model: str, gaussian: str, judged: list[str]) -> dict[str, str]:
    """Claim and text on a one-level model's share of the score, beside other models' shares.

    Empty without shares.
    """
    known = causes[causes["cause"] == "score_learned"]
    own = known[known["model"] == model]
    if own.empty:
        return {"model": readable(model), "claim": "", "text": ""}
    here = known[known["at"] == own["at"].iloc[0]]
    shares = 100 * here.pivot(index="model", columns="dataset", values="mean").astype(float)
    own_shares = shares.loc[model]
    rivals = shares[shares.index.isin([name for name in judged if name != model])]
    parts = [_shares(own_shares)]
    if gaussian in shares.index:
        parts.append(f"one Gaussian has {_shares(shares.loc[gaussian])}")
    if rivals.notna().any(axis=None):
        parts.append(f"the most that any model has is {_shares(rivals.max())}")
    level = f"{own['at'].iloc[0]:g}"
    return {
        "model": readable(model),
        "claim": f"{readable(model)} has learned {span(own_shares.min(), own_shares.max())} % of"
        " the score",
        "text": f"At noise level {level} {readable(model)} has learned {'; '.join(parts)}.",
    }


def _shares(of_datasets: pd.Series) -> str:
    """Percentages by data set, in words."""
    known = of_datasets.dropna()
    cells = [f"{percent(share)} % on {readable(str(dataset))}" for dataset, share in known.items()]
    return ", ".join(cells)


class Fate(NamedTuple):
    """Fate of a model's chains on a data set, with the first and last share far away, percent."""

    model: str
    dataset: str
    word: str
    first: float
    last: float


def fates(causes: pd.DataFrame, alpha: float) -> list[Fate]:
    """Fates of chains, one per data set and model with chains."""
    found = []
    for (model, dataset), part in causes.groupby(["model", "dataset"], sort=False):
        along = part[part["cause"] == "outside"].sort_values("at")
        if len(along):
            gained = part[part["cause"] == "outside_gained"].iloc[0]
            word = fate(gained, along.iloc[-1], alpha)
            ends = (100 * float(end) for end in along["mean"].iloc[[0, -1]])
            found.append(Fate(str(model), str(dataset), word, *ends))
    return found


def chain_claim(found: list[Fate]) -> str:
    """The section's claim: in how many cells chains run away or have not arrived."""
    words = [chains.word for chains in found]
    away, late = words.count(RUN_AWAY), words.count(NOT_ARRIVED)
    return f"Chains {RUN_AWAY} in {away} of {len(found)} cells and {NOT_ARRIVED} in {late}"


def chain_sentences(found: list[Fate]) -> list[str]:
    """One sentence on chains that run away and one on chains that have not arrived."""
    sentences = []
    for word, begin in FATES.items():
        by_model: dict[str, list[str]] = {}
        for chains in found:
            if chains.word == word:
                ends = f"{percent(chains.first)} to {percent(chains.last)} %"
                cell = f"{readable(chains.dataset)} ({ends})"
                by_model.setdefault(readable(chains.model), []).append(cell)
        parts = [f"those of {model} on {listed(cells)}" for model, cells in by_model.items()]
        if parts:
            sentences.append(f"{begin}: {'; '.join(parts)}.")
    return sentences


def fate(gained: pd.Series, last: pd.Series, alpha: float) -> str:
    """The fate of chains in words: they run away, have not arrived, arrive, or are undecided."""
    if pd.isna(gained["p_holm"]):
        return "undecided"
    if gained["p_holm"] < alpha and gained["mean"] > 0:
        return RUN_AWAY
    if last["low"] > FAR:
        return NOT_ARRIVED
    return "arrive" if last["high"] < FAR else "undecided"


def gaps(table: pd.DataFrame, summary: pd.DataFrame) -> dict[str, str]:
    """A claim on the figure of scores between modes, and a sentence on how models fill them.

    Empty unless a model of one noise level has shares of modes.

    Args:
        table: the figure's table, with titles of models.
        summary: means over seeds, with titles of models.
    """
    shares = table[(table["quantity"] == "share") & (table["place"] > 0)]
    if shares.empty:
        return {}
    dataset = str(shares["dataset"].iloc[0])
    cells = summary[summary["dataset"] == dataset].set_index(["model", "metric"])
    intervals, ends = [], []
    for model in shares.sort_values("place")["model"].unique():
        rows = [cells.loc[(model, name)] for name in ("least_mode", "largest_mode")]
        span = " to ".join(f"{row['mean']:.2f}" for row in rows)
        ends.append(f"{readable(str(model))} gives modes {span} times their due")
        least, most = (
            interval(row["mean"], row["low"], row["high"], lambda x: f"{x:.2f}") for row in rows
        )
        intervals.append(f"with {readable(model)} {least} and {most}")
    return {
        "claim": ends[0],
        "text": f"On {readable(dataset)} the least and the most filled mode of a seed get, in units"
        f" of their due, {'; '.join(intervals)}.",
    }
