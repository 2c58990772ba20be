"""The same bytes through SLURM, though one of its jobs is killed."""

import importlib.util

import pytest

from slurm import one_machine


def test_a_study_through_slurm_has_the_same_metrics(tmp_path):
    reason = one_machine.missing()
    if not importlib.util.find_spec("snakemake_executor_plugin_slurm"):
        reason = "snakemake-executor-plugin-slurm not installed"
    if reason:
        pytest.skip(f"no SLURM: {reason}")
    said = one_machine.compare("tests/configs/tiny.yaml", tmp_path)
    assert said.startswith("metrics.csv: identical")
