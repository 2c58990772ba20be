"""Files of points that people have: each read rightly, or refused in one line that helps."""

import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch

from gen2d.storage.errors import FileError
from gen2d.storage.points import read_points

N = 120
X = np.random.default_rng(0).normal(size=(N, 2)) * [1, 20] + [3, 500]
WHOLE = np.random.default_rng(1).integers(2, 90, size=(N, 2))
INDEX = "it numbers or names the rows"
NAMES = "is read as names"


def csv(x=X, *, separator=",", head="", index="", end="", decimal=".", fmt="{!r}"):
    """A text of points; `index` is a format of the row's number."""
    lines = [head] if head else []
    for i, row in enumerate(x.tolist()):
        cells = [fmt.format(value).replace(".", decimal) for value in row]
        lines.append(separator.join(([index.format(i)] if index else []) + cells) + end)
    return "\n".join(lines) + "\n"


def save(tmp_path, content, name="mine.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def pandas_csv(frame, **knobs):
    return frame.to_csv(**knobs)


NAMED = pd.DataFrame(X, columns=["x", "y"])
SHUFFLED = NAMED.sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("text", "expected", "note"),
    [
        # Headers.
        (csv(), X, ""),
        (csv(head="x,y"), X, ""),
        (csv(head="Größe,Höhe").encode("latin-1"), X, ""),
        (csv(head='"a, b","c"'), X, ""),
        (csv(head="# made by hand\n# x,y"), X, ""),
        (csv(head="# x, y, as measured\n\nx,y"), X, ""),
        (csv(head="% of matlab"), X, ""),
        # Headers of numbers, and points that look like one.
        (pandas_csv(pd.DataFrame(X), index=False), X, NAMES),
        (pandas_csv(pd.DataFrame(X * [1, 0] + WHOLE * [0, 1]), index=False), None, NAMES),
        (csv(np.vstack([[0, 0], X]), fmt="{:g}"), np.vstack([[0, 0], X]), ""),
        (csv(np.vstack([[3, 1], WHOLE])), np.vstack([[3, 1], WHOLE]), ""),
        (csv(np.vstack([[0.0, 1.0], X])), np.vstack([[0, 1], X]), ""),
        (csv(np.vstack([[-1, 2], X]), fmt="{:g}"), np.vstack([[-1, 2], X]), ""),
        # Indices.
        (pandas_csv(NAMED), X, INDEX),
        (pandas_csv(pd.DataFrame(X)), X, INDEX),
        (pandas_csv(SHUFFLED), SHUFFLED.to_numpy(), INDEX),
        (pandas_csv(NAMED.reset_index(), index=False), X, INDEX),
        (pandas_csv(NAMED, header=False), X, INDEX),
        (csv(head="t,x,y", index="{}"), X, INDEX),
        (csv(head='"","x","y"', index='"Mazda {}"'), X, INDEX),
        (csv(head='"x" "y"', index='"{}"', separator=" "), X, INDEX),
        # Quotes.
        (csv(fmt='"{!r}"'), X, ""),
        (csv(fmt='"{!r}"', head='"x";"y"', separator=";"), X, ""),
        (csv(fmt='"{!r}"', head='"my x"  "my y"', separator=" "), X, ""),
        # Separators, and decimal commas.
        (csv(separator=";"), X, ""),
        (csv(separator="\t", head="x\ty"), X, ""),
        (csv(separator="   "), X, ""),
        (csv(separator=", "), X, ""),
        (csv(separator=" \t "), X, ""),
        (csv(separator=";", decimal=","), X, ""),
        (csv(separator="\t", decimal=",", head="x\ty"), X, ""),
        (csv(separator=" ", decimal=","), X, ""),
        (csv(decimal=",", fmt='"{!r}"'), X, ""),
        ("sep=;\n" + csv(separator=";", decimal=","), X, ""),
        (csv(WHOLE), WHOLE, ""),
        # Ends of lines, marks of encodings, empty columns, comments, forms of numbers.
        (csv().replace("\n", "\r\n"), X, ""),
        (csv().replace("\n", "\r"), X, ""),
        (csv().rstrip(), X, ""),
        (csv(head="x,y").encode("utf-8-sig"), X, ""),
        (csv(head="x\ty", separator="\t").encode("utf-16"), X, ""),
        (csv(end=","), X, ""),
        (csv(head="x,y,", end=","), X, ""),
        (csv(end="  # why"), X, ""),
        ("\n\n" + csv().replace("\n", "\n\n"), X, ""),
        (csv().replace("-", "−"), X, ""),
        (csv(fmt="{:.17E}").replace("E", "D"), X, ""),
    ],
)
def test_a_text_is_read_rightly(tmp_path, text, expected, note):
    found, _, notes, _ = read_points(save(tmp_path, text))
    assert found.dtype == np.float64
    assert len(found) == (N if expected is None else len(expected))
    if expected is not None:
        np.testing.assert_allclose(found, expected, rtol=1e-5)  # that of {:g}
    assert len(notes) == bool(note)
    assert note in "".join(notes)


