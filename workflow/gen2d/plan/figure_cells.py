"""The cells whose files a figure reads, where they differ from its own wildcards."""

from typing import Any

from gen2d.plan.ladders import BASELINES
from gen2d.plan.stage import Cell, Stage


def swept_cells(catalogue: Any, cell: Cell, upstream: Stage) -> list[Cell]:
    """The cells that a sweep shows; of `likelihood` only cells whose densities it shows."""
    every = upstream.name != "likelihood"
    shown = [c for c in catalogue.sweeps[cell["sweep"]].cells if every or c.shows_density]
    names = dict.fromkeys((c.cell_dataset, c.cell_model) for c in shown)
    return [{"dataset": dataset, "model": model} for dataset, model in names]


def cells_of_rungs(catalogue: Any, cell: Cell, _: Stage) -> list[Cell]:
    """The cells of a ladder's rungs, and of the baselines beside them."""
    ladder = catalogue.ladders[cell["ladder"]]
    baselines = [catalogue.baselines.get(method) for method in BASELINES]
    models = [*(rung.model for rung in ladder.rungs), *filter(None, baselines)]
    return [
        {"dataset": dataset, "model": model, "seeds": block}
        for model in dict.fromkeys(models)
        for dataset in ladder.datasets
        for block in catalogue.blocks_of(model)
    ]


def chain_cells(catalogue: Any, cell: Cell, upstream: Stage) -> list[Cell]:
    """All cells; of `record_history` only models that run chains."""
    if upstream.name == "record_history":
        return [{"model": model} for model in catalogue.with_chains]
    return [{}]


def density_cells(catalogue: Any, cell: Cell, upstream: Stage) -> list[Cell]:
    """All cells; of `record_history` only models with a density."""
    if upstream.name == "record_history":
        return [{"model": model} for model in catalogue.with_density]
    return [{}]


def gap_cells(catalogue: Any, cell: Cell, upstream: Stage) -> list[Cell]:
    """All cells; of `record_history` and `sample` only models with scores, and the truth's samples.

    No cells without a model of one noise level.
    """
    if not catalogue.single_levels:
        return []
    models = [model for model in catalogue.judged if model in catalogue.with_scores]
    if upstream.name == "record_history":
        return [{"model": model} for model in models]
    if upstream.name == "sample":
        truth = catalogue.baselines.get("truth")
        return [{"model": model} for model in [*models, *([truth] if truth else [])]]
    return [{}]
