"""Samples that were made elsewhere: read as they are, checked before any job."""

import json

import numpy as np
import pytest
import yaml

from gen2d import config
from gen2d.api import scoring
from gen2d.methods.base import Task
from gen2d.methods.external import External
from gen2d.storage.errors import FileError
from gen2d.storage.points import read_points
from studies import plan_of, spec_of

N, SEEDS, EXTRA = 30, 2, 20
STREAMS = np.random.SeedSequence(0).spawn(SEEDS)
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
            rows = np.stack([np.arange(N + EXTRA), np.full(N + EXTRA, 10 * i + seed)], axis=1)
            np.save(tmp_path / f"{dataset}-{seed}.npy", rows)
    return base


def sampled(values, n, streams=STREAMS):
    mine = config.load(values).models["mine"]
    spec = {**mine.spec(), "sources": mine.sources("spiral", [0, 1])}
    knobs = config.Model.of_spec(json.loads(json.dumps(spec)))
    return External(knobs, Task(None, None, None, ())).sample(n, streams)


def test_each_seed_draws_rows_of_its_file_at_random(values):
    samples = sampled(values, N)
    assert samples.shape == (SEEDS, N, 2)
    assert (samples[..., 1] == [[10], [11]]).all()
    for rows in samples[..., 0].tolist():
        assert len({*rows}) == N and rows != sorted(rows)
        assert max(rows) >= N  # behind the first n_samples, too
    assert {*samples[0, :, 0]} != {*samples[1, :, 0]}  # of the seed's own stream
    assert np.array_equal(sampled(values, N), samples)
    assert not np.array_equal(sampled(values, N, STREAMS[::-1]), samples)


def test_every_row_is_used_where_it_can_be(values):
    for rows in sampled(values, N + EXTRA)[..., 0].tolist():
        assert sorted(rows) == [*range(N + EXTRA)]
        assert rows != sorted(rows)  # the first ones that a figure shows are of any mode


def test_sorted_samples_of_the_law_are_true_ones(root, values):
    """The first rows of these files are a strip at the left of the board."""
    path = root / "tests/data/cases/external/sorted_{seed}.npy"

    def distance(x):
        return scoring.score(x, "checkerboard").values["energy_distance"][0]

    values |= {"datasets": {"checkerboard": {"kind": "checkerboard"}}, "n_samples": 600}
    values["models"]["mine"]["path"] = str(path)
    values["seeds"] = 3
    mine = config.load(values).models["mine"]
    mine.take_sources(mine.sources("checkerboard", [0, 1, 2]))
    streams = np.random.SeedSequence(0).spawn(3)
    drawn = External(mine, Task(None, None, None, ())).sample(600, streams)
    for x in drawn:
        assert distance(x) < 0.03
    first = read_points(str(path).format(seed=0)).points[:600]
    assert distance(first) > 0.5


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
    knobs = config.METHODS["external"].part({"columns": []})
    knobs.take_sources({"files": [[str(path), read_points(path)[1]]]})
    np.save(path, np.ones((N, 2)))
    with pytest.raises(FileError, match="expected the file that the study started with"):
        External(knobs, Task(None, None, None, ())).sample(N, STREAMS[:1])


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