TEXTS = csv().splitlines()
THREE = csv(np.hstack([X, X[:, :1]]), head="when,x,y")


def with_line(place, line):
    """The text, with names, in which a line is another one."""
    return "\n".join(["x,y", *TEXTS[: place - 2], line, *TEXTS[place - 1 :]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected two columns of numbers; got no rows"),
        ("x,y\n", "expected two columns of numbers; got no rows"),
        ("# only\n", "got no rows"),
        (csv(X[:, :1]), "got 1 column: 1"),
        (pandas_csv(NAMED["x"]), "got 1 column beside an index: x"),
        # What is missing, or no number, with its line in the file.
        (with_line(17, "NA,1.5"), "expected a number; got NA in line 17, column x; delete"),
        (with_line(2, ",1.5"), "expected a number; got an empty cell in line 2, column x"),
        (with_line(40, "1.5,"), "expected a number; got an empty cell in line 40, column y"),
        (with_line(3, "1.5,nan"), "expected a number; got nan in line 3, column y"),
        (with_line(3, "1.5,-inf"), "finite numbers below 1e+100; got -inf in line 3, column y"),
        (with_line(3, "1e200,1"), "finite numbers below 1e+100; got 1e200 in line 3, column x"),
        (with_line(5, "0.5,O.5"), "two columns of numbers; got 'O.5' in line 5, column y"),
        (with_line(5, "0.5"), "got 1 column in line 5, but 2 in most lines"),
        (with_line(5, "0.5,1,2"), "got 3 columns in line 5, but 2 in most lines"),
        (with_line(5, "0.5,1_000"), "got '1_000' in line 5, column y"),
        ("0.5,O.5\n" + csv(), "got 'O.5' in line 1, column 2"),
        ("# one\n\nx,y\n" + csv().replace(TEXTS[2], "3,four"), "got 'four' in line 6, column y"),
        # More columns.
        (THREE, "got 3 columns: when, x, y; pick two, --columns x,y, or in a configuration"),
        (csv(np.hstack([X, X])), "got 4 columns: 1, 2, 3, 4; pick two, --columns 3,4"),
        (csv(head="x,y,z"), "got 3 names in line 1 above 2 columns"),
        # Decimal commas.
        (csv(decimal=","), "got digits behind a comma as in 1,05; write decimal points"),
        (csv(decimal=",", head="x,y"), "got 2 names in line 1 above 4 columns"),
        ("1,05\n2,10\n3,20\n" * 40, "got digits behind a comma as in 1,05; write decimal points"),
        ('"1,234","5,678"\n' * N, "got 1,234, a fraction or thousands; write decimal points"),
        ("1,5;2.5\n" * N, "got decimal commas and points, 1,5 and 2.5"),
        # Names or points.
        (csv(WHOLE, head="0,1"), "got 0,1 in the first line, names or a point; write x,y"),
        (csv(head="3,7"), "got 3,7 in the first line, names or a point; write x,y"),
        # No text of columns.
        ("<html><body>404</body></html>\n", "expected two columns of numbers; got"),
        ("[[1, 2], [3, 4]]", "expected two columns of numbers; got"),
        (bytes(range(256)) * 4, "got a binary file; save it by numpy.save, or as CSV"),
    ],
)
def test_what_a_text_lacks_is_said_in_one_line(tmp_path, text, words):
    path = save(tmp_path, text)
    with pytest.raises(FileError) as caught:
        read_points(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}: expected ")
    assert words in line
    assert len(line) < len(str(path)) + 250


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        (THREE, ("x", "y"), np.stack([X[:, 1], X[:, 0]], axis=1)),
        (THREE, ("y", "when"), X[:, [0, 0]]),
        (csv(np.hstack([X, -X])), ("1", "4"), X * [1, -1]),
        (pandas_csv(pd.DataFrame(X).assign(kind="a"), index=False), ("0", "1"), X),
        (csv(head="what;x;y", index="a,{}", separator=";", decimal=","), ("x", "y"), X),
    ],
)
def test_two_columns_are_picked_by_name_or_place(tmp_path, text, columns, expected):
    found = read_points(save(tmp_path, text), columns=columns).points
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("x", "z"), "columns: expected some of when, x, y; got z"),
        (("x",), "columns: expected two, such as x,y; got x"),
        (("x", "x"), "columns: expected two, such as x,y; got x,x"),
    ],
)
def test_columns_that_are_not_there_are_named(tmp_path, columns, words):
    path = save(tmp_path, THREE)
    with pytest.raises(FileError) as caught:
        read_points(path, columns=columns)
    assert str(caught.value) == f"{path}: {words}"


def npy(x, **knobs):
    stream = io.BytesIO()
    np.save(stream, x, **knobs)
    return stream.getvalue()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


