"""Typesets the report from the workflow's own tables and figures."""

import json
import platform
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import typst
import yaml

import gen2d.report
from gen2d import files
from gen2d.metrics.two_sample import bandwidth_ladder
from gen2d.report import defects, findings, splits, sweeps, tables

FOLDER = Path(gen2d.report.__file__).parent
SOURCES = {name: name for name in ("methods.typ", "references.bib")} | {"main.typ": "study.typ"}
"""The template: what Typst calls its files, and what they are."""
PACKAGES = ("snakemake", "torch", "numpy", "scipy", "pandas", "matplotlib", "typst")


def _plain(section: Any) -> Any:
    """A section of the spec as dicts and lists again."""
    if isinstance(section, SimpleNamespace):
        return {name: _plain(value) for name, value in vars(section).items()}
    return section


def _exact_quantities(spec: SimpleNamespace, folder: Path) -> dict[str, pd.DataFrame]:
    """What is known of each data set; of points from a file the values are missing."""
    paths = {name: folder / f"data/{name}/exact.csv" for name in spec.datasets}
    files.check_specs(paths.values(), spec.inputs.exact)
    return {name: files.read_table(path, sealed=True) for name, path in paths.items()}


def _dataset_rows(
    spec: SimpleNamespace, folder: Path, exacts: dict[str, pd.DataFrame]
) -> list[list[str]]:
    references = [folder / f"data/{name}/reference.npz" for name in spec.datasets]
    files.check_specs(references, spec.inputs.reference)
    rows = []
    for (name, exact), reference_at in zip(exacts.items(), references, strict=True):
        (median,) = files.read_arrays(reference_at, "median_distance")
        bandwidths = bandwidth_ladder(float(median), spec.config.metrics.n_bandwidths)
        entropy = exact.query("quantity == 'entropy' and noise_level == 0").iloc[0]
        floors = exact[exact["quantity"] == "dsm_loss_floor"]
        floors = floors[floors["noise_level"].isin(spec.noise_levels)]
        known = pd.notna(entropy["value"])
        knobs = getattr(spec.config.datasets, name)
        rows.append(
            [
                findings.readable(name),
                f"{knobs.n_train} / {knobs.n_holdout}",
                findings.nats(entropy["value"]) if known else entropy["note"],
                ", ".join(f"{r.value:.3f} (σ = {r.noise_level:g})" for r in floors.itertuples())
                or "none asked for"
                if known
                else entropy["note"],
                f"{bandwidths[0]:.2g} to {bandwidths[-1]:.2g}",
            ]
        )
    return rows


def _comparison_rows(
    comparisons: pd.DataFrame,
    metric: str,
    judged: list[str],
    other: str | None,
    shown: Callable[[float], str],
    n_seeds: int,
) -> list[list[str]]:
    """Models against a baseline; every pair is in comparisons.csv."""
    against = comparisons["model"].isin(judged) & (comparisons["other"] == other)
    rows = []
    for row in comparisons[against & (comparisons["metric"] == metric)].itertuples():
        decided = pd.notna(row.p_holm)
        difference = findings.interval(row.difference, row.low, row.high, shown)
        if row.n_seeds < n_seeds:
            difference += f" ({row.n_seeds} of {n_seeds} seeds)"
        rows.append(
            [
                *map(findings.readable, (row.dataset, row.model, row.other)),
                difference,
                (findings.p_value(row.p_holm).removeprefix("p = ").removeprefix("p "))
                if decided
                else "none",
            ]
        )
    return rows


def _run_times(spec: SimpleNamespace, folder: Path) -> list[list[str]]:
    """Seconds of training, sampling and measuring by model, summed over data sets and blocks."""
    rows = []
    for model in spec.models:
        row = [findings.readable(model)]
        for stage in ("models", "samples", "metrics"):
            if stage == "models" and model not in spec.trained:
                row.append("none")
                continue
            paths = [
                folder / f"benchmarks/{stage}/{dataset}/{model}/{block}.tsv"
                for dataset, block in product(spec.datasets, spec.blocks)
            ]
            row.append(f"{files.job_seconds(paths):.1f}")
        rows.append(row)
    return rows


