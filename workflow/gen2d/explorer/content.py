"""The content of the explorer: points, scores, fields, losses and metrics of every cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gen2d.explorer.packing import BYTE, EXACT, FINE_GRAIN, Packer
from gen2d.explorer.presets import Study, presets, readable
from gen2d.geometry import COARSE, FINE
from gen2d.job import Job
from gen2d.metrics.catalogue import metric_of
from gen2d.plan.page_knobs import ExplorerPageKnobs

N_POINTS = 500  # of each seed
DEPTH = 12.0  # nats shown below the highest log-density, or above the lowest energy


def _within(field: np.ndarray, *, below: float = np.inf, above: float = np.inf) -> np.ndarray:
    """A field [F, N], clipped per frame: `below` under its maximum, `above` over its minimum."""
    finite = np.isfinite(field)
    high = np.where(finite, field, -np.inf).max(-1, keepdims=True)
    low = np.where(finite, field, np.inf).min(-1, keepdims=True)
    return np.where(np.isnan(field), np.nan, np.clip(field, high - below, low + above))


def _dataset(job: Job[ExplorerPageKnobs], dataset: str) -> dict[str, object]:
    view, log_prob = job.arrays("grids", "view", "log_prob", dataset=dataset)
    reference = job.all_arrays("reference", dataset=dataset)
    packer = Packer()
    packer.add("points", reference["points"][None, :N_POINTS], FINE_GRAIN, view)
    if "labels" in reference:
        packer.add_floats("labels", reference["labels"][None, :N_POINTS])
    is_known = bool(np.isfinite(log_prob).any())
    if is_known:
        packer.add("log_prob", _within(log_prob[None], below=DEPTH), BYTE)
    return {"view": view.tolist(), "exact": is_known, **packer.pack()}


def _cell(
    seeds: list[int],
    view: Sequence[np.ndarray],
    arrays: dict[str, np.ndarray],
    samples: np.ndarray,
    losses: pd.DataFrame | None,
) -> dict[str, object]:
    """The content of a cell, without its metrics."""
    packer = Packer()
    packer.add("samples", samples[: len(seeds), :N_POINTS], FINE_GRAIN, view)
    facts: dict[str, object] = {}
    if "samples" in arrays:
        packer.add("training", arrays["samples"], FINE_GRAIN, view)
        facts["steps"] = arrays["steps"].tolist()
    if len(arrays.get("times", ())):
        packer.add("path", arrays["path"], FINE_GRAIN, view)
        facts["times"] = [float(f"{time:.6g}") for time in arrays["times"]]
        facts["time_name"] = str(arrays["time_name"])
    for name in ("scores", "exact_scores", "scores_in_training"):
        if name in arrays:
            packer.add(name, arrays[name], EXACT)
    if "energies" in arrays:
        packer.add("energies", _within(arrays["energies"], above=DEPTH), BYTE)
    if "log_prob" in arrays:
        packer.add("log_prob", _within(arrays["log_prob"][None], below=DEPTH), BYTE)
    if losses is not None:
        curves = [losses[losses["seed"] == seed] for seed in seeds]
        packer.add_floats("loss_steps", curves[0]["step"].to_numpy())
        for kind in ("loss_train", "loss_holdout"):
            packer.add_floats(kind, np.stack([curve[kind].to_numpy(float) for curve in curves]))
    return {**facts, **packer.pack()}


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON objects; missing values are null."""
    rows = table.to_dict("records")
    return [{key: None if pd.isna(x) else x for key, x in row.items()} for row in rows]


def _measured(
    knobs: ExplorerPageKnobs, metrics: pd.DataFrame, summary: pd.DataFrame, verdicts: pd.DataFrame
) -> dict[str, object]:
    """By cell: each metric's mean, values by seed and the truth's interval; and the verdict."""
    shown = metrics[metrics["seed"].isin(knobs.seeds)]
    cells: dict[str, object] = {}
    truth = summary[summary["model"] == knobs.truth].set_index(["dataset", "metric"])
    for (dataset, model), group in summary.groupby(["dataset", "model"], sort=False):
        own = shown[(shown["dataset"] == dataset) & (shown["model"] == model)]
        rows = []
        for row in _records(group):
            values = own[own["metric"] == row["metric"]].set_index("seed")
            band = None
            if (dataset, row["metric"]) in truth.index:
                band = truth.loc[(dataset, row["metric"]), ["low", "high"]].tolist()
            rows.append(
                {
                    **{key: row[key] for key in ("metric", "mean", "low", "high")},
                    "band": band if band and np.isfinite(band).all() else None,
                    "seeds": _records(values[["value", "note"]].reindex(knobs.seeds)),
                }
            )
        verdict = _records(
            verdicts[(verdicts["dataset"] == dataset) & (verdicts["model"] == model)]
        )
        cells[f"{dataset}/{model}"] = {
            "metrics": rows,
            "verdict": verdict[0]["verdict"] if verdict else None,
        }
    return cells


def _seen(job: Job[ExplorerPageKnobs]) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """The arrays of `record_history.look`, by data set and model."""
    seen: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    for cell in job.cells("histories"):
        for key, array in job.all_arrays("histories", **cell).items():
            dataset, name = key.split(".")
            seen.setdefault((dataset, cell["model"]), {})[name] = array
    return seen


def content(job: Job[ExplorerPageKnobs]) -> dict[str, object]:
    """Everything that the page shows, as JSON values."""
    knobs, why_no_density = job.knobs, dict(job.knobs.why_no_density)
    labels = {name: readable(title) for name, title in knobs.titles}
    seen, summary, verdicts = _seen(job), job.table("summary"), job.table("verdicts")
    losses = {tuple(cell.items()): table for cell, table in job.tables("losses")}
    datasets = {dataset: _dataset(job, dataset) for dataset in knobs.datasets}
    cells = {}
    for cell in job.cells("samples"):
        dataset, model = cell["dataset"], cell["model"]
        view = tuple(np.array(datasets[dataset]["view"]))
        (drawn,) = job.arrays("samples", "samples", **cell)
        own = losses.get(tuple(cell.items()))
        arrays = seen.get((dataset, model), {})
        cells[f"{dataset}/{model}"] = _cell(knobs.seeds, view, arrays, drawn, own)
    facts = Study(
        knobs=knobs,
        labels=labels,
        summary=summary,
        verdicts=verdicts,
        overall=job.table("overall"),
        causes=job.table("causes"),
        seen=seen,
        exact=[name for name, has in datasets.items() if has["exact"]],
    )
    return {
        "title": knobs.title,
        "confidence": knobs.confidence,
        "datasets": datasets,
        "models": [
            {
                "name": name,
                "title": labels[name],
                "method": method,
                "trained": name in knobs.trained,
                "why_no_density": why_no_density.get(name, ""),
            }
            for name, method in knobs.methods
        ],
        "truth": knobs.truth,
        "seeds": knobs.seeds,
        "n_seeds": knobs.n_seeds,
        "n_points": N_POINTS,
        "depth": DEPTH,
        "fine": FINE,
        "coarse": COARSE,
        "metrics": {
            name: {"heading": metric_of(name).heading, "line": metric_of(name).line}
            for name in summary["metric"].unique()
        },
        "cells": cells,
        "measured": _measured(knobs, job.table("metrics"), summary, verdicts),
        "presets": [preset._asdict() for preset in presets(facts)],
    }
