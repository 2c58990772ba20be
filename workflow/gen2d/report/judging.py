"""Sentences on two models, decided by paired tests over seeds."""

import pandas as pd

from gen2d.metrics.catalogue import METRICS
from gen2d.report.words import listed, p_value, readable, thousandths


def judge(
    comparisons: pd.DataFrame, model: str, other: str, metric: str, alpha: float
) -> list[str]:
    """Sentences on the data sets where a model is worse or better than another, or undecided.

    Worse and better mean a paired t-test over seeds with Holm-adjusted p < alpha.
    """
    rows = comparisons.query("model == @model and other == @other and metric == @metric")
    parts = []
    for word, chosen in (
        ("higher than", (rows["p_holm"] < alpha) & (rows["difference"] > 0)),
        ("lower than", (rows["p_holm"] < alpha) & (rows["difference"] < 0)),
        ("undecided beside", rows["p_holm"] >= alpha),
    ):
        if chosen.any():
            cells = rows[chosen]
            differences = ", ".join(
                f"{readable(row.dataset)} {'+' if row.difference > 0 else ''}"
                f"{thousandths(row.difference)} ({p_value(row.p_holm)})"
                for row in cells.itertuples()
            )
            parts.append(f"{word} that of {readable(other)} on {differences}")
    unknown = rows.loc[rows["p_holm"].isna(), "dataset"]
    if len(unknown):
        parts.append(f"without a test on {listed(unknown)} (fewer than two seeds)")
    if not parts:
        return []
    name = METRICS[metric].title
    return [f"Its {name} is {'; '.join(parts)}. Differences are means over seeds, times 1000."]