def commit(folder: Path) -> str:
    """The commit that a folder is at, "-dirty" after an edit; empty outside of a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git; no repository, or none to be read
        return ""


def _versions() -> list[list[str]]:
    of_code = [["commit", commit(FOLDER)]] if commit(FOLDER) else []
    packages = [[package, version(package)] for package in PACKAGES]
    return [*of_code, ["python", platform.python_version()], *packages]


def _without_density(reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Names of models, and why they state no density; one pair a reason."""
    names: dict[str, list[str]] = {}
    for model in reasons:
        names.setdefault(reasons[model], []).append(model)
    return [(findings.listed(models), reason) for reason, models in names.items()]


def _samples(models: list[str]) -> list[dict[str, str]]:
    return [
        {"name": findings.readable(model), "path": f"figures/samples-{model}.svg"}
        for model in models
    ]


def _fields(models: list[str], folder: Path) -> list[dict[str, str]]:
    """The figures of the models that state a density or a score."""
    tables = {model: files.read_table(folder / f"figures/fields-{model}.csv") for model in models}
    return [
        {"name": findings.readable(model), "path": f"figures/fields-{model}.svg"}
        for model in models
        if len(tables[model])
    ]


def _defects(
    spec: SimpleNamespace, summary: pd.DataFrame, comparisons: pd.DataFrame, alpha: float
) -> dict[str, Any] | None:
    models = {model: getattr(spec.config.models, model) for model in spec.models}
    section = defects.section(models, summary, comparisons, alpha)
    return section and {**section, "shown": _samples(section["shown"])}


def _sweeps(spec: SimpleNamespace, folder: Path, alpha: float) -> list[dict[str, Any]]:
    return [
        sweeps.section(
            name,
            files.read_table(folder / f"figures/sweep-{name}.csv"),
            sweep,
            vars(spec.baselines),
            alpha,
        )
        for name, sweep in sorted(vars(spec.sweeps).items())
    ]


