"""Causes of failure, measured: the share of a score that is learned, and where chains go."""

from typing import Any

import numpy as np
import pandas as pd

from gen2d.job import Job
from gen2d.metrics.catalogue import FISHER
from gen2d.metrics.statistics import holm, paired_test, t_interval
from gen2d.plan.knobs import SummaryKnobs

Row = tuple[Any, ...]
COLUMNS = ["dataset", "model", "cause", "at", "n_seeds", "mean", "low", "high", "error", "p"]


def score_learned(metrics: pd.DataFrame, exact: pd.DataFrame, confidence: float) -> list[Row]:
    """Rows of `score_learned`: the share of the exact score that is learned, by noise level.

    It is 1 - E|s - grad log p_sigma|^2 / E|grad log p_sigma|^2, an R^2: 1 for the exact score, 0
    for s = 0. Equally, it is how far a denoising loss has come from 2 to its least value.

    Args:
        metrics: the table metrics.csv.
        exact: the exact quantities, with columns dataset, quantity, noise_level and value.
        confidence: coverage of the intervals over seeds.
    """
    known = exact[exact["quantity"] == "fisher_information"].dropna(subset="value")
    information = known.set_index(["dataset", "noise_level"])["value"]
    rows = []
    taken = metrics[metrics["metric"].str.startswith(FISHER) & metrics["value"].notna()]
    groups = taken.groupby(["dataset", "model", "metric"], sort=False)
    for (dataset, model, metric), part in groups:
        noise_level = float(metric.removeprefix(FISHER))
        whole = information.get((dataset, noise_level), np.nan)
        if not whole > 0:
            continue
        shares = 1 - part["value"].to_numpy(dtype=float) / whole
        error = part["error"].mean() / whole
        row = ("score_learned", noise_level, len(shares), *t_interval(shares, confidence), error)
        rows.append((dataset, model, *row, np.nan))
    return rows


def outside(trace: pd.DataFrame, confidence: float) -> list[Row]:
    """Rows of `outside`, per step, and one of `outside_gained`: the last step's less the first's.

    The gain has the p-value of a paired t-test over seeds.

    Args:
        trace: the traces of one model on one data set.
        confidence: coverage of the intervals over seeds.
    """
    wide = trace.pivot(index="seed", columns="step", values="outside").astype(float).dropna()
    if wide.empty:
        return []
    dataset, model = trace["dataset"].iloc[0], trace["model"].iloc[0]
    rows = [
        (
            dataset,
            model,
            "outside",
            step,
            len(wide),
            *t_interval(of_step, confidence),
            np.nan,
            np.nan,
        )
        for step, of_step in zip(wide, wide.to_numpy().T, strict=True)
    ]
    last, first = wide[max(wide)].to_numpy(), wide[min(wide)].to_numpy()
    test = paired_test(last, first, confidence)
    gained = (test.n, test.mean_difference, test.low, test.high, np.nan, test.p_value)
    return [*rows, (dataset, model, "outside_gained", max(wide), *gained)]


def run(job: Job[SummaryKnobs]) -> None:
    """Writes the table of `COLUMNS` and p_holm: p adjusted over a model's data sets, per cause."""
    exact = pd.concat([table.assign(**cell) for cell, table in job.tables("exact")])
    rows = score_learned(job.table("metrics"), exact, job.knobs.confidence)
    traces: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for cell, table in job.tables("traces"):
        traces.setdefault((cell["dataset"], cell["model"]), []).append(table)
    for parts in traces.values():
        rows += outside(pd.concat(parts), job.knobs.confidence)
    found = pd.DataFrame(rows, columns=COLUMNS)
    families = found.groupby(["model", "cause"])["p"]
    job.write_table("table", found.assign(p_holm=families.transform(lambda p: holm(p.to_numpy()))))
