"""A data set, a method and points from files of the user's own, through the whole workflow."""

import csv
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml

import readme
from conftest import SMOKE, Project, shared
from gen2d.storage import files

SQUARE = '''
"""Four Gaussians at the corners of a square."""

from typing import ClassVar, Literal

from gen2d.config import Dataset, Positive
from gen2d.densities.gaussian_mixture import Gaussians


class SquareKnobs(Dataset):
    implementation: ClassVar[str] = "Square"
    kind: Literal["square"]
    sd: Positive = 0.5
    """Standard deviation of each."""


class Square(Gaussians):
    def __init__(self, sd):
        super().__init__([[1, 1], [1, -1], [-1, 1], [-1, -1]], sd)
'''

BLOB_JOBS = {
    "Training mine on square, seeds0-1",
    "Sampling mine on square, seeds0-1",
    "Measuring mine on square, seeds0-1",
    "Drawing the losses of mine",
    "Recording the history of mine",
    "Drawing what mine learned",
}
SQUARE_JOBS = {
    "Drawing the points of square, seeds0-1",
    "Drawing the reference of square",
    "Computing the exact quantities of square",
    "Computing the exact grids of square",
}
EXACT = {
    "Drawing where chains go",
    "Drawing the least losses",
}
"""Figures of the exact densities."""
SUMMARIES = {
    "Collecting the metrics",
    "Summarising the metrics over seeds",
    "Judging every model on every data set",
    "Measuring why models fail",
    "Drawing the densities of every model",
    "Drawing the models that fail most and the best",
    "Drawing the samples of every model",
    "Drawing the errors in units of a kernel density estimate's",
    "Drawing the metric energy_distance",
    "Drawing the metric mmd2_small",
    "Drawing the metric mmd2_ladder",
    "Drawing the metric outside",
    "Drawing the metric total_variation",
    "Drawing quality against cost",
    "Drawing how much of the score each model learned",
    "Drawing where errors come from",
    "Typesetting the report",
    "Building the explorer",
}


CELL = "results/smoke/metrics/square/mine/seeds0-1.csv"
SPECS = "import json; print(json.dumps(Project(Path()).specs()))"
RUN = "from gen2d import runner; runner.run(Project(Path()).plan(), Path('results/smoke'))"


def within(project, root, code):
    """What Python prints in the folder of a project, whose plug-ins no other process imports."""
    done = subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path; from conftest import Project; {code}"],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": f"{project.path / 'workflow'}:{root / 'tests'}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def configured(project, root):
    """The smoke study with a plug-in's data set and the README's method, beside the package's."""
    mine = project.path / "mine"
    mine.mkdir()
    (mine / "square.py").write_text(SQUARE)
    points = np.random.default_rng(0).uniform(size=(1000, 2))
    np.savetxt(mine / "points.csv", points, delimiter=",")
    shown = readme.plugin(root)
    (mine / "blob.py").write_text(shown)
    values = yaml.safe_load((project.path / SMOKE).read_text())
    values["plugins"] = ["mine/square.py", "mine/blob.py"]
    values["datasets"] = dict.fromkeys(values["datasets"]) | {
        "gaussian_mixture": values["datasets"]["gaussian_mixture"],
        "square": {"kind": "square", "n_train": 200, "n_holdout": 100},
        "rows": {"kind": "points", "path": "mine/points.csv", "n_train": 200, "n_holdout": 100},
    }
    known = yaml.safe_load((project.path / "config.yaml").read_text())["models"]
    values["models"] = dict.fromkeys(values["models"].keys() & known.keys()) | {
        "mine": {"method": "blob", "training": {"n_steps": 40, "log_every": 10}},
        "resample": {"method": "resample"},
        "truth": {"method": "truth"},
    }
    (project.path / SMOKE).write_text(yaml.safe_dump(values))


@pytest.fixture(scope="session")
def plugged(root, tmp_path_factory):
    """A study of them: one cell was run by Snakemake, and then all in one process."""

    def make(folder):
        project = Project.copy(root, folder)
        configured(project, root)
        (folder / "specs.json").write_text(within(project, root, SPECS))
        done = project.snakemake("--cores", "2", CELL)
        assert done.returncode == 0, done.stdout
        before = (folder / CELL).read_bytes()
        within(project, root, RUN)
        assert (folder / CELL).read_bytes() == before

    return Project(shared(tmp_path_factory, "plugins", make))


@pytest.fixture
def study(plugged, tmp_path):
    """A copy to edit."""
    return Project(shutil.copytree(plugged.path, tmp_path / "study"))


@pytest.fixture
def touched(study, root):
    """Says which jobs are new or have another spec than before, by their messages."""
    before = json.loads((study.path / "specs.json").read_text())

    def touched():
        now = json.loads(within(study, root, SPECS))
        return {job for job, spec in now.items() if before.get(job) != spec}

    return touched


def everywhere(jobs):
    """The jobs of one data set on all three."""
    names = ("square", "gaussian_mixture", "rows")
    return {job.replace("square", name) for job in jobs for name in names}


def test_the_report_holds_them(plugged):
    results = plugged.path / "results/smoke"
    with open(results / "metrics.csv") as stream:
        cells = {(row["dataset"], row["model"]) for row in csv.DictReader(stream)}
    assert {("square", "mine"), ("rows", "mine"), ("rows", "truth")} < cells
    page = (results / "report.html").read_text()
    for words in ("square", "Losses of mine", "a method of the user's own"):
        assert words.replace("'", "’") in page.replace("'", "’")


def test_an_edit_of_a_plugin_reruns_its_cells(study, touched):
    study.edit("mine/blob.py", "class BlobKnobs(Model):", "class BlobKnobs(Model):  # mine,")
    study.edit(
        "workflow/gen2d/config/study.py", "seeds_per_job: Count = 10", "seeds_per_job: Count = 11"
    )
    assert touched() == set()
    study.edit("mine/blob.py", "self.mean + noise", "self.mean + 2 * noise")
    assert touched() == everywhere(BLOB_JOBS) | SUMMARIES
    assert study.planned(CELL) == {
        "Training mine on square, seeds0-1",
        "Sampling mine on square, seeds0-1",
        "Measuring mine on square, seeds0-1",
    }
    study.edit("mine/blob.py", "self.mean + 2 * noise", "self.mean + noise")
    study.edit("mine/square.py", "[1, 1], [1, -1]", "[2, 1], [1, -1]")
    resampled = {job.replace("mine", "resample") for job in BLOB_JOBS}
    resampled -= {
        "Training resample on square, seeds0-1",
        "Drawing the losses of resample",
        "Recording the history of resample",
        "Drawing what resample learned",
    }
    truth = {job.replace("resample", "truth") for job in resampled}
    resampled.add("Taking densities and scores of resample on square, seeds0-1")
    assert touched() == SQUARE_JOBS | BLOB_JOBS | resampled | truth | SUMMARIES | EXACT


def test_what_a_file_of_points_cannot_state_is_said(plugged):
    rows = files.read_table(plugged.path / "results/smoke/data/rows/exact.csv")
    assert len(rows)
    assert rows["value"].isna().all()
    assert set(rows["note"]) == {"no density is known"}
    assert "no density is known" in (plugged.path / "results/smoke/report.html").read_text()


def test_an_edit_of_the_points_reruns_what_is_made_of_them(study, touched):
    path = study.path / "mine/points.csv"
    path.write_text(path.read_text() + "0.5,0.5\n")
    jobs = touched()
    assert not any("gaussian_mixture" in job or "square" in job for job in jobs)
    assert "Drawing the reference of rows" in jobs
    assert "Training mine on rows, seeds0-1" in jobs
