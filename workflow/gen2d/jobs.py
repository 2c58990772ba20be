"""What each job is told, and which cells exist; imports neither torch nor numpy.

A job is told its *spec*: canonical JSON with just the knobs that its stage reads for its cell, the
versions of the libraries that its numbers depend on, a digest of its code, and the digests of the
specs whose files it reads. Snakemake reruns a job when its spec changes, so the spec decides what
an edit touches, whatever the clock says.
"""

import ast
import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from gen2d.config import Model, Study
from gen2d.config.datasets import PointsKnobs
from gen2d.config.models import OracleKnobs
from gen2d.digests import joined

ROOT = Path(__file__).parent

STAGE_LIBRARIES = {
    "data": ("numpy",),
    "reference": ("numpy", "scipy"),
    "exact": ("numpy", "scipy"),
    "train": ("numpy", "scipy", "torch"),
    "sample": ("numpy", "scipy", "torch"),
    "evaluate": ("numpy", "scipy"),
    "likelihood": ("numpy", "scipy", "torch"),
    "split": ("numpy", "scipy", "torch"),
    "collect": ("pandas",),
    "summary": ("pandas", "scipy"),
    "verdicts": ("pandas",),
    "fields": ("numpy", "scipy"),
    "explore": ("numpy", "scipy", "torch"),
    "explorer": ("bokeh", "numpy", "pandas"),
    "figure_losses": ("matplotlib", "pandas"),
    "figure_samples": ("matplotlib",),
    "figure_fields": ("matplotlib", "numpy", "pandas"),
    "figure_metrics": ("matplotlib", "pandas"),
    "figure_cost": ("matplotlib", "pandas"),
    "figure_scores": ("matplotlib", "pandas", "scipy"),
    "figure_sweep": ("matplotlib", "pandas"),
    "figure_split": ("matplotlib", "pandas"),
    "report": ("matplotlib", "numpy", "pandas", "scipy", "snakemake", "torch", "typst"),
}
"""Every stage and the libraries whose versions its results depend on."""

STAGE_CELLS = {
    "data": ("dataset", "seeds"),
    "reference": ("dataset",),
    "exact": ("dataset",),
    "fields": ("dataset",),
    "explore": ("model",),
    "train": ("dataset", "model", "seeds"),
    "sample": ("dataset", "model", "seeds"),
    "evaluate": ("dataset", "model", "seeds"),
    "likelihood": ("dataset", "model", "seeds"),
    "split": ("dataset", "model", "seeds"),
    "figure_losses": ("model",),
    "figure_samples": ("model",),
    "figure_fields": ("model",),
    "figure_metrics": ("metric",),
    "figure_sweep": ("sweep",),
    "figure_split": ("model",),
}
"""What the stages that have many jobs have one each of."""

STAGE_INPUTS = {
    "fields": {"reference": "reference"},
    "train": {"points": "data"},
    "sample": {"points": "data", "weights": "train"},
    "evaluate": {"samples": "sample", "reference": "reference"},
    "likelihood": {"points": "data", "weights": "train", "reference": "reference"},
    "split": {"points": "data", "weights": "train", "reference": "reference"},
    "collect": {"metrics": "evaluate", "likelihoods": "likelihood"},
    "summary": {"table": "collect"},
    "verdicts": {"metrics": "collect", "summary": "summary", "comparisons": "summary"},
    "figure_losses": {"losses": "train", "exact": "exact"},
    "figure_samples": {"samples": "sample", "reference": "reference"},
    "figure_fields": {"explored": "explore", "fields": "fields"},
    "figure_metrics": {"metrics": "collect", "summary": "summary"},
    "figure_cost": {"verdicts": "verdicts"},
    "figure_scores": {"metrics": "collect", "exact": "exact"},
    "figure_split": {"splits": "split"},
    "explore": {"points": "data", "snapshots": "train", "fields": "fields"},
    "explorer": {
        "explored": "explore",
        "fields": "fields",
        "reference": "reference",
        "samples": "sample",
        "losses": "train",
        "metrics": "collect",
        "summary": "summary",
        "verdicts": "verdicts",
    },
    "report": {
        "metrics": "collect",
        "summary": "summary",
        "verdicts": "verdicts",
        "exact": "exact",
        "reference": "reference",
        "figure_losses": "figure_losses",
        "figure_samples": "figure_samples",
        "figure_fields": "figure_fields",
        "figure_metrics": "figure_metrics",
        "figure_cost": "figure_cost",
        "figure_scores": "figure_scores",
        "figure_sweep": "figure_sweep",
        "figure_split": "figure_split",
    },
}
"""The stages whose files a stage reads, by what it calls these files."""


