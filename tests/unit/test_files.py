"""Files: whole or not at all, and refused by name when damaged."""

import contextlib
import os
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from safetensors import safe_open
from safetensors.torch import save_file

from gen2d.storage import files


def test_arrays_survive_a_file_byte_for_byte(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 4))
    for name in ("a.npz", "b.npz"):
        files.write_arrays(tmp_path / name, x=x, n=np.arange(3))
    read, n = files.read_arrays(tmp_path / "a.npz", "x", "n")
    assert read.tobytes() == x.tobytes()
    assert n.tolist() == [0, 1, 2]
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_tables_survive_a_file_in_full_precision(tmp_path):
    table = pd.DataFrame({"name": ["null", "b"], "value": [0.1 + 0.2, np.nan]})
    files.write_table(tmp_path / "a.csv", table)
    pd.testing.assert_frame_equal(files.read_table(tmp_path / "a.csv"), table)


@pytest.mark.parametrize("name", ["true", "inf", "nan", "null", "1e3"])
def test_names_stay_names(tmp_path, name):
    files.write_table(tmp_path / "a.csv", {"dataset": [name] * 2, "model": [name] * 2})
    found = files.read_table(tmp_path / "a.csv")
    assert [*found["dataset"], *found["model"]] == [name] * 4


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with contextlib.suppress(KeyboardInterrupt), files.atomic(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "text", "lacking", "pickled"])
def test_damaged_arrays_are_refused_by_name(tmp_path, damage):
    path = tmp_path / "a.npz"
    files.write_arrays(path, x=np.zeros(1000))
    whole = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    elif damage == "text":
        path.write_text("x,y\n1,2\n")
    elif damage == "lacking":
        files.write_arrays(path, y=np.zeros(3))
    else:
        np.savez(path, x=np.array([{}], dtype=object), allow_pickle=True)
    expected = "arrays x; got none named x" if damage == "lacking" else "an NPZ file of arrays; got"
    with pytest.raises(files.FileError, match=rf"a\.npz: expected {expected}"):
        files.read_arrays(path, "x")


def damages(whole, n_flips=40):
    """Copies of a file's bytes with one bit flipped, or without its end."""
    places = np.random.default_rng(0).choice(len(whole), min(n_flips, len(whole)), replace=False)
    for place in map(int, places):
        yield whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        yield whole[:length]


def test_damaged_weights_are_refused_by_name(tmp_path):
    path = tmp_path / "w.safetensors"
    generator = torch.Generator().manual_seed(0)
    tensors = {name: torch.randn(3, 5, generator=generator) for name in ("a", "b")}
    files.write_weights(path, tensors, {"diverged_at": {"1": 20}}, spec="one")
    assert files.read_weights(path, spec="one")[1] == {"diverged_at": {"1": 20}}
    for damaged in (b"not weights", *damages(path.read_bytes(), 400)):
        path.write_bytes(damaged)
        with pytest.raises(files.FileError, match=r"w\.safetensors: expected the weights.*delete"):
            files.read_weights(path)


def test_damaged_tables_are_refused_by_name(tmp_path):
    path = tmp_path / "t.csv"
    files.write_table(path, {"seed": [0, 1], "value": [0.25, None]})
    assert files.read_table(path)["value"].isna().tolist() == [False, True]
    for damaged in (b"", *damages(path.read_bytes(), 400)):
        path.write_bytes(damaged)
        with pytest.raises(files.FileError, match=r"t\.csv: expected a whole table; got .*delete"):
            files.read_table(path)


@pytest.mark.parametrize("spec", ["two", "", "one two"])
def test_a_table_whose_spec_was_edited_is_refused(tmp_path, spec):
    path, note = tmp_path / "t.csv", tmp_path / "t.csv.sha256"
    files.write_table(path, {"seed": [0, 1]}, spec="one")
    note.write_text(note.read_text().replace("# spec one", f"# spec {spec}"))
    with pytest.raises(files.FileError, match=r"t\.csv: expected a whole table; got .*delete"):
        files.read_table(path, spec=spec)


def test_a_whole_table_of_another_spec_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    files.write_table(path, {"seed": [0, 1]}, spec="one")
    with pytest.raises(files.FileError, match="configuration at hand, spec two; got one of"):
        files.read_table(path, spec="two")


@pytest.mark.parametrize("names", ["ba", "ac"])
def test_weights_of_other_names_are_refused(tmp_path, names):
    path, tensors = tmp_path / "w.safetensors", {"a": torch.zeros(3), "b": torch.ones(3)}
    files.write_weights(path, tensors, {})
    with safe_open(path, framework="pt") as archive:
        metadata = archive.metadata()
    save_file(dict(zip(names, tensors.values(), strict=True)), path, metadata)
    with pytest.raises(files.FileError, match=r"w\.safetensors: expected the weights.*delete"):
        files.read_weights(path)


