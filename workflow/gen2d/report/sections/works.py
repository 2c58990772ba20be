"""Which methods work: samples of all models, errors beside kde's, failures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gen2d.metrics.aggregates import by_error
from gen2d.metrics.status import DIVERGED, INFINITE
from gen2d.metrics.verdicts import AS_GOOD, BETTER, JUDGE, NO_TEST, UNDECIDED, WORSE
from gen2d.report.inputs import Inputs
from gen2d.report.words import listed, readable, span


def content(inputs: Inputs) -> dict[str, object]:
    return {
        "samples": inputs.job.figure("figure_samples"),
        "errors": inputs.job.figure("figure_errors"),
        "findings": findings(inputs.verdicts, inputs.judged, inputs.baselines, inputs.knobs.margin),
        "wins": wins(inputs.comparisons, inputs.overall, inputs.judged, inputs.alpha),
        "missing": missing_values(inputs.metrics),
    }


def wins(
    comparisons: pd.DataFrame, overall: pd.DataFrame, models: list[str], alpha: float
) -> dict[str, list[Any]]:
    """A matrix: the number of data sets where the row's model is shown better than the column's.

    Models are sorted by their errors in units of kde's, if known.
    """
    order = by_error(models, overall)
    rows = comparisons[(comparisons["metric"] == JUDGE) & comparisons["p_holm"].notna()]
    won = rows[(rows["p_holm"] < alpha) & (rows["difference"] < 0)]
    counts = won.groupby(["model", "other"]).size()
    tested = set(zip(rows["model"], rows["other"], strict=True))

    def cell(model: str, other: str) -> str:
        return str(counts.get((model, other), 0)) if (model, other) in tested else ""

    table = [[readable(m), *(cell(m, other) for other in order)] for m in order]
    return {"header": ["", *map(readable, order)], "rows": table if len(order) > 1 else []}


def findings(
    verdicts: pd.DataFrame, models: list[str], baselines: Mapping[str, str], margin: float
) -> list[str]:
    """At most four sentences on further results of the tests, beyond those of the summary.

    Args:
        verdicts: one row per data set and model.
        models: the judged models.
        baselines: model of each baseline method.
        margin: share of kde's error by which a model that is as good as kde may exceed it.
    """
    own = verdicts[verdicts["model"].isin(models)]
    found = [_as_good(own, margin), _densities(own), _samples_and_densities(own)]
    return list(filter(None, [*found, _exact_scores(verdicts, baselines)]))


def _as_good(own: pd.DataFrame, margin: float) -> str:
    """A sentence on models shown as good as kde on every data set, and on none."""
    if "as_good_as_kde" not in own:
        return ""
    tested = own[own["as_good_as_kde"] != NO_TEST]
    good = (tested["as_good_as_kde"] == AS_GOOD).groupby(tested["model"], sort=False)
    everywhere, nowhere = (
        list(good.all()[good.all()].index),
        list(good.sum()[good.sum() == 0].index),
    )
    parts = [f"{listed(everywhere)} on every data set"] if everywhere else []
    parts += [f"{listed(nowhere)} on none"] if nowhere else []
    start = f"Shown to have less than {1 + margin:g} times the error of a kernel density estimate"
    return f"{start}: {'; '.join(parts)}." if parts else ""


def _densities(own: pd.DataFrame) -> str:
    """A sentence on learned densities shown nearer to the truth than kde's, or farther."""
    if "against_kde_kl" not in own:
        return ""
    tested = own[own["against_kde_kl"].isin([BETTER, UNDECIDED, WORSE])]
    if tested.empty:
        return ""
    counts = tested["against_kde_kl"].value_counts()
    worse = tested[tested["against_kde_kl"] == WORSE].groupby("model", sort=False)["dataset"]
    parts = [f"{readable(str(model))} on {listed(datasets)}" for model, datasets in worse]
    text = (
        f"Of {len(tested)} learned densities {counts.get(BETTER, 0)} are shown nearer to the truth"
        f" in KL than the kernel density estimate's, and {counts.get(WORSE, 0)} farther"
    )
    return f"{text}: {'; '.join(parts)}." if parts else f"{text}."


def _samples_and_densities(own: pd.DataFrame) -> str:
    """A sentence on cells where samples and densities have different answers beside kde."""
    names = [f"against_kde_{metric}" for metric in (JUDGE, "kl")]
    if not set(names) <= set(own):
        return ""
    by_samples, by_density = (own[name] for name in names)
    parts = []
    for mask, words in (
        (
            (by_samples == WORSE) & (by_density == BETTER),
            "its samples are worse and its density better",
        ),
        (
            (by_samples == BETTER) & (by_density == WORSE),
            "its samples are better and its density worse",
        ),
    ):
        cells = own[mask].groupby("model", sort=False)["dataset"]
        parts += [f"for {readable(str(m))} on {listed(names)} {words}" for m, names in cells]
    start = "Samples and densities need not agree; beside the kernel density estimate"
    return f"{start}, {'; '.join(parts)}." if parts else ""


def _exact_scores(verdicts: pd.DataFrame, baselines: Mapping[str, str]) -> str:
    """A sentence on the skill of the sampler with exact scores, which bounds its own error."""
    if "skill" not in verdicts or "oracle" not in baselines:
        return ""
    skills = verdicts.loc[verdicts["model"] == baselines["oracle"], "skill"].dropna()
    if skills.empty:
        return ""
    closes = span(skills.min(), skills.max())
    closed = f"With exact scores in place of a network's, the sampler closes {closes} %"
    return f"{closed}: no more than the rest is the sampler's doing."


def missing_values(metrics: pd.DataFrame) -> list[str]:
    """Phrases on missing values, one per reason and model, with data sets and numbers of seeds."""
    rows = metrics[metrics["status"].isin([DIVERGED, INFINITE])]
    rows = rows.assign(
        note=rows["note"]
        .str.replace(r"at training step \d+", "in training", regex=True)
        .str.replace(r": \d.*", "", regex=True)
    )
    n_seeds = metrics["seed"].nunique()
    parts = []
    for (note, model), part in rows.groupby(["note", "model"], sort=False):
        n_missing = part.groupby("dataset", sort=False)["seed"].nunique()
        cells = [
            f"{readable(dataset)} ({n} of {n_seeds} seeds)" for dataset, n in n_missing.items()
        ]
        parts.append(f"{readable(model)} on {', '.join(cells)}: {note}")
    return parts