# --- cells ----------------------------------------------------------------------------------------


def seed_blocks(study: Study) -> list[str]:
    """The blocks of seeds that jobs are cut into, as wildcard values: seeds0-9, seeds10-19, ..."""
    size = study.seeds_per_job
    starts = range(0, study.seeds, size)
    return [f"seeds{start}-{min(start + size, study.seeds) - 1}" for start in starts]


def seeds_of(block: str) -> list[int]:
    """The seeds of a block: seeds0-9 gives 0, 1, ..., 9."""
    first, last = block.removeprefix("seeds").split("-")
    return list(range(int(first), int(last) + 1))


def dataset_names(study: Study) -> list[str]:
    """Data sets in the order of every table and figure: by name, whatever the file's order."""
    return sorted(study.datasets)


EXPLORED_SEEDS = 10
SPLIT_SAMPLES = 2500  # a seed and rung

SWEEP_FLOORS = ("truth", "resample", "kde")

GROUPS = ("tuned", "made elsewhere", "defect variants", "coursework", "baselines")
"""Of models, from what is compared to what it is compared with."""


def group(study: Study, name: str) -> str:
    """The group of a model, by its method and name alone."""
    model = study.models[name]
    if model.method == "external":
        return "made elsewhere"
    if not model.trained:
        return "baselines"
    if model.method.endswith("_defective"):
        return "defect variants"
    return "coursework" if name.endswith("_coursework") else "tuned"


def groups(study: Study) -> dict[str, str]:
    """The group of every model, in the order of `model_names`."""
    return {name: group(study, name) for name in model_names(study)}


def baselines(study: Study) -> dict[str, str]:
    """The first model of each method that trains nothing."""
    names = [name for name, belongs in groups(study).items() if belongs == "baselines"]
    return {study.models[name].method: name for name in reversed(names)}


def model_names(study: Study, *, trained_only: bool = False) -> list[str]:
    """Models in the order of every table and figure: by group, then by name."""
    names = sorted(study.models, key=lambda name: (GROUPS.index(group(study, name)), name))
    return [name for name in names if study.models[name].trained or not trained_only]


def no_density(study: Study) -> dict[str, str]:
    """Why models state no density, of those that state none."""
    reasons = {name: study.models[name].no_density for name in model_names(study)}
    return {name: reason for name, reason in reasons.items() if reason}


def names_with_scores(study: Study) -> list[str]:
    """Models whose learned scores are compared with exact ones, in the order of `model_names`."""
    return [name for name in model_names(study) if study.models[name].states_scores]


def stating_names(study: Study) -> list[str]:
    """Models whose learned density or scores are measured, in the order of `model_names`."""
    stated = {*names_with_density(study), *names_with_scores(study)}
    return [name for name in model_names(study) if name in stated]


def names_with_density(study: Study) -> list[str]:
    """Models whose learned density is measured, in the order of `model_names`."""
    return [name for name in model_names(study) if not study.models[name].no_density]


def split_names(study: Study) -> list[str]:
    """Models whose error is split by exact scores, in the order of `model_names`."""
    return [name for name in model_names(study) if study.models[name].learns_scores]


def explored_names(study: Study) -> list[str]:
    """Models with more to see than samples, in the order of `model_names`."""
    models = study.models
    return [
        name for name in model_names(study) if models[name].trained or not models[name].no_density
    ]


