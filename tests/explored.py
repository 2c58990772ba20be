"""Synthetic studies for the explorer, of every kind."""

import json
import re

import numpy as np
import pandas as pd

from gen2d.config import METHODS
from gen2d.geometry import COARSE, FINE, view
from gen2d.job import Job
from gen2d.metrics import aggregates
from gen2d.stages import explorer_page
from gen2d.stages.causes import COLUMNS
from studies import job_of, plan_of, values_of

DIVERGED = (None, "diverged", "diverged at training step 2")
HOSTILE = "</script><script>alert(1)</script><b>&amp;\u2028 @@data@@"
BLOCK = "seeds0-1"


def study(
    folder,
    *,
    models=("cnf",),
    dataset="mine",
    known=True,
    title="A study",
    diverged=(1,),
    labels=None,
) -> Job:
    """The explorer's job of a study with one data set and two seeds.

    Args:
        models: names, which are methods; other names are models of cnf.
        known: whether the density is known.
        diverged: indices of diverged seeds.
        labels: function from true points to their labels.
    """
    plan = plan_of(
        values_of(
            {model: {"method": model if model in METHODS else "cnf"} for model in models},
            seeds=2,
            datasets={dataset: {"kind": "moons"}},
            report={"title": title},
        )
    )
    rng = np.random.default_rng(0)
    trained, explored = plan.catalogue.trained, plan.catalogue.with_history
    points = rng.normal(size=(300, 2))
    field = np.zeros(FINE * FINE) if known else np.full(FINE * FINE, np.nan)
    fields = job_of(plan, folder, "exact_grids", dataset=dataset)
    fields.write_arrays("grids", view=np.array(view(points)), log_prob=field)
    more = {"labels": labels(points)} if labels else {}
    reference = job_of(plan, folder, "reference", dataset=dataset)
    reference.write_arrays("reference", points=points, **more)
    for model in models:
        cell = {"dataset": dataset, "model": model, "seeds": BLOCK}
        samples = rng.normal(size=(2, 600, 2))
        samples[list(diverged)] = np.nan
        job_of(plan, folder, "sample", **cell).write_arrays("samples", samples=samples)
        arrays = {}
        if model in trained:
            table = {"seed": [0, 1] * 3, "step": [1, 1, 2, 2, 3, 3]}
            losses = [
                None if seed in diverged else 1.0 / step
                for seed, step in zip(*table.values(), strict=True)
            ]
            table |= {"loss_train": losses, "loss_holdout": losses}
            job_of(plan, folder, "train", **cell).write_table("losses", table)
            scores = rng.normal(size=(3, COARSE**2, 2)) * (np.nan if 0 in diverged else 1)
            arrays = {
                "samples": samples[:1, :500].repeat(3, 0),
                "steps": np.array([1, 2, 3]),
                "times": np.array([0.0, 0.5, 1.0]),
                "time_name": np.array("time"),
                "path": samples[:1, :500] * np.array([0.1, 0.5, 1])[:, None, None],
                "scores": scores,
                "scores_in_training": scores,
            }
        if model == "kde":
            arrays = {"log_prob": np.full(FINE * FINE, -np.inf)}
        if model in explored:
            named = {f"{dataset}.{key}": value for key, value in arrays.items()}
            job_of(plan, folder, "record_history", model=model).write_arrays("arrays", **named)
    rows = [
        (dataset, model, seed, "energy_distance", *measured)
        for model in models
        for seed in range(2)
        for measured in [DIVERGED if seed in diverged else (0.0123456789, "ok", "")]
    ]
    columns = ("dataset", "model", "seed", "metric", "value", "status", "note")
    metrics = dict(zip(columns, zip(*rows, strict=True), strict=True))
    job_of(plan, folder, "collect").write_table("table", metrics)
    summary = pd.DataFrame(
        {
            "dataset": dataset,
            "model": models,
            "metric": "energy_distance",
            "mean": np.nan if 0 in diverged else 0.0123456789,
            "low": np.nan,
            "high": np.nan,
        }
    )
    job_of(plan, folder, "summary").write_table("summary", summary)
    verdicts = pd.DataFrame(
        {
            "dataset": dataset,
            "model": models,
            "n_diverged": len(diverged),
            "mmd2_small": np.nan if 0 in diverged else 0.01 * np.arange(1, len(models) + 1),
            "outside": 0.0,
            "verdict": "",
        }
    )
    judging = job_of(plan, folder, "verdicts")
    judging.write_table("table", verdicts)
    judging.write_table("overall", pd.DataFrame(columns=aggregates.COLUMNS))
    job_of(plan, folder, "causes").write_table("table", pd.DataFrame(columns=[*COLUMNS, "p_holm"]))
    return job_of(plan, folder, "explorer_page")


def shown(folder, **what):
    explorer_page.run(study(folder, **what))
    page = (folder / "explorer.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="content">(.*?)</script>', page, re.S)
    return page, json.loads(data)
