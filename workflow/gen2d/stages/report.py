"""Typesets the report from the workflow's own tables and figures."""

import json
import platform
import subprocess
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import typst

import gen2d.report
from gen2d.job import Job
from gen2d.metrics.two_sample import bandwidth_ladder
from gen2d.plan.knobs import ReportKnobs
from gen2d.report import defects, findings, splits, sweeps, tables

FOLDER = Path(gen2d.report.__file__).parent
SOURCES = {name: name for name in ("methods.typ", "references.bib")} | {"main.typ": "study.typ"}
"""The template: what Typst calls its files, and what they are."""
PACKAGES = ("snakemake", "torch", "numpy", "scipy", "pandas", "matplotlib", "typst")


def _dataset_rows(job: Job[ReportKnobs], exacts: dict[str, pd.DataFrame]) -> list[list[str]]:
    rows = []
    for dataset in job.knobs.datasets:
        exact = exacts[dataset.name]
        (median,) = job.arrays("reference", "median_distance", dataset=dataset.name)
        bandwidths = bandwidth_ladder(float(median), job.knobs.n_bandwidths)
        entropy = exact.query("quantity == 'entropy' and noise_level == 0").iloc[0]
        floors = exact[exact["quantity"] == "dsm_loss_floor"]
        floors = floors[floors["noise_level"].isin(job.knobs.noise_levels)]
        known = pd.notna(entropy["value"])
        rows.append(
            [
                findings.readable(dataset.name),
                f"{dataset.n_train} / {dataset.n_holdout}",
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


def _run_times(job: Job[ReportKnobs]) -> list[list[str]]:
    """Seconds of training, sampling and measuring by model, summed over data sets and blocks."""
    cells = [
        {"dataset": dataset.name, "seeds": block}
        for dataset in job.knobs.datasets
        for block in job.knobs.blocks
    ]
    rows = []
    for model in job.knobs.models:
        row = [findings.readable(model.name)]
        for stage in ("train", "sample", "evaluate"):
            if stage == "train" and not model.trained:
                row.append("none")
                continue
            row.append(f"{sum(job.seconds(stage, model=model.name, **c) for c in cells):.1f}")
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


def _samples(job: Job[ReportKnobs], models: Iterable[str]) -> list[dict[str, str]]:
    return [
        {"name": findings.readable(m), "path": job.figure("figure_samples", model=m)}
        for m in models
    ]


def _fields(job: Job[ReportKnobs]) -> list[dict[str, str]]:
    """The figures of the models that have a density or a score."""
    return [
        {
            "name": findings.readable(cell["model"]),
            "path": job.figure("figure_fields", **cell),
        }
        for cell, table in job.tables("figure_fields")
        if len(table)
    ]


def _defects(
    job: Job[ReportKnobs], summary: pd.DataFrame, comparisons: pd.DataFrame, alpha: float
) -> dict[str, object] | None:
    section = defects.section(job.knobs.models, summary, comparisons, alpha)
    return section and {**section, "shown": _samples(job, section["shown"])}


def _sweeps(job: Job[ReportKnobs], alpha: float) -> list[dict[str, object]]:
    told, baselines = dict(job.knobs.sweeps), dict(job.knobs.baselines)
    return [
        {
            **sweeps.section(cell["sweep"], table, told[cell["sweep"]], baselines, alpha),
            "path": job.figure("figure_sweep", **cell),
        }
        for cell, table in job.tables("figure_sweep")
    ]


def _splits(job: Job[ReportKnobs]) -> list[dict[str, object]]:
    return [
        {
            **splits.section(cell["model"], table, job.knobs.level),
            "path": job.figure("figure_split", **cell),
        }
        for cell, table in job.tables("figure_split")
    ]


def content(job: Job[ReportKnobs]) -> dict[str, object]:
    """Everything that study.typ shows, as plain text and tables."""
    knobs, baseline = job.knobs, dict(job.knobs.baselines)
    models = {model.name: model for model in knobs.models}
    metrics, summary, comparisons, verdicts, overall = (
        job.table(name) for name in ("metrics", "summary", "comparisons", "verdicts", "overall")
    )
    losses = {cell["model"]: table for cell, table in job.tables("figure_losses")}
    exacts = {cell["dataset"]: table for cell, table in job.tables("exact")}
    methods: dict[str, list[str]] = {}
    for model in knobs.models:
        methods.setdefault(model.method, []).append(model.name)
    floors = [baseline[method] for method in ("truth", "resample") if method in baseline]
    judged = [model.name for model in knobs.models if model.group != "baselines"]
    alpha = round(1 - knobs.level, 10)
    kl_errors = metrics.loc[metrics["metric"] == "kl", "error"].dropna()
    comparison_tables = [
        (
            findings.METRIC_NAMES[metric].removesuffix(", nats"),
            f"difference{unit}",
            _comparison_rows(
                comparisons, metric, judged, baseline.get(method), shown, knobs.n_seeds
            ),
        )
        for metric, method, shown, unit in (
            ("energy_distance", "truth", findings.thousandths, " × 10³"),
            ("kl", "kde", findings.nats, ", nats"),
        )
    ]
    return {
        "title": knobs.title,
        "author": knobs.author,
        "cost": job.figure("figure_cost"),
        "scores": job.figure("figure_scores"),
        "matrix": tables.matrix(verdicts, overall),
        "overall": bool(len(overall)),
        "verdicts": tables.long_tables(verdicts),
        "judged_by": {method: findings.readable(name) for method, name in baseline.items()},
        "abstract": findings.abstract(summary, comparisons, overall, judged, baseline, alpha),
        "n_seeds": knobs.n_seeds,
        "n_samples": knobs.n_samples,
        "n_reference": knobs.n_reference,
        "alpha": f"{alpha:.2g}",
        "level": f"{100 * knobs.level:g} %",
        "exact": any(exact["value"].notna().any() for exact in exacts.values()),
        "datasets": _dataset_rows(job, exacts),
        "methods": [(name, findings.listed(methods[name])) for name in methods],
        "no_density": _without_density(dict(knobs.why_no_density)),
        "n_baselines": len(models) - len(judged),
        "n_elsewhere": sum(model.group == "made elsewhere" for model in knobs.models),
        "n_likelihood": knobs.n_likelihood,
        "kl_error": f"{kl_errors.max():.2g}" if len(kl_errors) else None,
        "n_split": knobs.n_split,
        "losses": [
            {
                "name": findings.readable(model),
                "path": job.figure("figure_losses", model=model),
                "floor": bool(table["floor"].notna().any()),
                "stable": models[model].stable_targets,
            }
            for model, table in losses.items()
        ],
        "samples": _samples(job, models),
        "fields": _fields(job),
        "metrics": [
            {
                "name": findings.METRIC_NAMES[metric],
                "path": job.figure("figure_metrics", metric=metric),
            }
            for metric in knobs.metrics
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
        "defects": _defects(job, summary, comparisons, alpha),
        "sweeps": _sweeps(job, alpha),
        "splits": _splits(job),
        "claims": findings.coursework_claims(losses, comparisons, baseline.get("resample"), alpha),
        "missing": findings.missing_values(metrics),
        "run_times": _run_times(job),
        "versions": _versions(),
        "config": job.text("config"),
    }


def run(job: Job[ReportKnobs]) -> None:
    """Writes the PDF and the one-file HTML page, from one Typst source."""
    shown = json.dumps(content(job), ensure_ascii=False)
    sources = {name: (FOLDER / source).read_bytes() for name, source in SOURCES.items()}
    for form in ("pdf", "html"):
        # Its stubs leave out that sources may be given by name.
        compiled, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]
            sources,
            root=str(job.results),
            format=form,
            sys_inputs={"content": shown},
            timestamp=0,  # equal reports, equal bytes
            ignore_system_fonts=True,
        )
        for warning in warnings:
            print(f"typst: {warning.message}")
        job.write_page(form, compiled)