def content(spec: SimpleNamespace, folder: Path) -> dict[str, Any]:
    """Everything that study.typ shows, as plain text and tables."""
    made_by = spec.inputs
    summary = files.read_table(folder / "summary.csv", spec=made_by.summary)
    comparisons = files.read_table(folder / "comparisons.csv", spec=made_by.summary)
    losses = {m: files.read_table(folder / f"figures/losses-{m}.csv") for m in spec.trained}
    verdicts = files.read_table(folder / "verdicts.csv", spec=made_by.verdicts)
    overall = files.read_table(folder / "overall.csv", spec=made_by.verdicts)
    methods: dict[str, list[str]] = {}
    for model in spec.models:
        methods.setdefault(getattr(spec.config.models, model).method, []).append(model)
    baseline = vars(spec.baselines)
    floors = [baseline[method] for method in ("truth", "resample") if method in baseline]
    judged = [model for model in spec.models if getattr(spec.groups, model) != "baselines"]
    alpha = round(1 - spec.config.metrics.level, 10)
    metrics = files.read_table(folder / "metrics.csv", spec=made_by.metrics)
    exacts = _exact_quantities(spec, folder)
    kl_errors = metrics.loc[metrics["metric"] == "kl", "error"].dropna()
    comparison_tables = [
        (
            findings.METRIC_NAMES[metric].removesuffix(", nats"),
            f"difference{unit}",
            _comparison_rows(
                comparisons, metric, judged, baseline.get(method), shown, spec.config.seeds
            ),
        )
        for metric, method, shown, unit in (
            ("energy_distance", "truth", findings.thousandths, " × 10³"),
            ("kl", "kde", findings.nats, ", nats"),
        )
    ]
    return {
        "title": spec.config.report.title,
        "author": spec.config.report.author,
        "matrix": tables.matrix(verdicts, overall),
        "overall": bool(len(overall)),
        "verdicts": tables.long_tables(verdicts),
        "judged_by": {method: findings.readable(name) for method, name in baseline.items()},
        "abstract": findings.abstract(summary, comparisons, overall, judged, baseline, alpha),
        "n_seeds": spec.config.seeds,
        "n_samples": spec.config.n_samples,
        "n_reference": spec.config.metrics.n_reference,
        "alpha": f"{alpha:.2g}",
        "level": f"{100 * spec.config.metrics.level:g} %",
        "exact": any(exact["value"].notna().any() for exact in exacts.values()),
        "datasets": _dataset_rows(spec, folder, exacts),
        "methods": [(name, findings.listed(methods[name])) for name in methods],
        "no_density": _without_density(vars(spec.no_density)),
        "n_baselines": len(spec.models) - len(judged),
        "n_elsewhere": sum(group == "made elsewhere" for group in vars(spec.groups).values()),
        "n_likelihood": spec.config.metrics.n_likelihood,
        "kl_error": f"{kl_errors.max():.2g}" if len(kl_errors) else None,
        "n_split": spec.n_split,
        "losses": [
            {
                "name": findings.readable(model),
                "path": f"figures/losses-{model}.svg",
                "floor": bool(losses[model]["floor"].notna().any()),
                "stable": getattr(
                    getattr(spec.config.models, model).training, "stable_targets", False
                ),
            }
            for model in spec.trained
        ],
        "samples": _samples(spec.models),
        "fields": _fields(spec.explored, folder),
        "metrics": [
            {"name": findings.METRIC_NAMES[metric], "path": f"figures/metrics-{metric}.svg"}
            for metric in spec.metrics
            if metric in set(summary["metric"])
        ],
        "comparisons": [told for told in comparison_tables if told[-1]],
        "findings": [
            {
                "name": findings.readable(model),
                "sentences": findings.about_model(
                    model, losses.get(model), summary, comparisons, floors[:1], alpha
                ),
            }
            for model in judged
        ],
        "defects": _defects(spec, summary, comparisons, alpha),
        "sweeps": _sweeps(spec, folder, alpha),
        "splits": [
            splits.section(
                model,
                files.read_table(folder / f"figures/split-{model}.csv"),
                spec.config.metrics.level,
            )
            for model in spec.splits
        ],
        "claims": findings.coursework_claims(losses, comparisons, baseline.get("resample"), alpha),
        "missing": findings.missing_values(metrics),
        "run_times": _run_times(spec, folder),
        "versions": _versions(),
        "config": yaml.safe_dump(
            _plain(spec.config),
            default_flow_style=None,
            sort_keys=False,
            width=50,
            allow_unicode=True,
        ),
    }


def run(spec: SimpleNamespace, results: str, pdf: str, html: str) -> None:
    """Writes the PDF and the one-file HTML page, from one Typst source."""
    shown = content(spec, Path(results))
    several = ("losses", "samples", "fields", "metrics", "sweeps", "splits")
    alone = ("figures/cost.svg", "figures/scores.svg")
    for path in (*alone, *(f["path"] for part in several for f in shown[part])):
        files.check_figure(Path(results, path))
    shown = json.dumps(shown, ensure_ascii=False)
    for path, form in ((pdf, "pdf"), (html, "html")):
        compiled, warnings = typst.compile_with_warnings(
            {name: (FOLDER / source).read_bytes() for name, source in SOURCES.items()},
            root=results,
            format=form,
            sys_inputs={"content": shown},
            timestamp=0,  # equal reports, equal bytes
            ignore_system_fonts=True,
        )
        for warning in warnings:
            print(f"typst: {warning.message}")
        with files.atomic(path) as temporary:
            temporary.write_bytes(compiled)