def test_damaged_tables_for_people_are_refused_by_name(tmp_path):
    path, note = tmp_path / "metrics.csv", tmp_path / "metrics.csv.sha256"
    table = {"seed": [0, 1], "value": [0.25, 0.75]}
    files.write_table(path, table, spec="one")
    assert path.read_text() == "seed,value\n0,0.25\n1,0.75\n"
    assert files.read_table(path, spec="one")["value"].tolist() == [0.25, 0.75]
    for file in (path, note):
        whole = file.read_bytes()
        for damaged in (b"", *damages(whole)):
            file.write_bytes(damaged)
            with pytest.raises(files.FileError, match=r"metrics\.csv: expected .*delete it"):
                files.read_table(path, spec="one")
        file.write_bytes(whole)
    note.unlink()
    with pytest.raises(files.FileError, match=r"No such file .*metrics.csv.sha256'; delete it"):
        files.read_table(path)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum here")
def test_sha256sum_reads_what_lies_beside_a_table(tmp_path):
    files.write_table(tmp_path / "t.csv", {"seed": [0, 1]}, spec="one")
    command = ["sha256sum", "--check", "--strict", "t.csv.sha256"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "t.csv").write_text("seed\n0\n2\n")
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1


def test_damaged_figures_are_refused_by_name(tmp_path):
    path = tmp_path / "f.svg"
    files.write_figure(Figure(), path, tmp_path / "f.png")
    files.check_figure(path)
    for damaged in (b"", *damages(path.read_bytes(), 100)):
        path.write_bytes(damaged)
        with pytest.raises(files.FileError, match=r"f\.svg: expected a whole figure; got .*delete"):
            files.check_figure(path)


def test_damaged_benchmarks_are_refused_by_name(tmp_path):
    path = tmp_path / "b.tsv"
    for damaged in ("t\tcpu_time\n1\t2\n", "s\tcpu_time\nx\t2\n"):
        path.write_text(damaged)
        with pytest.raises(files.FileError, match=r"b\.tsv: expected a benchmark, .*; delete it"):
            files.job_seconds([path])


def test_files_of_another_spec_are_refused(tmp_path):
    files.write_arrays(tmp_path / "a.npz", spec="one", x=np.zeros(2))
    files.read_arrays(tmp_path / "a.npz", "x", spec="one")
    files.write_weights(tmp_path / "w.safetensors", {}, {}, spec="one")
    for read in (
        lambda: files.read_arrays(tmp_path / "a.npz", "x", spec="two"),
        lambda: files.read_weights(tmp_path / "w.safetensors", spec="two"),
    ):
        with pytest.raises(files.FileError, match="configuration at hand, spec two; got one of"):
            read()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 3)), r"expected x of float64 \[2, any, 2\]; got float64 \[2, 3\]"),
        (np.zeros((2, 5, 2), np.float32), ".*; got float32"),
        (np.full((2, 5, 2), np.nan), "expected x of finite numbers"),
    ],
)
def test_arrays_of_other_shapes_are_refused(array, words):
    files.check_array("a.npz", "x", np.zeros((2, 5, 2)), (2, None, 2))
    with pytest.raises(files.FileError, match=f"^a.npz: {words}"):
        files.check_array("a.npz", "x", array, (2, None, 2))


def test_a_job_whose_run_was_killed_writes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    monkeypatch.setenv("GEN2D_RUN", str(os.getppid()))
    files.write_arrays(path, x=np.zeros(1))
    before = path.read_bytes()
    monkeypatch.setenv("GEN2D_RUN", str(os.getppid() + 1))
    with pytest.raises(files.FileError, match="not written"):
        files.write_arrays(path, x=np.ones(1))
    assert path.read_bytes() == before


def test_what_a_killed_job_left_is_removed_with_the_next(tmp_path):
    (tmp_path / ".a.npz.1234").mkdir()
    (tmp_path / ".a.npz.1234/a.npz").write_bytes(b"half")
    files.write_arrays(tmp_path / "a.npz", x=np.zeros(1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_seconds_are_summed_over_jobs(tmp_path):
    paths = [tmp_path / f"{i}.tsv" for i in range(4)]
    for path, seconds in zip(paths, (1.5, 2.0, 3.0, 4), strict=True):
        path.write_text(f"s\tcpu_time\n{seconds}\tNA\n")
    assert files.job_seconds(paths) == 10.5
