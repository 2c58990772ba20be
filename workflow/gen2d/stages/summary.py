"""Summarises the metrics over seeds and compares the models of each data set."""

from itertools import permutations

import numpy as np
import pandas as pd

from gen2d.job import Job
from gen2d.metrics.statistics import holm, paired_test, t_interval
from gen2d.metrics.status import SKIPPED
from gen2d.plan.knobs import SummaryKnobs


def summarise(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """One row per (dataset, model, metric): seeds, diverged seeds, mean with t-interval, median."""
    rows = []
    for key, group in table.groupby(["dataset", "model", "metric"], sort=False):
        values = group["value"].dropna().to_numpy(dtype=float)
        interval = t_interval(values, confidence)
        median = np.median(values) if len(values) else np.nan
        diverged = int(group["value"].isna().sum())
        rows.append((*key, len(group), diverged, *interval, median))
    columns = ["dataset", "model", "metric", "n_seeds", "n_diverged", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "median"])


def compare(table: pd.DataFrame, models: list[str], confidence: float) -> pd.DataFrame:
    """Paired t-tests over seeds of every model against every `other`, per data set and metric.

    Seeds are paired since they share their training points. A seed that lacks a value in one of the
    two models is left out, and so are models without the metric. p-values are adjusted by Holm's
    method over the data sets of a model, metric and `other`, so that adding models changes none.
    """
    rows = []
    for (dataset, metric), group in table.groupby(["dataset", "metric"], sort=False):
        wide = group.pivot(index="seed", columns="model", values="value").astype(float)
        values_of = {model: wide[model].to_numpy() for model in models if model in wide}
        for (model, x), (other, y) in permutations(values_of.items(), 2):
            both = ~np.isnan(x - y)
            test = paired_test(x[both], y[both], confidence)
            median = np.median(x[both] - y[both]) if both.any() else np.nan
            rows.append((dataset, metric, model, other, *test, median))
    columns = ["dataset", "metric", "model", "other", "n_seeds", "difference", "low", "high", "p"]
    compared = pd.DataFrame(rows, columns=[*columns, "median_difference"])
    families = compared.groupby(["metric", "model", "other"])["p"]
    return compared.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())))


def run(job: Job[SummaryKnobs]) -> None:
    """Writes the summary over seeds and the paired comparisons of models."""
    metrics = job.table("table")
    metrics = metrics[metrics["status"] != SKIPPED]
    compared = compare(metrics, job.knobs.models, job.knobs.confidence)
    job.write_table("summary", summarise(metrics, job.knobs.confidence))
    job.write_table("comparisons", compared)
