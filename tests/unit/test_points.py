"""Points from a file: how its rows are cut, and what is said of a file that is none of points."""

import json
import os

import numpy as np
import pytest
import yaml

from gen2d import config
from gen2d.densities.points import Points
from gen2d.storage.errors import FileError
from gen2d.storage.points import read_points
from studies import plan_of, spec_of


@pytest.fixture
def rows():
    return np.random.default_rng(1).standard_normal((400, 2))


@pytest.fixture
def file(tmp_path, rows):
    path = tmp_path / "mine.csv"
    np.savetxt(path, rows, delimiter=",", header="x,y", comments="", fmt="%.17g")
    return path


@pytest.fixture
def values(root, file):
    base = yaml.safe_load((root / "config.yaml").read_text())
    base["datasets"]["mine"] = {"kind": "points", "path": str(file), "n_train": 50, "n_holdout": 34}
    base["metrics"]["n_reference"] = 100
    return base


def law(file, study_seed=0):
    return Points(str(file), read_points(file)[1], study_seed, n_holdout=30, n_reference=100)


def members(x):
    return {tuple(point) for point in x.tolist()}


def test_csv_and_npy_give_the_same_points(file, rows, tmp_path):
    np.save(tmp_path / "mine.npy", rows)
    plain = tmp_path / "plain.csv"
    plain.write_text(file.read_text().split("\n", 1)[1])  # without names
    for path in (file, plain, tmp_path / "mine.npy"):
        points = read_points(path).points
        assert points.dtype == np.float64
        assert np.array_equal(points, rows)


def test_the_parts_share_no_row(file, rows):
    points, rng = law(file), np.random.default_rng(2)
    holdout, reference = points.holdout_points(30, rng), points.reference_points(100, rng)
    training = points.training_points(270, rng)  # all that are left
    parts = [members(part) for part in (holdout, reference, training)]
    assert [len(part) for part in parts] == [30, 100, 270]
    assert set.union(*parts) == members(rows)
    fresh = members(points.sample(5000, rng))
    assert fresh == parts[0] | parts[2]
    assert np.array_equal(law(file).reference_points(100, rng), reference)
    assert np.array_equal(points.reference_points(3, rng), reference[:3])
    assert not np.array_equal(law(file, study_seed=1).reference_points(100, rng), reference)


def test_seeds_train_on_points_of_their_own_and_none_twice(file):
    points = law(file)
    first, again, other = (
        points.training_points(50, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert len(members(first)) == 50
    assert members(first) != members(other)


def test_another_file_in_its_place_is_refused(file):
    digest = read_points(file)[1]
    file.write_text(file.read_text() + "0,0\n")
    with pytest.raises(
        FileError, match=r"mine\.csv: expected the file that the study started with"
    ):
        Points(str(file), digest, 0, n_holdout=30, n_reference=100)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "mine.csv: expected two columns of numbers; got no rows"),
        ("x,y\n", "mine.csv: expected two columns of numbers; got no rows"),
        (
            "1,2,3\n4,5,6\n",
            "mine.csv: expected two columns of numbers; got 3 columns: 1, 2, 3; pick two",
        ),
        ("1,2\n3\n", "mine.csv: expected two columns of numbers; got"),
        (
            "1,2\n3,four\n",
            "mine.csv: expected two columns of numbers; got 'four' in line 2, column 2",
        ),
        (
            "x,y\n1,2\nnan,3\n",
            "mine.csv: expected a number; got nan in line 3, column x",
        ),
        ("0.5,O.5\n1,2\n", "expected two columns of numbers; got 'O.5' in line 1, column 2"),
        ("1;2\n3;4\n5;6\n", "mine.csv: expected 100 rows or more; got 3"),
        ("1,2\n", "mine.csv: expected 100 rows or more; got 1"),
        ("1,2\n" * 100, "points over the plane around 0, the farthest 1e-15 to 1e15 from it; got"),
        ("inf,2\n", "mine.csv: expected finite numbers below 1e+100; got inf in line 1, column 1"),
        (
            "".join(f"{i},{i * i}\n" for i in range(118)),
            "expected at least 119 rows: n_train 50, n_holdout 34 and n_reference 35; got 118 in",
        ),
        (b"\xff\xfe", "mine.csv: expected two columns of numbers; got"),
        (None, "mine.csv: expected a file; got No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(values, file, content, words):
    file.unlink()
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("config: datasets.mine")
    assert words in line


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(4), "got float64 of shape (4,)"),
        (np.array([["a", "b"]]), "got <U1 of shape (1, 2)"),
        (np.array([[{}, 1]], dtype=object), "expected two columns of numbers; got"),
    ],
)
def test_arrays_of_other_shapes_are_refused(tmp_path, array, words):
    np.save(tmp_path / "mine.npy", array, allow_pickle=True)
    with pytest.raises(FileError) as caught:
        read_points(tmp_path / "mine.npy")
    assert words in str(caught.value)


FAR = np.random.default_rng(2).standard_normal((400, 2))


@pytest.mark.parametrize(
    ("points", "usable"),
    [
        (FAR, True),
        (1e10 * FAR, True),
        (1e-10 * FAR, True),
        (1e16 * FAR, False),
        (1e-16 * FAR, False),
        (1e4 + FAR, True),
        (1e6 + FAR, False),
        (np.arange(400)[:, None] * [1.0, 2.0] + [3, 4], False),
        (np.where(np.arange(400)[:, None] < 240, 1.0, FAR), False),
        (np.zeros((400, 2)), False),
    ],
)
def test_points_without_a_plane_to_fill_are_refused(values, file, points, usable):
    np.savetxt(file, np.asfortranarray(points), delimiter=",", fmt="%.17g")
    if usable:
        config.load(values)
        return
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: datasets.mine: path: {file}: expected points over the plane")


def test_its_content_decides_what_reruns(values, file):
    def specs():
        plan, rest = plan_of(values), {"model": "truth", "seeds": "seeds0-9"}
        return {
            (stage, dataset): spec_of(plan, stage, dataset=dataset, **rest)
            for stage in ("data", "reference", "exact", "sample", "evaluate")
            for dataset in plan.catalogue.datasets
        }

    before = specs()
    os.utime(file, (0, 0))
    assert specs() == before
    assert str(file) in json.loads(before["data", "mine"])["knobs"]["dataset"]["parameters"]["path"]
    file.write_text(file.read_text() + "0,0\n")
    after = specs()
    assert {key for key in before if after[key] != before[key]} == {
        key for key in before if key[1] == "mine"
    }
