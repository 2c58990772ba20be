"""Fixtures: the project's folder, and a copy with the finished smoke study."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from snakemake.utils import update_config

from faults import kills
from gen2d import config
from gen2d.figures import style
from gen2d.networks.arithmetic import configure_torch
from gen2d.plan import code
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES

configure_torch()  # as in every job
style.configure_matplotlib()

SMOKE = "tests/configs/smoke.yaml"
# Contents of the smoke study.
DATASETS = ("checkerboard", "gaussian_mixture")
TRAINED = ("cnf", "cnf_ensemble", "dsm_as_described", "ebm_as_described", "ebm_as_run")
MODELS = (*TRAINED, "resample", "truth")
SWEEPS = ("n_train",)
LADDERS = ("small",)
ORIGINALS = ("ebm_as_run",)
LEARNING = ("dsm_as_described",)
# Figures that are not one per model, sweep or ladder.
SINGLE = (
    "hero",
    "samples",
    "errors",
    "chains",
    "densities",
    "cost",
    "scores",
    "floors",
    "gaps",
    "error_sources",
)
METRICS = (
    "energy_distance",
    "mmd2_small",
    "mmd2_ladder",
    "total_variation",
    "outside",
    "kl",
    "density_tv",
    "generalisation_gap",
)
SOURCES = ("Snakefile", "config.yaml", "workflow", "tests/configs")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Closes a test's figures."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@dataclass
class Project:
    """A folder with the project's files."""

    path: Path

    @classmethod
    def copy(cls, root: Path, path: Path) -> "Project":
        for name in SOURCES:
            target = path / name
            if (root / name).is_dir():
                shutil.copytree(root / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, target)
        return cls(path)

    def snakemake(
        self, *arguments: str, within: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """The finished Snakemake process on the smoke study, with its output."""
        command = [Path(sys.executable).with_name("snakemake"), "--configfile", SMOKE, *arguments]
        return subprocess.run(
            [*within, *command],
            cwd=self.path,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def planned(self, *targets: str) -> set[str]:
        """Messages of the jobs that a run would do, from a dry run."""
        done = self.snakemake("--dry-run", *targets)
        assert done.returncode == 0, done.stdout
        # Messages of a group's jobs are indented.
        return set(re.findall(r"^ *Job \d+: (.*)$", done.stdout, flags=re.MULTILINE))

    def plan(self) -> Plan:
        """The jobs of the smoke study, without Snakemake."""
        values = config.read_file(self.path / "config.yaml")
        update_config(values, config.read_file(self.path / SMOKE))
        return Plan(STAGES, config.load(values))

    def specs(self) -> dict[str, str]:
        """Specs of all jobs by their messages, for the code in this folder."""
        plan = self.plan()
        with patch.object(code, "ROOT", self.path / "workflow/gen2d"):
            code.forget()
            specs = {
                stage.message.format_map(cell): plan.spec(stage, cell)
                for stage, cell in plan.jobs(STAGES.values())
            }
        code.forget()
        return specs

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces one occurrence of a text in a file."""
        path = self.path / file
        text = path.read_text()
        assert text.count(old) >= 1, f"{file} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1))

    def configure(self, overlay: dict) -> None:
        """Merges an overlay into the smoke configuration."""
        path = self.path / SMOKE
        values = yaml.safe_load(path.read_text())
        update_config(values, overlay)
        path.write_text(yaml.safe_dump(values))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder, which tests read but do not change."""
    return Path(__file__).parents[1]


def without_network() -> tuple[str, ...]:
    """The command that cuts a process off from the network; empty if it is not permitted."""
    command = ("unshare", "--net")
    if shutil.which(command[0]) is None:
        return ()
    return command if subprocess.run([*command, "true"], check=False).returncode == 0 else ()


def shared(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder made once for all processes of a test run; tests must not change it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done = folder.with_suffix(".done")
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            make(folder)
            done.touch()
        elif not done.exists():
            raise RuntimeError(f"{folder}: not made; a test before this one says why")
    return folder


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory) -> Project:
    """The finished smoke study, run with four cores and no network; tests edit `project` only.

    first_run.log has the scheduler's output.
    """

    def make(folder: Path) -> None:
        project = Project.copy(root, folder)
        done = project.snakemake("--cores", "4", "--verbose", within=without_network())
        assert done.returncode == 0, done.stdout
        (folder / "first_run.log").write_text(done.stdout)

    return Project(shared(tmp_path_factory, "finished", make))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder with the finished tiny study; tests must not change it."""

    def make(folder: Path) -> None:
        kills.copy(folder)
        status, output = kills.run(folder)
        assert status == 0, output

    return shared(tmp_path_factory, "tiny", make)


def tiny_plan(overlay: dict[str, Any]) -> Plan:
    """The plan of the tiny study, with an overlay on its configuration."""
    values = config.read_file(kills.ROOT / "config.yaml")
    update_config(values, config.read_file(kills.ROOT / kills.CONFIG))
    update_config(values, overlay)
    return Plan(STAGES, config.load(values))


@pytest.fixture
def folder(tiny, tmp_path) -> Path:
    """A copy of the tiny study's folder, with its time stamps, to edit."""
    return shutil.copytree(tiny, tmp_path / "tiny")


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished study, with its time stamps, to edit."""
    return Project(shutil.copytree(finished.path, tmp_path / "project"))


@pytest.fixture
def sources(root, tmp_path) -> Project:
    """The smoke study without results, to edit."""
    return Project.copy(root, tmp_path / "sources")