def explored_seeds(study: Study) -> list[int]:
    """The seeds whose samples and losses the explorer shows: the first of the first block."""
    return seeds_of(seed_blocks(study)[0])[:EXPLORED_SEEDS]


def metric_names(study: Study) -> list[str]:
    """The metrics that have a figure; a density's only where a model states one."""
    of_points = {isinstance(dataset, PointsKnobs) for dataset in study.datasets.values()}
    known = ["kl", "density_tv"] if False in of_points else []
    unknown = ["nll"] if True in of_points else []
    of_densities = [*known, *unknown, "generalisation_gap"] if names_with_density(study) else []
    of_samples = ["energy_distance", "mmd2_small", "mmd2_ladder", "total_variation", "off_support"]
    return [*of_samples, *of_densities]


def sweep_cells(study: Study, sweep: str) -> list[dict[str, Any]]:
    """What the figure of a sweep shows: value, dataset and model, and the names of the cell.

    With the swept model come the baselines that are its floors, which have no value of their own
    unless the data sets are swept.
    """
    swept = study._swept[sweep]
    named = baselines(study)
    floors = [named[method] for method in SWEEP_FLOORS if method in named]
    cells = [{**cell._asdict(), "model": study.sweeps[sweep].model} for cell in swept]
    for cell, floor in product(swept, floors):
        own = study.sweeps[sweep].key == "n_train" and study.models[floor].method != "truth"
        at = {} if own else {"value": None, "cell_dataset": cell.dataset}
        entry = {**cell._asdict(), "model": floor, "cell_model": floor, **at}
        if entry not in cells:
            cells.append(entry)
    return cells


def label(value: Any) -> str:
    """A value of a sweep as people read it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def told_sweeps(study: Study) -> dict[str, dict[str, Any]]:
    """What the report says of each sweep: which value the study has anyway, or None, and so on."""
    told = {}
    for name, sweep in study.sweeps.items():
        cells = study._swept[name][: len(sweep.values)]  # of the first data set
        known = study.datasets | study.models
        own = [c.cell_dataset in known and c.cell_model in known for c in cells]
        told[name] = {
            "model": sweep.model,
            "key": sweep.key,
            "labels": [label(cell.value) for cell in cells],
            "own": own.index(True) if any(own) else None,
        }
    return told


def trained_levels(study: Study) -> list[float]:
    """Every noise level that a model of one level trains at, ascending."""
    trainings = [getattr(model, "training", None) for model in study.models.values()]
    levels = [getattr(training, "noise_level", None) for training in trainings]
    return sorted({level for level in levels if isinstance(level, int | float) and level > 0})


def noise_levels(study: Study) -> list[float]:
    """Those, and the levels at which scores are compared: where exact floors are wanted."""
    return sorted({*trained_levels(study), *study.metrics.noise_levels})


# --- the digest of code ---------------------------------------------------------------------------


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [
                statement
                for statement in node.body
                if not (
                    isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and isinstance(statement.value.value, str)
                )
            ] or [ast.Pass(lineno=0, col_offset=0)]
    return tree


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Names of the modules that a module of a package may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            within = package.split(".")[: 1 - node.level or None] if node.level else []
            name = ".".join([*within, *([node.module] if node.module else [])])
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _source(module: str) -> Path | None:
    """The file of a module of gen2d, of a plug-in, whose name is its path, or of what one imports.

    None for others, such as libraries. By path, since importlib would import the module's parents,
    and with them torch.
    """
    package, *rest = module.split(".")
    path = ROOT.joinpath(*rest)
    inside = (path.with_suffix(".py"), path / "__init__.py") if package == ROOT.name else ()
    # In the folder that Snakemake runs in, which jobs import from.
    beside = module.replace(".", "/")
    others = (Path(f"{beside}.py"), Path(beside, "__init__.py")) if package != ROOT.name else ()
    candidates = (Path(module),) if module.endswith(".py") else (*inside, *others)
    return next((c for c in candidates if c.is_file()), None)


@functools.cache
def _read_module(module: str) -> tuple[str, frozenset[str]]:
    """A module's code without comments and docstrings, and what it imports."""
    source = _source(module)
    # Knobs are in the specs, and what is said of a bad file changes no result.
    if source is None or f"{module}.".startswith(("gen2d.config.", "gen2d.errors.")):
        return "", frozenset()
    tree = ast.parse(source.read_text(encoding="utf-8"))
    above = module.rpartition(".")[0]
    imported = {above, *_imported(tree, module if source.name == "__init__.py" else above)}
    return ast.unparse(_without_docstrings(tree)), frozenset(imported)


