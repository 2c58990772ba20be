"""Fixtures: the project's folder, and a copy in which the smoke study was run."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from gen2d.arithmetic import settle

settle()  # as in every job

SMOKE = "tests/configs/smoke.yaml"
# What is in the smoke study.
DATASETS = ("checkerboard", "gaussian_mixture", "pinwheel", "spiral")
TRAINED = ("cnf", "dsm_coursework", "ebm_coursework")
MODELS = (*TRAINED, "resample", "truth")
SWEEPS = ("dsm_noise_level",)
SPLITS = ("dsm_coursework",)
METRICS = (
    "energy_distance",
    "mmd2_small",
    "mmd2_ladder",
    "total_variation",
    "off_support",
    "kl",
    "density_tv",
    "generalisation_gap",
)
SOURCES = ("Snakefile", "config.yaml", "workflow", "tests/configs")


@dataclass
class Project:
    """A folder with the project's files in it."""

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
        """Runs Snakemake on the smoke study, and returns what it said."""
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

    def planned(self) -> set[str]:
        """What a dry run would do: the messages of its jobs."""
        done = self.snakemake("--dry-run")
        assert done.returncode == 0, done.stdout
        return set(re.findall(r"^Job \d+: (.*)$", done.stdout, flags=re.MULTILINE))

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
    """The project's own folder; tests read it and write elsewhere."""
    return Path(__file__).parents[1]


def without_network() -> tuple[str, ...]:
    """The command that cuts a process off from the network, empty where that is not allowed."""
    command = ("unshare", "--net")
    if shutil.which(command[0]) is None:
        return ()
    return command if subprocess.run([*command, "true"], check=False).returncode == 0 else ()


@pytest.fixture(scope="session")
def finished(root, tmp_path_factory) -> Project:
    """The smoke study, run with four cores and no network; read it, edit only `project`.

    What the scheduler did is in the log of its first run too.
    """
    project = Project.copy(root, tmp_path_factory.mktemp("finished"))
    done = project.snakemake("--cores", "4", "--verbose", within=without_network())
    assert done.returncode == 0, done.stdout
    (project.path / "first_run.log").write_text(done.stdout)
    return project


@pytest.fixture
def project(finished):
    """The finished study, whose sources are as they were again after the test."""
    saved = {
        path: path.read_bytes()
        for name in SOURCES
        for path in [finished.path / name, *(finished.path / name).rglob("*")]
        if path.is_file()
    }
    yield finished
    for path, content in saved.items():
        path.write_bytes(content)
