"""One number a model over all its cells, and how sure it is: the interquartile mean over runs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import interquartile_mean, t_interval
from gen2d.metrics.status import SKIPPED

METRIC = "mmd2_small"
COLUMNS = ["model", "group", "metric", "n_runs", "n_diverged", "iqm", "low", "high"]


def aggregates(
    metrics: pd.DataFrame, groups: Mapping[str, str], unit: str, level: float
) -> pd.DataFrame:
    """A row a model: the interquartile mean of its MMD at the smallest bandwidth over all runs.

    Each run counts in units of the mean of the model `unit` on the same data set, so that data sets
    of different scale can be pooled: training points redrawn score about 1, true points 0. A run
    that diverged is worse than any other. The interval is that of a bootstrap of the seeds within
    each data set, the unit being fixed. There are no rows where the unit is none: where its own
    interval on a data set, or with one seed its value, is not above 0.

    Args:
        metrics: dataset, model, seed, metric, value, status, as in metrics.csv.
        groups: group of each model, in the order of the rows.
        unit: a model that is measured on every data set.
        level: of the interval.
    """
    runs = metrics[metrics["metric"] == METRIC]
    runs = runs[runs["status"] != SKIPPED]
    of_unit = runs[runs["model"] == unit].groupby("dataset")["value"]
    intervals = {name: t_interval(values.dropna().to_numpy(), level) for name, values in of_unit}
    if any(np.fmin(found.mean, found.low) <= 0 for found in intervals.values()):
        return pd.DataFrame(columns=COLUMNS)
    units = {name: found.mean for name, found in intervals.items()}
    scores = runs["value"] / runs["dataset"].map(units)
    rows = []
    for model, group in groups.items():
        own = runs["model"] == model
        cells = [part.to_numpy() for _, part in scores[own].groupby(runs.loc[own, "dataset"])]
        if cells:
            n_runs, n_diverged = int(own.sum()), int(runs.loc[own, "value"].isna().sum())
            interval = interquartile_mean(cells, level)
            rows.append((model, group, METRIC, n_runs, n_diverged, *interval))
    return pd.DataFrame(rows, columns=COLUMNS)