@functools.cache
def code_digest(*modules: str) -> str:
    """SHA-256 over the syntax trees of modules and of all in gen2d that they import, transitively.

    A module is named as in an import, a plug-in by its path.

    Comments, docstrings, layout and time stamps do not count.
    """
    texts: dict[str, str] = {}
    queue = list(modules)
    while queue:
        module = queue.pop()
        if module not in texts:
            texts[module], imported = _read_module(module)
            queue.extend(imported)
    code = {module: text for module, text in texts.items() if text}
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()


# --- specs ----------------------------------------------------------------------------------------


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


_version = functools.cache(importlib.metadata.version)  # it reads a file


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _dataset_spec(study: Study, name: str) -> dict[str, Any]:
    dataset = study.dataset(name)
    return {
        "name": study.origin(name),
        "implementation": dataset.implementation,
        "parameters": dataset.parameters(study),
    }


def model_spec(model: Model, *, exclude: set[str]) -> dict[str, Any]:
    """The knobs of a model that a stage reads, with the path of its implementation."""
    return {
        "implementation": model.implementation,
        **model.model_dump(exclude={"method"} | exclude),
    }


def _cell(study: Study, dataset: str, seeds: str) -> dict[str, Any]:
    return {
        "study_seed": study.seed,
        "seeds": seeds_of(seeds),
        "dataset": _dataset_spec(study, dataset),
    }


def _device(study: Study, model: Model) -> dict[str, str]:
    """The device of models that need torch."""
    return {"device": study.device} if model.trained or isinstance(model, OracleKnobs) else {}


def _file_digest(*files: str) -> str:
    """SHA-256 over files of the package."""
    return hashlib.sha256(b"".join((ROOT / file).read_bytes() for file in files)).hexdigest()


def _grid(study: Study) -> dict[str, Any]:
    return {
        "datasets": dataset_names(study),
        "models": model_names(study),
        "blocks": seed_blocks(study),
    }