TYPES = ["f2", "<f4", ">f4", "<f8", ">f8", "longdouble", "i1", "<i2", ">i4", "i8", "u1", "u8"]
SAMPLES = np.stack([X, X + 1])
PAIR = [("x", "f4"), ("y", ">f8")]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_of_number_is_read(tmp_path, dtype, order):
    x = np.asarray(WHOLE, dtype=dtype, order=order)
    path = save(tmp_path, npy(x), "MINE.NPY")
    found = read_points(path).points
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, WHOLE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv.gz", gzip.compress(csv(head="x,y").encode())),
        ("x.csv.bz2", bz2.compress(csv().encode())),
        ("x.txt.xz", lzma.compress(csv(separator=" ").encode())),
        ("x.npy.gz", gzip.compress(npy(X))),
        ("x.csv", gzip.compress(csv().encode())),
        ("x.zip", zipped("x.csv", csv())),
        ("x.npz", npz(x=X)),
        ("x.NPZ", npz(X=X, y=np.arange(N))),
        ("x.npz", npz(x=X, seed=3, note="mine", spec="abc")),
        ("x.npz", npz(samples=X[None], diverged_at=np.zeros(1))),
        ("x.npz", npz(x=X[:, 0], y=X[:, 1])),
        ("x.npy", npy(np.rec.fromarrays(X.T, names="x,y"))),
        ("x.npy", npy(X[None])),
        ("x", npy(X)),
        ("x.dat", csv(separator=" ").encode()),
    ],
)
def test_what_a_file_is_its_content_says(tmp_path, name, content):
    np.testing.assert_array_equal(read_points(save(tmp_path, content, name)).points, X)


def test_one_of_several_seeds_is_taken(tmp_path):
    for path in (
        save(tmp_path, npy(SAMPLES), "a.npy"),
        save(tmp_path, npz(samples=SAMPLES, diverged_at=np.zeros(2), spec="a"), "a.npz"),
    ):
        np.testing.assert_array_equal(read_points(path, seed=1).points, X + 1)
        with pytest.raises(FileError, match=r"got samples of 2 seeds, \[2, 120, 2\]; --seed 0"):
            read_points(path)
        with pytest.raises(FileError, match=r"--seed: expected one of 0 to 1; got 2"):
            read_points(path, seed=2)
    with pytest.raises(FileError, match=r"--seed: expected samples .*; got one sample"):
        read_points(save(tmp_path, csv()), seed=0)


def test_the_users_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    save(tmp_path, csv())
    np.testing.assert_array_equal(read_points("~/mine.csv").points, X)
    with pytest.raises(FileError, match=r"^~nobody-such/x\.csv: expected a file; got"):
        read_points("~nobody-such/x.csv")


TORCH = "got a file of torch.save or pickle; python -c \"import numpy, torch; numpy.save('x.npy', "


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.npy", b"", "got no NPY file; write it by numpy.save"),
        ("x.npz", b"PK", "got no NPZ file; write it by numpy.save"),
        ("x.npy", npy(X)[:-1], "got a damaged NPY file, 1919 bytes of 1920"),
        ("x.npy", npy(X)[:20], "got a damaged NPY file"),
        ("x.npz", npz(x=X)[:-30], "got a damaged archive"),
        ("x.csv.gz", gzip.compress(csv().encode())[:-30], "got a compressed file that is damaged"),
        ("x.npy", npy(X.T), "got float64 of shape (2, 120); save x.T, a row a point"),
        ("x.npy", npy(X[:, 0]), "got float64 of shape (120,)"),
        ("x.npy", npy(X[:, 0] + 1j), "save np.stack([x.real, x.imag], axis=-1)"),
        ("x.npy", npy(X > 3), "got bool of shape (120, 2)"),
        ("x.npy", npy(X.astype(str)), "of shape (120, 2)"),
        ("x.npy", npy(X.astype(object), allow_pickle=True), "got an array of objects; save"),
        ("x.npy", npy(np.hstack([X, X])), "got 4 columns: 1, 2, 3, 4; pick two, --columns 3,4"),
        ("x.npz", npz(train=X, test=X), "got arrays train, test; save one of them"),
        ("x.npz", npz(seed=1), "got arrays of no rows"),
        ("x.npy", npy(np.where(X[7, 1] == X, np.nan, X)), "got nan in row 8, column 2"),
        ("x.pkl", pickle.dumps(X), TORCH),
        ("x.xlsx", zipped("xl/workbook.xml", ""), "expected a text; got a workbook; save its"),
    ],
)
def test_what_an_array_lacks_is_said_in_one_line(tmp_path, name, content, words):
    path = save(tmp_path, content, name)
    with pytest.raises(FileError) as caught:
        read_points(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}: expected ")
    assert words in line


def test_files_of_torch_are_named_with_the_line_that_converts_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for is_zip in (True, False):
        torch.save(torch.tensor(X), "x.pt", _use_new_zipfile_serialization=is_zip)
        with pytest.raises(FileError) as caught:
            read_points("x.pt")
        said = str(caught.value)
        assert TORCH in said
        line = said[said.index("import numpy") : said.rindex('"')]
        subprocess.run([sys.executable, "-c", line], check=True)
        np.testing.assert_array_equal(read_points("x.npy").points, X)
