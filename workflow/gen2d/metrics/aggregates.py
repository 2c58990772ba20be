"""One number per model over all its data sets: its error in units of a baseline's."""

from collections.abc import Mapping, Sequence

import pandas as pd

from gen2d.metrics.statistics import geometric_mean_ratio
from gen2d.metrics.status import SKIPPED

METRIC = "mmd2_small"
COLUMNS = ["model", "group", "metric", "n_runs", "n_diverged", "ratio", "low", "high"]


def aggregates(
    metrics: pd.DataFrame, groups: Mapping[str, str], unit: str, confidence: float
) -> pd.DataFrame:
    """One row per model: the geometric mean over data sets of its MMD² over the unit's.

    MMD² is taken at the smallest bandwidth, and a data set's ratio is of means over seeds. 1 is as
    good as the unit, lower is better. Seeds that diverged are left out and counted. The ratio is
    missing if any mean is 0 or below, as the truth's may be.

    Args:
        metrics: dataset, model, seed, metric, value, status, as in metrics.csv.
        groups: group of each model, in the order of the rows.
        unit: the model that is the unit, measured on every data set.
        confidence: coverage of the interval.
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
        of_all = len(pairs) == runs["dataset"].nunique()  # a ratio over fewer is not comparable
        interval = geometric_mean_ratio(pairs if of_all else [], confidence)
        rows.append((model, group, METRIC, len(own), int(own.isna().sum()), *interval))
    return pd.DataFrame(rows, columns=COLUMNS)


def by_error(models: Sequence[str], overall: pd.DataFrame) -> list[str]:
    """Models by ascending error; models with diverged seeds come last.

    Models without a ratio come first, in the order given: the truth, whose error may be below 0,
    and models without measurements.

    Args:
        overall: the table of `aggregates`; it may have no rows.
    """
    known = overall.set_index("model")
    ratios, gone = known["ratio"].astype(float).fillna(0.0), known["n_diverged"].gt(0)
    return sorted(models, key=lambda model: (gone.get(model, False), ratios.get(model, 0.0)))
