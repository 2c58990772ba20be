"""gen2d score: what it says of true samples, of wrong ones, and of files that hold none."""

import json
import subprocess
import sys
import time
from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from benchmarks.power import DEFECTS, moved
from commands import command
from gen2d.api import scoring
from gen2d.cli import score
from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.pinwheel import Pinwheel
from gen2d.metrics.two_sample import two_sample_distances

LAW = Checkerboard()


def scored(x, law, n_reference, n_true):
    return scoring.judge(x, scoring.Truth("law", law, n_reference), n_true).to_dict()


@pytest.fixture(autouse=True)
def _denormal_numbers():
    """As in the command, which imports no torch."""
    torch.set_flush_denormal(False)
    yield
    torch.set_flush_denormal(True)


def run(*arguments):
    """What the command prints, and the one line of a mistake, or None."""
    status, out, error = command("score", *arguments)
    assert status == (2 if error else 0)
    return out, error.strip().removeprefix("gen2d score: ") or None


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "mine.npy"
    np.save(path, LAW.sample(2000, np.random.default_rng(1)))
    return path


def test_true_samples_are_not_told_from_the_law():
    x = LAW.sample(2000, np.random.default_rng(2))
    found = scored(x, LAW, 10_000, len(x))
    assert not found["differs"]
    assert found["metrics"]["off_support"] == {"value": 0.0, "truth": [0.0, 0.0]}
    assert {"distances", "bins", "off_support"} == set(found["tests"])


def test_true_samples_of_a_pinwheel_are_independent_points():
    """Not stratified as its training points, which are closer to the law than any of them."""
    law = Pinwheel()
    truth = scoring.Truth("pinwheel", law, 30_000)
    independent = [scores["energy_distance"] for scores in truth.scores(3000)[1]]
    stratified = law.training_points(3000, np.random.default_rng(8))
    least = two_sample_distances(stratified, truth.reference).energy_distance
    assert least < min(independent)
    assert max(independent) - min(independent) > min(independent) - least


@pytest.mark.parametrize("name", DEFECTS)
def test_wrong_samples_are_found_out(name):
    rng = np.random.default_rng(3)
    x = DEFECTS[name](LAW.sample(10_000, rng), rng)
    assert scored(x, LAW, 10_000, 1000)["differs"]


def test_each_test_sees_something_else():
    rng = np.random.default_rng(4)
    x = LAW.sample(10_000, rng)
    striped = np.where((np.floor(4 * x[:, 0]) % 2 == 1)[:, None], x - [0.25, 0], x)
    cases = ((moved(x, rng), {"distances"}), (striped, {"distances", "bins"}))
    for wrong, seen in (*cases, (x * 1.0005, {"off_support"})):
        tests = scored(wrong, LAW, 10_000, 1000)["tests"]
        assert {name for name, p in tests.items() if p < 0.01} == seen


def test_samples_on_a_line_have_no_density_estimate():
    x = np.linspace(-4, 4, 500)[:, None] * [1.0, 1.0]
    verdict = scoring.judge(x, scoring.Truth("checkerboard", LAW, 1000), 1000)
    assert verdict.to_dict()["metrics"]["kde_log_likelihood"]["value"] is None
    assert verdict.differs
    assert "none" in str(verdict)


def test_rounding_to_single_precision_is_no_leak():
    x = LAW.sample(20_000, np.random.default_rng(5)).astype(np.float32).astype(float)
    x[0] = [np.nextafter(4, 5), 3.5]  # over the edge
    found = scored(x, LAW, 1000, 1000)["tests"]["off_support"]
    expected = binomtest(1, len(x), scoring.ROUNDED, alternative="greater").pvalue
    assert found == pytest.approx(expected, rel=1e-9)
    assert found > 0.01


