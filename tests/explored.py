"""Made-up studies for the explorer, of every kind."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd

from gen2d import files, jobs
from gen2d.stages import explorer
from gen2d.views import COARSE, FINE, view

DIVERGED = (None, "diverged at training step 2")
HOSTILE = "</script><script>alert(1)</script><b>&amp;\u2028 @@data@@"


def study(folder, *, models=("cnf",), dataset="mine", known=True, title="A study", diverged=(1,)):
    """The spec and files of a study of one data set and two seeds, of which some diverged."""
    rng = np.random.default_rng(0)
    trained = [model for model in models if model not in ("truth", "kde")]
    explored = [model for model in models if model != "truth"]
    points = rng.normal(size=(300, 2))
    field = np.zeros(FINE * FINE) if known else np.full(FINE * FINE, np.nan)
    files.write_arrays(folder / "fields.npz", view=np.array(view(points)), log_prob=field)
    files.write_arrays(folder / "reference.npz", points=points)
    for model in models:
        samples = rng.normal(size=(2, 600, 2))
        samples[list(diverged)] = np.nan
        files.write_arrays(folder / f"{model}.npz", samples=samples)
        arrays = {}
        if model in trained:
            table = {"seed": [0, 1] * 3, "step": [1, 1, 2, 2, 3, 3]}
            losses = [
                None if seed in diverged else 1.0 / step
                for seed, step in zip(*table.values(), strict=True)
            ]
            table |= {"loss_train": losses, "loss_holdout": losses}
            files.write_table(folder / f"{model}.csv", table, sealed=True)
            scores = rng.normal(size=(3, COARSE**2, 2)) * (np.nan if 0 in diverged else 1)
            arrays = {
                "samples": samples[:1, :500].repeat(3, 0),
                "steps": np.array([1, 2, 3]),
                "times": np.array([0.0, 0.5, 1.0]),
                "time_name": np.array("time"),
                "path": samples[:1, :500].repeat(3, 0),
                "scores": scores,
                "scores_in_training": scores,
            }
        if model == "kde":
            arrays = {"log_prob": np.full(FINE * FINE, -np.inf)}
        named = {f"{dataset}.{key}": value for key, value in arrays.items()}
        files.write_arrays(folder / f"explored-{model}.npz", **named)
    rows = [
        (dataset, model, seed, "energy_distance", *measured)
        for model in models
        for seed in range(2)
        for measured in [DIVERGED if seed in diverged else (0.0123456789, "")]
    ]
    columns = ("dataset", "model", "seed", "metric", "value", "note")
    files.write_table(
        folder / "metrics.csv", dict(zip(columns, zip(*rows, strict=True), strict=True))
    )
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
    files.write_table(folder / "summary.csv", summary)
    verdicts = {"dataset": [dataset] * len(models), "model": models, "verdict": [""] * len(models)}
    files.write_table(folder / "verdicts.csv", verdicts)
    spec = {
        "title": title,
        "level": 0.95,
        "datasets": [dataset],
        "models": SimpleNamespace(**{model: model for model in models}),
        "order": list(models),
        "trained": trained,
        "explored": explored,
        "no_density": SimpleNamespace(cnf="the method states none"),
        "truth": "truth" if "truth" in models else "",
        "n_seeds": 2,
        "seeds": [0, 1],
        "inputs": SimpleNamespace(**dict.fromkeys(jobs.STAGE_INPUTS["explorer"], "")),
    }
    paths = {
        "explored": folder / "explored-{model}.npz",
        "fields": folder / "fields.npz",
        "reference": folder / "reference.npz",
        "samples": folder / "{model}.npz",
        "losses": folder / "{model}.csv",
        "metrics": folder / "metrics.csv",
        "summary": folder / "summary.csv",
        "verdicts": folder / "verdicts.csv",
    }
    return SimpleNamespace(**spec), {name: str(path) for name, path in paths.items()}


def shown(folder, **what):
    spec, paths = study(folder, **what)
    explorer.run(spec, page=str(folder / "page.html"), **paths)
    page = (folder / "page.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="content">(.*?)</script>', page, re.S)
    return page, json.loads(data)
