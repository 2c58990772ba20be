"""Users' mistakes: one clear line, before any job."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from bad_configs import BAD_CONFIGS


def snakemake(root, tmp_path, *arguments):
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", root / "Snakefile"]
    return subprocess.run(
        [*command, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def dry_run(root, tmp_path, *arguments):
    return snakemake(root, tmp_path, "-n", *arguments)


@pytest.fixture
def folder(root, tmp_path):
    (tmp_path / "config.yaml").write_text((root / "config.yaml").read_text())
    return tmp_path


# Some of them; all are tested without Snakemake, whose start takes a hundred times as long.
@pytest.mark.parametrize(("overlay", "key", "words"), BAD_CONFIGS[::12])
def test_a_bad_value_stops_before_any_job(root, folder, overlay, key, words):
    (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    done = dry_run(root, folder, "--configfile", "overlay.yaml")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.startswith("config: ")]
    assert len(said) == 1
    assert said[0].startswith(f"config: {key}")
    assert words in said[0]
    assert "Traceback" not in done.stderr
    assert "Building DAG" not in done.stderr


def test_a_data_set_named_twice_stops_before_any_job(root, folder):
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("  pinwheel:\n", "  spiral:\n", 1))
    done = dry_run(root, folder)
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if "twice" in line]
    assert len(said) == 1
    assert "config.yaml, line" in said[0]
    assert "got 'spiral' twice" in said[0]
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_stops_before_any_job(root, folder):
    (folder / "overlay.yaml").write_text("device: cuda")
    done = snakemake(root, folder, "--cores", "2", "data", "--configfile", "overlay.yaml")
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("gen2d: ")]
    assert said.startswith("gen2d: device: expected a GPU that torch can use; got none")
    assert "Traceback" not in done.stderr
    assert not (folder / "results").exists()


def test_a_failed_job_is_named_with_its_log(project):
    """The closing line points at the log, and the log holds the reason."""
    project.edit(
        "workflow/gen2d/stages/collect.py", "tables = [", "raise OSError('why')\n    x = ["
    )
    done = project.snakemake("--cores", "2")
    assert done.returncode != 0
    (closing,) = [line for line in done.stdout.splitlines() if line.startswith("gen2d: stopped")]
    assert "results/smoke/logs/collect.log" in closing
    assert "why" in (project.path / "results/smoke/logs/collect.log").read_text()
    project.edit(
        "workflow/gen2d/stages/collect.py", "raise OSError('why')\n    x = [", "tables = ["
    )
    assert project.snakemake("--cores", "2").returncode == 0