def _content(
    study: Study, stage: str, dataset: str, model: str, seeds: str, metric: str, sweep: str
) -> dict[str, Any]:
    """The knobs that a stage reads for its cell, and no others."""
    match stage:
        case "data":
            return {
                **_cell(study, dataset, seeds),
                "n_train": study.dataset(dataset).n_train,
                "n_holdout": study.dataset(dataset).n_holdout,
            }
        case "reference":
            return {
                "study_seed": study.seed,
                "dataset": _dataset_spec(study, dataset),
                "n_points": study.metrics.n_reference,
            }
        case "exact":
            return {
                "dataset": _dataset_spec(study, dataset),
                "noise_levels": noise_levels(study),
            }
        case "train":
            return {
                **_cell(study, dataset, seeds),
                **_device(study, study.model(model)),
                "model": model_spec(study.model(model), exclude={"sampling"}),
            }
        case "sample":
            return {
                **_cell(study, dataset, seeds),
                **_device(study, study.model(model)),
                "model": {
                    **model_spec(study.model(model), exclude=set()),
                    **study.model(model).sources(dataset, seeds_of(seeds)),
                },
                "n_samples": study.n_samples,
            }
        case "evaluate":
            return {
                "dataset": _dataset_spec(study, dataset),
                "model": model,
                "needs_density": study.model(model).needs_density,
                "seeds": seeds_of(seeds),
                "n_bandwidths": study.metrics.n_bandwidths,
            }
        case "likelihood":
            return {
                **_cell(study, dataset, seeds),
                **_device(study, study.models[model]),
                "model": model_spec(study.models[model], exclude={"sampling"}),
                "name": model,
                "n_points": study.metrics.n_likelihood,
                "states_density": not study.models[model].no_density,
                "noise_levels": study.metrics.noise_levels
                if study.models[model].states_scores
                else [],
            }
        case "split":
            return {
                **_cell(study, dataset, seeds),
                **_device(study, study.models[model]),
                "model": model_spec(study.models[model], exclude=set()),
                "name": model,
                "n_samples": SPLIT_SAMPLES,
                "n_bandwidths": study.metrics.n_bandwidths,
            }
        case "collect":
            return {**_grid(study), "stating": stating_names(study)}
        case "summary":
            return {"level": study.metrics.level, **_grid(study)}
        case "verdicts":
            return {
                "level": study.metrics.level,
                "n_seeds": study.seeds,
                "trained": model_names(study, trained_only=True),
                "groups": groups(study),
                "baselines": baselines(study),
                "evaluations": {name: m.n_evaluations for name, m in study.models.items()},
                **_grid(study),
            }
        case "fields":
            return {"dataset": _dataset_spec(study, dataset)}
        case "explore":
            return {
                "study_seed": study.seed,
                "seeds": seeds_of(seed_blocks(study)[0]),
                "datasets": [_dataset_spec(study, name) for name in dataset_names(study)],
                **_device(study, study.models[model]),
                "model": model_spec(study.models[model], exclude=set()),
                "trained": study.models[model].trained,
                "states_density": not study.models[model].no_density,
            }
        case "explorer":
            return {
                "title": study.report.title,
                "level": study.metrics.level,
                "datasets": dataset_names(study),
                "models": {name: study.models[name].method for name in model_names(study)},
                "order": model_names(study),
                "trained": model_names(study, trained_only=True),
                "explored": explored_names(study),
                "no_density": no_density(study),
                "truth": baselines(study).get("truth", ""),
                "n_seeds": study.seeds,
                "seeds": explored_seeds(study),
                "page": _file_digest("explorer/page.html", "explorer/page.css", "explorer/page.js"),
            }
        case "figure_losses":
            return {
                "model": model,
                "datasets": dataset_names(study),
                "blocks": seed_blocks(study),
                "method": study.models[model].method,
                "noise_level": getattr(study.models[model].training, "noise_level", None),
                "style": study.figures.losses.model_dump(),
            }
        case "figure_samples":
            return {
                "model": model,
                "datasets": dataset_names(study),
                "style": study.figures.samples.model_dump(),
            }
        case "figure_fields":
            return {"model": model, "datasets": dataset_names(study)}
        case "figure_metrics":
            return {
                "metric": metric,
                **_grid(study),
                "methods": {name: m.method for name, m in study.models.items()},
                "level": study.metrics.level,
                "style": study.figures.metrics.model_dump(),
            }
        case "figure_cost":
            return {
                "methods": {name: study.models[name].method for name in model_names(study)},
                "style": study.figures.metrics.model_dump(),
            }
        case "figure_scores":
            return {
                "datasets": dataset_names(study),
                "methods": {name: study.models[name].method for name in names_with_scores(study)},
                "noise_levels": study.metrics.noise_levels,
                "level": study.metrics.level,
                "style": study.figures.metrics.model_dump(),
            }
        case "figure_split":
            return {
                "model": model,
                "datasets": dataset_names(study),
                "blocks": seed_blocks(study),
                "level": study.metrics.level,
                "style": study.figures.metrics.model_dump(),
            }
        case "figure_sweep":
            return {
                **told_sweeps(study)[sweep],
                "cells": sweep_cells(study, sweep),
                "blocks": seed_blocks(study),
                "methods": {name: m.method for name, m in study.models.items()},
                "level": study.metrics.level,
                "style": study.figures.metrics.model_dump(),
            }
        case "report":
            return {
                **_grid(study),
                "trained": model_names(study, trained_only=True),
                "metrics": metric_names(study),
                "groups": groups(study),
                "baselines": baselines(study),
                "no_density": no_density(study),
                "sweeps": told_sweeps(study),
                "splits": split_names(study),
                "n_split": SPLIT_SAMPLES,
                "noise_levels": trained_levels(study),
                "explored": explored_names(study),
                "config": study.model_dump(),
                "template": _file_digest(
                    "report/study.typ", "report/methods.typ", "report/references.bib"
                ),
            }
    raise ValueError(f"expected one of the stages {', '.join(STAGE_LIBRARIES)}; got '{stage}'")


