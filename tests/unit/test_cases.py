"""Files that went wrong once, each for a whole kind, and what is made of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from commands import command
from gen2d import config
from gen2d.densities.base import law_of
from gen2d.plan.knobs import DatasetSpec
from gen2d.storage.points import read_points
from studies import plan_of, values_of

CASES = Path(__file__).parents[1] / "data/cases"
MODELS = {"truth": {"method": "truth"}}
# What a file holds: rows, the first of them, the last, and what is said.
INDEX = "the first column is left out: it numbers or names the rows"
UTM = [431030.7734905279, 5402293.42515501], [430666.1034247536, 5403321.589504472]
MOONS = [0.64204155, -0.13992984]
READ = {
    "numeric_header.csv": (
        300,
        *UTM,
        "the first line, 0,1, is read as names; write 0.0,1.0 for a point",
    ),
    "pandas_index.csv": (300, *UTM, INDEX),
    "r_rownames.csv": (300, [2.12, 56], [4.12, 77], INDEX),
    "quoted_values.csv": (300, [2.12, 56], [4.12, 77], ""),
    "unlike_units.csv": (300, [2.12, 56], [4.12, 77], ""),
    "moons.csv.gz": (2000, MOONS, None, ""),
    "moons.npz": (2000, MOONS, None, ""),
    "float32.npy": (500, [0.30078125, 0.51953125], None, ""),
    "dino.csv": (142, [66.4953, 81.8699], [54.8614, 8.3226], ""),
    "whole_minutes.csv": (6000, [43, 17], [34, 13], ""),
}


@pytest.mark.parametrize("name", READ)
def test_a_case_is_read_rightly(name):
    n, first, last, said = READ[name]
    points, _, notes, _ = read_points(CASES / name)
    assert len(points) == n
    np.testing.assert_allclose(points[0], first, rtol=1e-6)
    if last:
        np.testing.assert_array_equal(points[-1], last)
    assert notes == ([said] if said else [])


def test_three_columns_are_picked_from_by_name():
    dozen = read_points(CASES / "dozen.tsv", columns=["x", "y"]).points
    np.testing.assert_array_equal(dozen, read_points(CASES / "dino.csv").points)


SAYING = """
import sys, warnings
warnings.simplefilter("error")
from gen2d import __main__
for path in sys.argv[1:]:
    try:
        __main__.main(["score", path, "--dataset", "moons", "--json"])
    except SystemExit as done:
        assert not done.code, done.code
"""
KINDS = [np.float16, np.float32, np.float64, np.int8, np.int32, np.uint64, ">f4", ">f8"]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Files of one array each, of every kind of number and order."""
    folder = tmp_path_factory.mktemp("stored")
    x = np.random.default_rng(0).normal(50, 5, size=(150, 2))
    paths = []
    for i, dtype in enumerate(KINDS):
        path = folder / f"{i}.npy"
        np.save(path, np.asarray(x, dtype=dtype, order="CF"[i % 2]))
        paths.append(path)
    np.savetxt(folder / "x.csv.gz", x, delimiter=",")
    np.savez_compressed(folder / "x.npz", x=x.astype(np.float32))
    return [*paths, folder / "x.csv.gz", folder / "x.npz"]


