"""The report's summary: how near models are to the truth, and which fail."""

from collections.abc import Collection, Mapping

import pandas as pd

from gen2d.metrics.verdicts import BETTER, JUDGE, UNDECIDED, WORSE
from gen2d.report.inputs import Inputs
from gen2d.report.sections.causes import NOT_ARRIVED, RUN_AWAY, fate
from gen2d.report.sections.error_sources import largest_sources, where
from gen2d.report.sections.verdicts import matrix
from gen2d.report.words import acronyms, factor, interval, listed, percent, readable, span

CLOSE = 80
"""Least skill, in percent, of a model that counts as close to the truth."""


def content(inputs: Inputs) -> dict[str, object]:
    knobs = inputs.knobs
    sizes = {dataset.n_train for dataset in knobs.datasets}
    tables = (inputs.verdicts, inputs.overall, inputs.comparisons, inputs.causes)
    largest = largest_sources(inputs.sources, JUDGE, inputs.alpha)
    goal = "the truth" if inputs.exact else "held-back rows"
    return {
        "abstract": abstract(
            *tables, inputs.judged, inputs.baselines, sizes, largest, goal, inputs.alpha
        ),
        "acronyms": acronyms(inputs.models),
        "matrix": matrix(inputs.verdicts, inputs.overall, inputs.baselines.get("kde")),
        "skill": "skill" in inputs.verdicts,
        "hero": inputs.job.figure("figure_hero"),
        "bandwidth": f"the median distance of true points over {2 ** (knobs.n_bandwidths - 1)}",
        "overall": bool(len(inputs.overall)),
    }


def reached(
    verdicts: pd.DataFrame, models: list[str], kde: str | None, sizes: set[int], goal: str
) -> str:
    """A sentence on how many models are close to the goal on every data set, in skill.

    Empty if no Gaussian can be the unit of skill. The goal is the truth, or the rows that a file
    holds back.
    """
    if "skill" not in verdicts:
        return ""
    known = verdicts[verdicts["skill"].notna()]
    own = known[known["model"].isin(models)]
    if own.empty:
        return ""
    close = (own["against_gaussian"] == BETTER) & (own["skill_low"] >= CLOSE)
    n_datasets = known["dataset"].nunique()
    n_close = close.groupby(own["model"]).sum()
    winners = [model for model in models if n_close.get(model, 0) == n_datasets]
    start = f"Trained on {sizes.copy().pop():,} points, " if len(sizes) == 1 else ""
    way = f"of the squared distance from one fitted Gaussian to {goal}"
    where = "on every data set" if n_datasets > 1 else f"on {readable(known['dataset'].iloc[0])}"
    if winners:
        ends = own.loc[own["model"].isin(winners), "skill"]
        text = (
            f"{start}{len(winners)} of {len(models)} models close {percent(ends.min())} to"
            f" {percent(ends.max())} % {way} {where}"
        )
    else:
        least = own.groupby("model")["skill"].agg(["min", "size"])
        least = least.loc[least["size"] == n_datasets, "min"]
        if least.empty:
            return ""
        best = least.idxmax()
        text = (
            f"{start}none of {len(models)} models is shown to close {CLOSE} % {way} {where}; the"
            f" nearest is {readable(best)}, with {percent(least.max())} % or more"
        )
    of_kde = known.loc[known["model"] == kde, "skill"]
    if len(of_kde):
        spread = f"{percent(of_kde.min())} to {percent(of_kde.max())}"
        spread = spread if len(of_kde) > 1 else percent(of_kde.iloc[0])
        text += f"; a kernel density estimate closes {spread} %"
    return f"{text[0].upper()}{text[1:]}."


def failing(verdicts: pd.DataFrame, models: list[str]) -> list[str]:
    """Sentences on models shown worse than one Gaussian, or not shown better, with data sets."""
    if "against_gaussian" not in verdicts:
        return []
    sentences, n_datasets = [], verdicts["dataset"].nunique()
    own = verdicts[verdicts["model"].isin(models)]
    for answer, words in ((WORSE, "shown worse than"), (UNDECIDED, "not shown better than")):
        cells = own[own["against_gaussian"] == answer].groupby("model", sort=False)["dataset"]
        parts = [f"{readable(str(model))} {on(names, n_datasets)}" for model, names in cells]
        if parts:
            sentences.append(f"{words[0].upper()}{words[1:]} one Gaussian: {'; '.join(parts)}.")
    return sentences