def _values(study: Study, stage: str, wildcard: str) -> list[str]:
    """What a wildcard of a stage ranges over."""
    match wildcard:
        case "dataset":
            return dataset_names(study)
        case "seeds":
            return seed_blocks(study)
        case "metric":
            return metric_names(study)
        case "sweep":
            return sorted(study.sweeps)
    if stage in ("split", "figure_split"):
        return split_names(study)
    if stage == "likelihood":
        return stating_names(study)
    if stage in ("explore", "figure_fields"):
        return explored_names(study)
    return model_names(study, trained_only=stage in ("train", "figure_losses"))


def _inputs(study: Study, stage: str, cell: dict[str, str]) -> dict[str, str]:
    """Digests of the specs of the jobs whose files a job reads; of many jobs, one over all."""
    if stage in ("figure_samples", "explore", "explorer"):
        cell = {**cell, "seeds": seed_blocks(study)[0]}  # all that they show
    inputs = {}
    if stage == "figure_sweep":
        read = product(sweep_cells(study, cell["sweep"]), seed_blocks(study))
        inputs["metrics"] = joined(
            [
                _spec_digest(
                    study, "evaluate", dataset=c["cell_dataset"], model=c["cell_model"], seeds=block
                )
                for c, block in read
            ]
        )
    for name, upstream in STAGE_INPUTS.get(stage, {}).items():
        ranges = []
        for wildcard in (wildcards := STAGE_CELLS.get(upstream, ())):
            given = cell.get(wildcard)
            if given and (wildcard != "model" or given in study._variants):
                ranges.append([given])
            else:  # not every model has a job of every stage
                values = _values(study, upstream, wildcard)
                ranges.append([value for value in values if given in (None, "", value)])
        digests = [
            _spec_digest(study, upstream, **dict(zip(wildcards, one, strict=True)))
            for one in product(*ranges)
        ]
        if digests:
            inputs[name] = joined(digests)
    return inputs


def _spec_digest(study: Study, stage: str, **cell: str) -> str:
    key = (stage, *cell.values())
    if key not in study._digests:
        study._digests[key] = json.loads(spec(study, stage, **cell))["digest"]
    return study._digests[key]


def spec(
    study: Study,
    stage: str,
    dataset: str = "",
    model: str = "",
    seeds: str = "",
    metric: str = "",
    sweep: str = "",
) -> str:
    """The spec of one job, as canonical JSON: equal text for equal work, whatever the order."""
    content = _content(study, stage, dataset, model, seeds, metric, sweep)
    cell = (content.get("dataset"), content.get("model"), *content.get("datasets", []))
    parts = [part for part in cell if isinstance(part, dict)]
    parts += [part["target"] for part in parts if "target" in part]
    used = [part["implementation"] for part in parts]
    modules = [f"gen2d.stages.{stage}", *(path.rpartition(":")[0] for path in used)]
    libraries = {name: _version(name) for name in STAGE_LIBRARIES[stage]}
    whole = {
        **content,
        "stage": stage,
        "libraries": libraries,
        "code": code_digest(*modules),
        "inputs": _inputs(
            study, stage, {"dataset": dataset, "model": model, "seeds": seeds, "sweep": sweep}
        ),
    }
    return _canonical({**whole, "digest": _digest(whole)})
