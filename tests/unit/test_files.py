"""Files: whole or not at all, and refused by name when damaged."""

import contextlib

import numpy as np
import pandas as pd
import pytest

from gen2d import files


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
    with pytest.raises(files.FileError, match=r"a\.npz: expected an NPZ file with x; got"):
        files.read_arrays(path, "x")


def test_damaged_weights_are_refused_by_name(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"not weights")
    with pytest.raises(files.FileError, match=r"w\.safetensors: expected the weights"):
        files.read_weights(path)


def test_seconds_are_summed_over_jobs(tmp_path):
    paths = [tmp_path / f"{i}.tsv" for i in range(4)]
    for path, seconds in zip(paths, (1.5, 2.0, 3.0, 4), strict=True):
        path.write_text(f"s\tcpu_time\n{seconds}\tNA\n")
    assert files.job_seconds(paths) == 10.5
