"""Figures of losses and of learned densities and scores, with their claims."""

import pandas as pd

from gen2d.report.inputs import Inputs
from gen2d.report.words import readable, span


def content(inputs: Inputs) -> dict[str, object]:
    job = inputs.job
    return {
        "losses": [
            {
                "name": readable(model),
                "path": job.figure("figure_losses", model=inputs.names[model]),
                "floor": bool(table["floor"].notna().any()),
                "stable": inputs.models[model].stable_targets,
            }
            for model, table in inputs.losses.items()
        ],
        "fields": [
            {
                "name": readable(inputs.titles[cell["model"]]),
                "path": job.figure("figure_fields", **cell),
            }
            for cell, table in job.tables("figure_fields")
            if table["x1"].notna().any()  # of a density or a score
        ],
        "scores": job.figure("figure_scores"),
        "score_claim": score_claim(inputs.causes, inputs.judged),
        "floors": job.figure("figure_floors"),
        "densities": job.figure("figure_densities"),
        "density_claim": density_claim(inputs.summary),
    }


def density_claim(summary: pd.DataFrame) -> str:
    """The claim on the density closest to the exact one on most data sets; empty without any."""
    losses = summary[summary["metric"].isin(["kl", "nll"])].dropna(subset="mean")
    if losses.empty:
        return ""
    least = losses.loc[losses.groupby("dataset")["mean"].idxmin(), "model"].value_counts()
    datasets = "data set" if least.sum() == 1 else "data sets"
    return (
        f"{readable(least.index[0])} has the least mean loss to the truth on {least.iloc[0]} of"
        f" {least.sum()} {datasets}"
    )


def score_claim(causes: pd.DataFrame, judged: list[str]) -> str:
    """The claim on the shares of the score learned at the least and the largest noise level.

    It is on models of several levels, if there are any, else on all; empty without shares.
    """
    known = causes[(causes["cause"] == "score_learned") & causes["model"].isin(judged)]
    many = known[known.groupby("model")["at"].transform("nunique") > 1]
    known = (known if many.empty else many).dropna(subset="mean")
    if known.empty:
        return ""
    parts = []
    for level in dict.fromkeys((known["at"].min(), known["at"].max())):
        shares = 100 * known.loc[known["at"] == level, "mean"].astype(float)
        parts.append(f"{span(shares.min(), shares.max())} % of the score at noise {level:g}")
    who = "Models" if many.empty else "Models of many noise levels"
    return f"{who} learn {' and '.join(parts)}"