def on(datasets: Collection[str], n_datasets: int) -> str:
    """The data sets in words, as a part of `n_datasets`."""
    if len(datasets) == n_datasets > 2:
        return "on every data set"
    return f"on {listed(datasets)}"


def diverged(verdicts: pd.DataFrame, models: list[str]) -> str:
    """A sentence on cells with diverged seeds; empty if there are none."""
    own = verdicts[verdicts["model"].isin(models) & (verdicts["n_diverged"] > 0)]
    if own.empty:
        return ""
    parts = [
        f"{readable(row.model)} on {readable(row.dataset)} ({row.n_diverged} of {row.n_seeds})"
        for row in own.itertuples()
    ]
    return f"Seeds diverged, and are left out: {', '.join(parts)}."


def _shares(causes: pd.DataFrame) -> str:
    """The range of the shares of the score learned, in percent; empty without any."""
    means = causes.loc[causes["cause"] == "score_learned", "mean"]
    if means.empty:
        return ""
    return f"{span(100 * means.min(), 100 * means.max())} %"


def causes_of_failure(
    causes: pd.DataFrame,
    verdicts: pd.DataFrame,
    models: list[str],
    gaussian: str | None,
    sources: Mapping[tuple[str, str], str],
    alpha: float,
) -> str:
    """A sentence on measured causes, for models that no test shows better than one Gaussian.

    For models of one noise level, the share of the score learned and the largest error source; for
    models with chains, whether chains run away or have not arrived.
    """
    if "against_gaussian" not in verdicts:
        return ""
    own = verdicts[verdicts["model"].isin(models)]
    own = own[own["against_gaussian"].isin([WORSE, UNDECIDED])]
    failed = causes.merge(own[["dataset", "model"]], on=["dataset", "model"])
    learned = causes[causes["cause"] == "score_learned"].groupby("model")["at"].nunique()
    parts = []
    for model, rows in failed[failed["cause"] == "score_learned"].groupby("model", sort=False):
        if learned[model] == 1:
            of_gaussian = _shares(
                causes[causes["model"] == gaussian].merge(rows[["dataset", "at"]])
            )
            beside = f", where one Gaussian has {of_gaussian}" if of_gaussian else ""
            parts.append(
                f"{readable(str(model))} learns {_shares(rows)} of the score there{beside}"
            )
            found = [(name, sources.get((str(model), name), "")) for name in rows["dataset"]]
            if largest := where([pair for pair in found if pair[1]], []):
                parts.append(f"most of its error comes from {largest}")
    fates: dict[tuple[str, str], list[str]] = {}
    n_datasets = verdicts["dataset"].nunique()
    for (model, dataset), rows in failed.groupby(["model", "dataset"], sort=False):
        along = rows[rows["cause"] == "outside"].sort_values("at")
        if len(along):
            gained = rows[rows["cause"] == "outside_gained"].iloc[0]
            word = fate(gained, along.iloc[-1], alpha)
            fates.setdefault((str(model), word), []).append(str(dataset))
    parts += [
        f"the chains of {readable(model)} {word} {on(datasets, n_datasets)}"
        for (model, word), datasets in fates.items()
        if word in (RUN_AWAY, NOT_ARRIVED)
    ]
    text = "; ".join(parts)
    return f"Why: {text}." if text else ""


