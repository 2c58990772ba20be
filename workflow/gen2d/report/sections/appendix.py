"""The appendix: remaining figures, measured metrics, run times, versions, the configuration."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from gen2d.metrics.catalogue import CATALOGUE
from gen2d.plan.figures import FIGURES
from gen2d.report.inputs import Inputs
from gen2d.report.words import readable

IN_SECTIONS = (
    "hero",
    "originals",
    "losses",
    "samples",
    "fields",
    "metrics",
    "cost",
    "errors",
    "learning",
    "chains",
    "densities",
    "scores",
    "floors",
    "gaps",
    "sweep",
    "ladder",
    "error_sources",
)
PACKAGES = ("snakemake", "torch", "numpy", "scipy", "pandas", "matplotlib", "typst")


def content(inputs: Inputs) -> dict[str, object]:
    measured = set(inputs.summary["metric"])
    return {
        "others": _others(inputs),
        "catalogue": [
            [metric.name, metric.title, metric.unit or "none", metric.better or "neither"]
            for metric in CATALOGUE
            if metric.name in measured
        ],
        "run_times": _run_times(inputs),
        "versions": _versions(),
        "config": inputs.job.text("config"),
    }


def _others(inputs: Inputs) -> list[dict[str, str]]:
    """Figures that no section shows, with captions."""
    return [
        {
            "path": inputs.job.figure(stage.name, **cell),
            "caption": " ".join(stage.caption.format_map(cell).split()),
        }
        for stage in FIGURES
        if stage.figure not in IN_SECTIONS
        for cell in inputs.job.cells(stage.name)
    ]


def _run_times(inputs: Inputs) -> list[list[str]]:
    """Seconds of training, sampling and measuring per model, summed over data sets and blocks."""
    job, knobs = inputs.job, inputs.knobs
    cells = [
        {"dataset": dataset.name, "seeds": block}
        for dataset in knobs.datasets
        for block in knobs.blocks
    ]
    rows = []
    for model in knobs.models:
        row = [readable(inputs.titles[model.name])]
        for stage in ("train", "sample", "evaluate"):
            if stage == "train" and not model.trained:
                row.append("none")
                continue
            row.append(f"{sum(job.seconds(stage, model=model.name, **c) for c in cells):.1f}")
        rows.append(row)
    return rows


def commit(folder: Path) -> str:
    """The commit of a folder, with "-dirty" after edits; empty outside a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or no readable repository
        return ""


def _versions() -> list[list[str]]:
    here = commit(Path(__file__).parent)
    of_code = [["commit", here]] if here else []
    packages = [[package, version(package)] for package in PACKAGES]
    return [*of_code, ["python", platform.python_version()], *packages]
