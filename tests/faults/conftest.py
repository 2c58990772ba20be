"""The tiny study, run once for all tests of this folder."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from faults import kills
from gen2d import config, jobs


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder in which the tiny study was run; not to be changed."""
    folder = tmp_path_factory.mktemp("tiny")
    kills.copy(folder)
    status, said = kills.run(folder)
    assert status == 0, said
    return folder


def tiny_spec(overlay: dict[str, Any], stage: str, **cell: str) -> SimpleNamespace:
    """What a stage of the tiny study is told, with some keys changed."""
    values = yaml.safe_load((kills.ROOT / "config.yaml").read_text())
    update_config(values, yaml.safe_load((kills.ROOT / kills.CONFIG).read_text()))
    update_config(values, overlay)
    text = jobs.spec(config.load(values), stage, **cell)
    return json.loads(text, object_hook=lambda section: SimpleNamespace(**section))
