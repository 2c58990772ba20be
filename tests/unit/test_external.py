"""Samples that were made elsewhere: read as they are, checked before any job."""

import json

import numpy as np
import pytest
import yaml

from gen2d import config
from gen2d.methods.base import Task
from gen2d.methods.external import External
from gen2d.storage.files import FileError, read_points
from studies import plan_of, spec_of

N, SEEDS = 30, 2
DATASETS = ("pinwheel", "spiral")


@pytest.fixture
def values(root, tmp_path):
    base = yaml.safe_load((root / "config.yaml").read_text())
    base |= {"seeds": SEEDS, "n_samples": N}
    base["datasets"] = {name: base["datasets"][name] for name in DATASETS}
    base["sweeps"] = base["ladders"] = None
    base["models"]["mine"] = {
        "method": "external",
        "path": str(tmp_path / "{dataset}-{seed}.npy"),
    }
    for i, dataset in enumerate(DATASETS):
        for seed in range(SEEDS):
            np.save(tmp_path / f"{dataset}-{seed}.npy", np.full((N + 1, 2), [i, seed], float))
    return base


def test_each_seed_has_the_rows_of_its_file(values):
    mine = config.load(values).models["mine"]
    spec = {**mine.spec(), "sources": mine.sources("spiral", [0, 1])}
    knobs = config.Model.of_spec(json.loads(json.dumps(spec)))
    samples = External(knobs, Task(None, None, None, ())).sample(N, ())
    assert samples.shape == (SEEDS, N, 2)
    assert (samples == np.array([[[1, 0]], [[1, 1]]])).all()


def test_a_file_reruns_its_cell_alone(values, tmp_path):
    def specs():
        plan, seeds = plan_of(values), {"seeds": "seeds0-1"}
        cells = [(d, m) for d in DATASETS for m in ("mine", "truth")]
        return {(d, m): spec_of(plan, "sample", dataset=d, model=m, **seeds) for d, m in cells}

    before = specs()
    np.save(tmp_path / "spiral-1.npy", np.zeros((N, 2)))
    after = specs()
    assert {cell for cell in before if before[cell] != after[cell]} == {("spiral", "mine")}


def test_another_file_in_its_place_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((N, 2)))
    knobs = config.METHODS["external"].part({})
    knobs.take_sources({"files": [[str(path), read_points(path)[1]]]})
    np.save(path, np.ones((N, 2)))
    with pytest.raises(FileError, match="expected the file that the study started with"):
        External(knobs, Task(None, None, None, ())).sample(N, ())


@pytest.mark.parametrize(
    ("path", "rows", "words"),
    [
        ("{dataset}-{seed}.npy", N - 1, "pinwheel-1.npy: expected at least n_samples = 30 rows"),
        ("{dataset}-{seed}.csv", N, "pinwheel-0.csv: expected a file; got No such file"),
        ("{seed}.npy", N, "expected {dataset} in it, since there are several; got"),
        ("{dataset}.npy", N, "expected a path that has {seed} in it"),
    ],
)
def test_what_is_missing_is_named_before_any_job(values, tmp_path, path, rows, words):
    np.save(tmp_path / "pinwheel-1.npy", np.zeros((rows, 2)))
    values["models"]["mine"]["path"] = str(tmp_path / path)
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("config: models.mine.path: ")
    assert words in line


def test_it_is_judged_and_is_no_baseline(values):
    catalogue = plan_of(values).catalogue
    assert catalogue.groups["mine"] == "made elsewhere"
    assert "mine" not in catalogue.baselines.values()
