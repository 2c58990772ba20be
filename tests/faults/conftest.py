"""The tiny study, run once for all tests of this folder."""

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from faults import kills
from gen2d import config, jobs

NO_NETWORK = ("unshare", "--net")


def without_network() -> tuple[str, ...]:
    """The command that cuts a process off from the network, empty where that is not allowed."""
    if shutil.which(NO_NETWORK[0]) is None:
        return ()
    return NO_NETWORK if subprocess.run([*NO_NETWORK, "true"]).returncode == 0 else ()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder in which the tiny study was run, cut off from the network; not to be changed."""
    folder = tmp_path_factory.mktemp("tiny")
    kills.copy(folder)
    status, said = kills.run(folder, within=without_network())
    assert status == 0, said
    return folder


def tiny_spec(overlay: dict[str, Any], stage: str, **cell: str) -> SimpleNamespace:
    """What a stage of the tiny study is told, with some keys changed."""
    values = yaml.safe_load((kills.ROOT / "config.yaml").read_text())
    update_config(values, yaml.safe_load((kills.ROOT / kills.CONFIG).read_text()))
    update_config(values, overlay)
    text = jobs.spec(config.load(values), stage, **cell)
    return json.loads(text, object_hook=lambda section: SimpleNamespace(**section))