def test_the_command_prints_a_table_or_json(saved, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # no config.yaml: the kinds' defaults
    text, stopped = run(saved, "--dataset", "checkerboard")
    assert stopped is None
    assert "is not distinguishable from checkerboard" in text
    text, stopped = run(saved, "--dataset", "checkerboard", "--json")
    scored = json.loads(text)
    assert scored["against"] == "checkerboard" and scored["n_points"] == 2000
    assert scored["metrics"]["energy_distance"]["value"] < 0.01


def test_data_sets_are_those_of_the_configuration(saved, root):
    text, stopped = run(saved, "--dataset", "gaussian_mixture", "--config", root / "config.yaml")
    assert stopped is None
    assert "differs from gaussian_mixture" in text
    _, stopped = run(saved, "--dataset", "nothing", "--config", root / "config.yaml")
    assert stopped.startswith("--dataset: expected one of checkerboard, ")
    assert stopped.endswith("; got 'nothing'")
    _, stopped = run(saved, "--dataset", "nothing", "--config", "none.yaml")
    assert stopped == "none.yaml: expected a file; got No such file or directory"


def test_a_file_of_true_points_serves_where_no_law_is_known(saved, tmp_path):
    true, wrong = tmp_path / "true.csv", tmp_path / "wrong.npy"
    rng = np.random.default_rng(6)
    x = LAW.sample(10_000, rng)
    np.savetxt(true, LAW.sample(20_000, rng), delimiter=",", fmt="%.17g")
    np.save(wrong, moved(x, rng))
    text, _ = run(saved, "--reference", true, "--json")
    assert not json.loads(text)["differs"]
    assert "off_support" not in text
    text, _ = run(wrong, "--reference", true, "--json")
    assert json.loads(text)["differs"]


def test_a_file_of_true_points_on_a_line_gives_json_and_one_of_one_point_a_line(saved, tmp_path):
    line, one = tmp_path / "line.npy", tmp_path / "one.npy"
    first = np.random.default_rng(7).standard_normal(2000)
    np.save(line, np.stack([first, np.zeros(2000)], axis=1))
    np.save(one, np.where(np.arange(2000)[:, None] < 1800, 0.5, first[:, None]) * np.ones(2))
    text, _ = run(saved, "--reference", line, "--json")
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"JSON has no {name}"))
    assert found["metrics"]["kde_log_likelihood"]["truth"] == [None, None]
    _, stopped = run(saved, "--reference", one)
    assert stopped == f"{one}: expected distinct points, got a median pairwise distance of 0"


def test_a_sample_may_have_more_points_than_the_data_set(saved, tmp_path):
    true, study = tmp_path / "true.npy", tmp_path / "study.yaml"
    np.save(true, LAW.sample(1300, np.random.default_rng(7)))
    study.write_text(
        f"""
        datasets: {{mine: {{kind: points, path: {true}, n_train: 200, n_holdout: 100}}}}
        models: {{truth: {{method: truth}}}}
        metrics: {{n_reference: 1000}}
        report: {{title: Mine}}
        """
    )
    text, _ = run(saved, "--dataset", "mine", "--config", study, "--json")
    scored = json.loads(text)
    assert (scored["n_points"], scored["n_reference"]) == (2000, 390)


def test_a_plugin_may_import_what_lies_beside_it(saved, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/corner.py").write_text("SCALE = 2.0\n")
    (tmp_path / "mine/board.py").write_text(
        "from typing import ClassVar, Literal\n"
        "from gen2d.config.datasets import CheckerboardKnobs\n"
        "from gen2d.densities.checkerboard import Checkerboard\n"
        "from mine.corner import SCALE\n"
        "class Board(Checkerboard):\n    pass\n"
        "class Mine(CheckerboardKnobs):\n    implementation: ClassVar[str] = 'Board'\n"
        "    kind: Literal['mine']\n    scale: float = SCALE\n"
    )
    study = (
        "{plugins: [mine/board.py], datasets: {c: {kind: mine}}, report: {title: Mine},"
        " models: {truth: {method: truth}}}"
    )
    (tmp_path / "study.yaml").write_text(study)
    command = [Path(sys.executable).with_name("gen2d"), "score", saved, "--dataset", "c", "--json"]
    done = subprocess.run(
        [*command, "--config", "study.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not json.loads(done.stdout)["differs"]


def header(shape):
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "expected two columns of numbers; got no rows"),
        ("empty.npy", b"", "expected two columns of numbers; got"),
        ("one.csv", b"1\n2\n", "expected two columns of numbers; got 1 column: 1"),
        ("text.csv", b"a,b\nc,d\n", "expected two columns of numbers; got 'c' in line 2, column a"),
        ("nan.csv", b"1,2\nnan,2\n", "expected a number; got nan in line 2, column 1"),
        ("two.csv", b"1,2\n3,4\n", "expected at least 100 distinct points; got 2 in 2 rows"),
        ("one.npy", header((1_000_000, 2)) + bytes(16_000_000), "got 1 in 1000000 rows"),
        ("huge.npy", header((625_000_000, 2)) + bytes(160), "expected two columns of numbers; got"),
        ("head.npy", b"\x93NUMPY\x01\x00\x04\x00((((", "expected two columns of numbers; got"),
        ("other.npy", b"PK\x03\x04" + bytes(60), "expected two columns of numbers; got"),
        (
            "far.csv",
            b"".join(b"%d,1e200\n" % i for i in range(100)),
            "below 1e+100; got 1e200 in line 1, column 2",
        ),
    ],
)
def test_what_cannot_be_scored_is_named_in_one_line(name, content, words, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    out, stopped = run(path, "--dataset", "checkerboard")
    (line,) = stopped.splitlines()
    assert line.startswith(f"{path}: ") and words in line
    assert not out


BYTES = st.tuples(st.sampled_from([b"", b"\x93NUMPY", b"PK\x03\x04"]), st.binary(max_size=400)).map(
    b"".join
)
POINTS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 150), st.integers(1, 3)),
    elements=st.floats(width=64),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(BYTES, POINTS), suffix=st.sampled_from(["csv", "npy"]))