def against_kde(
    verdicts: pd.DataFrame, comparisons: pd.DataFrame, models: list[str], alpha: float
) -> str:
    """Sentences on wins and losses against kde, and on models better than all others."""
    name = f"against_kde_{JUDGE}"
    if name not in verdicts:
        return ""
    counts = verdicts.loc[verdicts["model"].isin(models), name].value_counts()
    if not counts.reindex([BETTER, WORSE, UNDECIDED]).sum():
        return "Nothing is tested, since that takes two seeds."
    better, worse, undecided = (counts.get(answer, 0) for answer in (BETTER, WORSE, UNDECIDED))
    text = (
        f"Of {better + worse + undecided} pairs of a model and a data set, {better} are shown"
        f" better than the kernel density estimate, {worse} worse, and {undecided} are undecided."
    )
    best = best_of_all(comparisons, models, alpha)
    if best:
        wins = [f"{readable(model)} on {listed(names)}" for model, names in best.items()]
        text += f" Shown better than every other model: {'; '.join(wins)};"
        text += " elsewhere the best are not told apart."
    elif len(models) > 1:
        text += " On no data set is one model shown better than every other."
    return text


def best_of_all(comparisons: pd.DataFrame, models: list[str], alpha: float) -> dict[str, list[str]]:
    """Data sets of each model that is shown better than every other model there.

    The largest p-value over its rivals decides. This is the only result that depends on which
    models the study has.
    """
    rows = comparisons[
        (comparisons["metric"] == JUDGE)
        & comparisons["model"].isin(models)
        & comparisons["other"].isin(models)
    ]
    won = (rows["p_holm"] < alpha) & (rows["difference"] < 0)
    every = won.groupby([rows["dataset"], rows["model"]], sort=False).all()
    found: dict[str, list[str]] = {}
    for dataset, model in every.index[every]:
        found.setdefault(str(model), []).append(dataset)
    return found


def order(overall: pd.DataFrame, models: list[str]) -> str:
    """A sentence on the models with the least errors over all data sets, in units of kde's."""
    pooled = overall[overall["model"].isin(models) & overall["ratio"].notna()]
    pooled = pooled[pooled["n_diverged"] == 0]
    if pooled.empty:
        return ""
    least = [
        f"{readable(row.model)} {factor(row.ratio, row.low, row.high)}"
        for row in pooled.nsmallest(3, "ratio").itertuples()
    ]
    return (
        "Over all data sets the least errors, as multiples of the kernel density estimate's, are"
        f" {', '.join(least)}."
    )


def abstract(
    verdicts: pd.DataFrame,
    overall: pd.DataFrame,
    comparisons: pd.DataFrame,
    causes: pd.DataFrame,
    judged: list[str],
    baselines: Mapping[str, str],
    sizes: set[int],
    sources: Mapping[tuple[str, str], str],
    goal: str,
    alpha: float,
) -> list[str]:
    """The report's abstract, as sentences.

    Args:
        baselines: model of each baseline method.
        sources: the largest error source that tests show, by (score model, data set).
    """
    if not judged:
        return ["There are baselines alone, and no model to set beside them."]
    gone, own = diverged(verdicts, judged), verdicts[verdicts["model"].isin(judged)]
    if len(own) and (own["n_diverged"] == own["n_seeds"]).all():
        return ["Every seed of every model diverged."]
    sentences = [
        gone,
        reached(verdicts, judged, baselines.get("kde"), sizes, goal),
        *failing(verdicts, judged),
        causes_of_failure(causes, verdicts, judged, baselines.get("gaussian"), sources, alpha),
        " ".join(
            filter(
                None, [against_kde(verdicts, comparisons, judged, alpha), order(overall, judged)]
            )
        ),
    ]
    return list(filter(None, sentences)) or [nearest(verdicts, judged)]


def nearest(verdicts: pd.DataFrame, judged: list[str]) -> str:
    """A sentence on the least distances, for studies without a baseline as unit."""
    own = verdicts[verdicts["model"].isin(judged) & verdicts["mmd2_small"].notna()]
    if own.empty:
        return "No model has samples without divergence."
    least = own.loc[own.groupby("dataset", sort=False)["mmd2_small"].idxmin()]
    parts = [
        f"{readable(row.model)} on {readable(row.dataset)},"
        f" {interval(row.mmd2_small, row.mmd2_small_low, row.mmd2_small_high)}"
        for row in least.itertuples()
    ]
    return f"The least MMD² at the smallest bandwidth, times 1000: {'; '.join(parts)}."
