"""The report in short."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gen2d.report.inputs import Inputs
from gen2d.report.sections.verdicts import matrix
from gen2d.report.words import factor, nats, readable


def content(inputs: Inputs) -> dict[str, object]:
    told = (inputs.summary, inputs.comparisons, inputs.overall, inputs.judged)
    return {
        "abstract": abstract(*told, inputs.baselines, inputs.alpha),
        "matrix": matrix(inputs.verdicts, inputs.overall),
        "overall": bool(len(inputs.overall)),
    }


def headline(
    comparisons: pd.DataFrame,
    overall: pd.DataFrame,
    models: list[str],
    baselines: Mapping[str, str],
    alpha: float,
) -> str:
    """The answer: how many cells are above the floor of two true samples, and who comes closest."""
    rows = comparisons[
        comparisons["model"].isin(models) & (comparisons["other"] == baselines.get("truth"))
    ]
    tested = rows[(rows["metric"] == "mmd2_small") & rows["p_holm"].notna()]
    worse = tested[(tested["p_holm"] < alpha) & (tested["difference"] > 0)]
    if len(tested):
        sentence = (
            f"By MMD² at the smallest bandwidth, {len(worse)} of {len(tested)} cells (a model on a"
            " data set) are shown to be worse than fresh draws of the truth (paired t-tests over"
            f" seeds, Holm-adjusted p < {alpha:.2g})"
        )
    elif "truth" in baselines:
        sentence = (
            "Too few seeds without divergence for a test of whether models are worse than fresh"
            " draws of the truth"
        )
    else:
        sentence = "Without the truth baseline there are no fresh draws to compare with"
    finite = np.isfinite(overall["iqm"].astype(float))  # of no type where the table has no rows
    pooled = overall[overall["model"].isin(models) & finite]
    if pooled.empty:
        return sentence + "."
    lowest = [
        f"that of {readable(row.model)}, {factor(row.iqm, row.low, row.high)}"
        for row in pooled.nsmallest(2, "iqm").itertuples()
    ]
    return (
        f"{sentence}. Over all runs the lowest interquartile mean, in units of"
        f" {readable(baselines['resample'])}, is {', before '.join(lowest)}."
    )


def gaussian_distance(summary: pd.DataFrame, models: list[str], gaussian: str) -> str:
    """How far a Gaussian is from the truth, and the nearest model: KL, by data set."""
    rows = summary[(summary["metric"] == "kl") & (summary["n_diverged"] == 0)]  # nor infinite
    means = rows.pivot(index="dataset", columns="model", values="mean")
    stated = means[means.columns.intersection(models)].dropna(how="all")
    if gaussian not in means or stated.empty:
        return ""
    parts = [
        f"{readable(dataset)} {nats(means.at[dataset, gaussian])}"
        f" ({readable(row.idxmin())} {nats(row.min())})"
        for dataset, row in stated.iterrows()
    ]
    return (
        f" KL divergence of {readable(gaussian)}, in nats, and in brackets the model with"
        f" the least mean: {', '.join(parts)}."
    )


def abstract(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    overall: pd.DataFrame,
    judged: list[str],
    baselines: Mapping[str, str],
    alpha: float,
) -> str:
    """The report in short; `baselines` holds the model of each baseline method."""
    if not judged:
        answer = "There are baselines alone, and no model to set beside them."
    else:
        answer = headline(comparisons, overall, judged, baselines, alpha)
    return answer + gaussian_distance(summary, judged, baselines.get("gaussian", ""))