def test_any_file_is_scored_or_refused_in_one_line(content, suffix, tmp_path, monkeypatch):
    monkeypatch.setattr(score, "N_REFERENCE", 300)
    path = tmp_path / f"fuzz.{suffix}"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif suffix == "npy":
        np.save(path, content)
    else:
        np.savetxt(path, content, delimiter=",")
    out, stopped = run(path, "--dataset", "checkerboard", "--json")
    if stopped is None:
        assert json.loads(out)["n_points"] == len(content)
    else:
        assert len(stopped.splitlines()) == 1 and str(path) in stopped


@settings(max_examples=25, deadline=None)
@given(
    arrays.arrays(
        np.float64,
        (120, 2),
        elements=st.floats(-1e100, 1e100),
        unique=True,
    )
)
def test_any_finite_points_are_scored(x):
    found = scored(x, LAW, 300, 100)
    assert 0 <= found["p_value"] <= 1
    json.dumps(found, allow_nan=False)


def test_an_overlay_works_in_any_folder(saved, tmp_path, monkeypatch):
    """Neither config.yaml nor files of its models are needed."""
    monkeypatch.chdir(tmp_path)
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "datasets: {spiral: {n_turns: 2}, other: {kind: points, path: none.csv}}\n"
        "models: {mine: {method: external, path: 'none/{dataset}/{seed}.npy'}}\n"
    )
    for name in ("spiral", "checkerboard"):
        text, stopped = run(saved, "--dataset", name, "--config", overlay, "--json")
        assert stopped is None
        assert json.loads(text)["differs"] == (name == "spiral")
    _, stopped = run(saved, "--dataset", "other", "--config", overlay)
    assert stopped == "config: datasets.other: path: none.csv: expected a file; got " + (
        "No such file or directory"
    )


HEAVY = np.random.default_rng(10).standard_t(1, size=(30_000, 2))
FEW_FAR = np.random.default_rng(11).standard_normal((30_000, 2))
FEW_FAR[:10, 0] += 1e6


@pytest.mark.parametrize("rows", [HEAVY, FEW_FAR], ids=["heavy tails", "few rows far out"])
def test_rows_far_out_take_seconds(rows, tmp_path):
    """No grid serves such true points: 28 s where all pairs are summed one by one."""
    np.save(tmp_path / "x.npy", rows[20_000:])
    np.save(tmp_path / "true.npy", rows[:20_000])
    started = time.process_time()
    text, _ = run(tmp_path / "x.npy", "--reference", tmp_path / "true.npy", "--json")
    assert time.process_time() - started < 10
    scored = json.loads(text)
    assert not scored["differs"]
    assert scored["n_points"] == scored["n_reference"] == scoring.N_EXACT


def test_true_samples_of_a_file_are_five(saved, tmp_path):
    """Not the same rows each time, though the file has fewer than the sample."""
    true = tmp_path / "true.npy"
    np.save(true, LAW.sample(1000, np.random.default_rng(9)))
    scored = json.loads(run(saved, "--reference", true, "--json")[0])
    assert (scored["n_reference"], scored["n_true"]) == (500, 250)
    low, high = scored["metrics"]["energy_distance"]["truth"]
    assert low < high


def test_an_overlay_is_merged_over_the_configuration(saved, tmp_path, root, monkeypatch):
    monkeypatch.chdir(root)
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "datasets: {mine: {kind: rings}, spiral: null}\nmetrics: {n_bandwidths: 2}\n"
    )
    ladder = {}
    for words in ((), ("--config", overlay)):
        text, _ = run(saved, "--dataset", "checkerboard", "--json", *words)
        ladder[words] = json.loads(text)["metrics"]["mmd2_ladder"]["value"]
    assert len(set(ladder.values())) == 2
    assert json.loads(run(saved, "--dataset", "mine", "--config", overlay, "--json")[0])
    overlay.write_text("- 1\n")
    stopped = run(saved, "--dataset", "mine", "--config", overlay)[1]
    assert stopped == f"{overlay}: expected keys and their values; got others"
