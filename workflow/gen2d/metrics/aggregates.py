"""One number per model over all its data sets: its error as a multiple of another model's."""

from collections.abc import Mapping, Sequence

import pandas as pd

from gen2d.metrics.statistics import geometric_mean_ratio
from gen2d.metrics.status import SKIPPED

METRIC = "mmd2_small"
COLUMNS = ["model", "group", "metric", "n_runs", "n_diverged", "ratio", "low", "high"]


def aggregates(
    metrics: pd.DataFrame, groups: Mapping[str, str], unit: str, confidence: float
) -> pd.DataFrame:
    """A row a model: the geometric mean over data sets of its MMD in units of another's.

    MMD² is that at the smallest bandwidth, and each data set counts by the ratio of the means over
    seeds: 1 is as good as the unit, lower is better. Seeds that diverged are left out and counted.
    There is no ratio where a mean is not above 0, as that of true points may be.

    Args:
        metrics: dataset, model, seed, metric, value, status, as in metrics.csv.
        groups: group of each model, in the order of the rows.
        unit: a model that is measured on every data set.
        confidence: of the interval.
    """
    runs = metrics[(metrics["metric"] == METRIC) & (metrics["status"] != SKIPPED)]
    wide = runs.pivot(index=["dataset", "seed"], columns="model", values="value").astype(float)
    rows = []
    for model, group in groups.items():
        own = runs.loc[runs["model"] == model, "value"]
        if own.empty or unit not in wide:
            continue
        both = wide[wide[[model, unit]].notna().all(axis=1)].groupby(level="dataset")
        pairs = [(part[model].to_numpy(), part[unit].to_numpy()) for _, part in both]
        of_all = len(pairs) == runs["dataset"].nunique()  # a ratio over fewer compares with none
        interval = geometric_mean_ratio(pairs if of_all else [], confidence)
        rows.append((model, group, METRIC, len(own), int(own.isna().sum()), *interval))
    return pd.DataFrame(rows, columns=COLUMNS)


def by_error(models: Sequence[str], overall: pd.DataFrame) -> list[str]:
    """Models from the least error on; those with seeds that diverged come last.

    Without a ratio are true points, whose error may be below 0, and what has not been measured:
    these come first, in the order given.

    Args:
        overall: as `aggregates` returns it; it may have no rows.
    """
    known = overall.set_index("model")
    ratios, gone = known["ratio"].astype(float).fillna(0.0), known["n_diverged"].gt(0)
    return sorted(models, key=lambda model: (gone.get(model, False), ratios.get(model, 0.0)))
