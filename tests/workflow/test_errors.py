"""Users' mistakes: one clear line, before any job."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from bad_configs import BAD_CONFIGS
from faults import kills


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
def configured(root, tmp_path):
    """A folder with the configuration alone."""
    (tmp_path / "config.yaml").write_text((root / "config.yaml").read_text())
    return tmp_path


# Some of them; all are tested without Snakemake, whose start takes a hundred times as long.
@pytest.mark.parametrize(("overlay", "key", "words"), BAD_CONFIGS[::30])
def test_a_bad_value_stops_before_any_job(root, configured, overlay, key, words):
    (configured / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    done = dry_run(root, configured, "--configfile", "overlay.yaml")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.startswith("config: ")]
    assert len(said) == 1
    assert said[0].startswith(f"config: {key}")
    assert words in said[0]
    assert "Traceback" not in done.stderr
    assert "Building DAG" not in done.stderr


def test_a_data_set_named_twice_stops_before_any_job(root, configured):
    path = configured / "config.yaml"
    path.write_text(path.read_text().replace("  pinwheel:\n", "  spiral:\n", 1))
    done = dry_run(root, configured)
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if "twice" in line]
    assert len(said) == 1
    assert "config.yaml, line" in said[0]
    assert "got 'spiral' twice" in said[0]
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_stops_before_any_job(root, configured):
    (configured / "overlay.yaml").write_text("device: cuda")
    done = snakemake(root, configured, "--cores", "2", "data", "--configfile", "overlay.yaml")
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("gen2d: ")]
    assert said.startswith("gen2d: device: expected a GPU that torch can use; got none")
    assert "Traceback" not in done.stderr
    assert not (configured / "results").exists()


def test_a_misspelt_null_stops_before_any_job(root, configured):
    (configured / "overlay.yaml").write_text("models: {dsm_corsework: null}")
    done = dry_run(root, configured, "--configfile", "overlay.yaml")
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if "expected" in line]
    path = configured / "overlay.yaml"
    assert said.startswith(f"{path}: models.dsm_corsework: expected null for one of cnf, ")
    assert said.endswith("; got a name that is not there")
    assert "Traceback" not in done.stderr
    assert "Building DAG" not in done.stderr


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("gaussian_mixture", "gaussian_mixtur"), "dataset: expected one of gaussian_mixture"),
        (("truth", "trut"), "model: expected one of cnf, truth"),
        (("seeds0-1", "seeds0-2"), "seeds: expected one of seeds0-1"),
    ],
)
def test_a_misspelt_cell_stops_before_any_job(tiny, wrong, words):
    file = "samples/gaussian_mixture/truth/seeds0-1.npz".replace(*wrong)
    options = ("--configfile", kills.CONFIG, "--dry-run")
    done = snakemake(tiny, tiny, *options, f"{kills.RESULTS}/{file}")
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if "expected" in line]
    assert said.endswith(f"{file}: {words}; got {wrong[1]}")
    assert "Traceback" not in done.stderr + done.stdout
    assert "Job stats" not in done.stdout


def test_a_failed_job_is_named_with_its_log(folder):
    """The closing line points at the log, which holds the reason, however quiet Snakemake is."""
    stage = folder / "workflow/gen2d/stages/collect.py"
    whole = stage.read_text()
    assert "tables = [" in whole
    stage.write_text(whole.replace("tables = [", "raise OSError('why')\n    x = ["))
    for quiet in ((), ("--quiet", "rules"), ("--quiet", "all")):
        status, said = kills.run(folder, f"{kills.RESULTS}/metrics.csv", *quiet)
        assert status != 0
        (closing,) = [line for line in said.splitlines() if line.startswith("gen2d: stopped")]
        assert closing.endswith(f"stopped; {kills.RESULTS}/logs/collect.log: OSError: why")
    stage.write_text(whole)
    assert kills.run(folder, f"{kills.RESULTS}/metrics.csv")[0] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("metrics={'n_reference': 50}", "config: metrics.n_reference: expected greater than"),
        ("metrics={'n_reference': true}", "config: metrics.n_reference: expected a valid integer;"),
        ("models={'dsm_corsework': null}", "--config: models.dsm_corsework: expected null for"),
    ],
)
def test_what_the_command_line_gives_is_checked_as_a_file_is(root, configured, given, words):
    done = dry_run(root, configured, "--config", given)
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if "expected" in line]
    assert words in said
    assert "Traceback" not in done.stderr


def test_what_the_command_line_gives_is_merged_as_a_file_is(tiny):
    """Numbers, truth values and null, at any depth; nothing else of the study is touched."""
    given = ("metrics={'n_reference': 200}", "models={'cnf': {'training': {'n_steps': 20}}}")
    options = ("--dry-run", "--configfile", kills.CONFIG, "--config", *given)
    done = snakemake(tiny, tiny, *options, "sweeps=null", "ladders={'ebm': null}")
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr
    done = snakemake(
        tiny, tiny, *options[:4], "metrics={'confidence': 0.9}", "models={'truth': null}"
    )
    assert done.returncode == 0, done.stderr
    assert {"summary", "write_config"} <= {*done.stdout.split()}