def test_no_warning_of_a_library_reaches_who_scores(stored):
    command = [sys.executable, "-W", "error", "-c", SAYING, *map(str, stored)]
    code = {**os.environ, "PYTHONPATH": str(Path(config.__file__).parents[2])}
    done = subprocess.run(command, env=code, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('"n_points": 150') == len(stored)


def test_no_warning_of_a_library_reaches_who_plans(stored, root, tmp_path):
    datasets = {f"d{i}": {"kind": "points", "path": str(path)} for i, path in enumerate(stored)}
    external = {"method": "external", "path": str(tmp_path / "{dataset}-{seed}.npy")}
    for name in datasets:
        np.save(tmp_path / f"{name}-0.npy", np.zeros((150, 2), np.float32))
    values = values_of({**MODELS, "mine": external}, datasets=datasets, seeds=1, n_samples=100)
    (tmp_path / "config.yaml").write_text(json.dumps(values))
    command = [Path(sys.executable).with_name("snakemake"), "-n", "--quiet", "all"]
    done = subprocess.run(
        [*command, "--snakefile", root / "Snakefile"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "arning" not in done.stderr and ".py:" not in done.stderr


def run(*arguments):
    """What `gen2d score` prints, and what it says beside it."""
    _, out, said = command("score", *arguments)
    return out, said.strip().removeprefix("gen2d score: ")


def test_what_is_left_out_is_one_line_beside_the_scores():
    path = CASES / "pandas_index.csv"
    out, said = run(path, "--dataset", "moons", "--json")
    assert said == f"{path}: {INDEX}"
    assert json.loads(out)["n_points"] == 300


def test_columns_and_seeds_are_picked_on_the_command_line(tmp_path):
    dozen, dino = CASES / "dozen.tsv", CASES / "dino.csv"
    _, stopped = run(dozen, "--reference", dino)
    assert stopped == (
        f"{dozen}: expected two columns of numbers; got 3 columns: dataset, x, y; pick two,"
        " --columns x,y, or in a configuration columns: [x, y]"
    )
    out, _ = run(dozen, "--reference", dino, "--columns", "x,y", "--json")
    assert not json.loads(out)["differs"]
    samples = tmp_path / "seeds0-1.npz"
    moons = read_points(CASES / "moons.npz").points
    np.savez(samples, samples=np.stack([moons, moons + 1]), diverged_at=np.zeros(2), spec="a")
    for seed in (0, 1):
        words = ("--reference", CASES / "moons.csv.gz", "--seed", seed, "--json")
        assert json.loads(run(samples, *words)[0])["differs"] == (seed == 1)


def test_a_file_of_torch_is_named_with_the_line_that_converts_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(CASES / "moons.pt", "moons.pt")
    _, stopped = run("moons.pt", "--dataset", "moons")
    line = stopped[stopped.index("import numpy") : stopped.rindex('"')]
    assert len(stopped.splitlines()) == 1
    subprocess.run([sys.executable, "-c", line], check=True)
    expected = torch.load("moons.pt").numpy()
    np.testing.assert_array_equal(read_points("moons.npy").points, expected)


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        ({"path": "dino.csv"}, (85, 14, 42)),
        ({"path": "dozen.tsv", "columns": ["x", "y"]}, (85, 14, 42)),
        ({"path": "unlike_units.csv"}, (180, 30, 90)),
        ({"path": "whole_minutes.csv"}, (3600, 600, 1800)),
        ({"path": "dino.csv", "n_train": 60}, (60, 14, 42)),
        ({"path": "dino.csv", "n_reference": 50, "n_train": 70}, (70, 14, 50)),
    ],
)
def test_parts_of_a_file_are_shares_of_its_rows(given, sizes):
    given = {"kind": "points", **given, "path": str(CASES / given["path"])}
    values = values_of(MODELS, datasets={"mine": given, "board": {"kind": "checkerboard"}})
    study = config.load(values)
    mine = study.datasets["mine"]
    assert (mine.n_train, mine.n_holdout, mine.reference_size(study)) == sizes
    again = config.load(json.loads(json.dumps(study.model_dump(mode="json"))))
    assert (again.datasets["mine"].n_train, again.datasets["mine"].n_holdout) == sizes[:2]
    assert study.datasets["board"].reference_size(study) == 100_000
    plan = plan_of(values)
    law = law_of(DatasetSpec.of(plan.catalogue, "mine"))
    assert len(law.reference_points(10**6, np.random.default_rng(0))) == sizes[2]
    assert len(law.training_points(sizes[0], np.random.default_rng(0))) == sizes[0]


@pytest.mark.parametrize("n", [100, 101, 250, 1000])
def test_any_number_of_rows_from_100_on_is_a_data_set(tmp_path, n):
    path = tmp_path / "x.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(n, 2)), delimiter=",")
    config.load(values_of(MODELS, datasets={"mine": {"kind": "points", "path": str(path)}}))


def test_fewer_rows_than_100_are_refused_in_one_line(tmp_path):
    path = tmp_path / "x.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(99, 2)), delimiter=",")
    with pytest.raises(config.ConfigError) as caught:
        config.load(values_of(MODELS, datasets={"mine": {"kind": "points", "path": str(path)}}))
    words = "config: datasets.mine: path: {}: expected 100 rows or more; got 99"
    assert str(caught.value) == words.format(path)


def test_ties_are_said_of_the_file():
    given = {"kind": "points", "path": str(CASES / "whole_minutes.csv")}
    source = config.load(values_of(MODELS, datasets={"mine": given})).datasets["mine"].source
    assert source.startswith("6000 rows of ") and "of the rows coincide, so that no" in source
