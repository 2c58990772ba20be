"""Reads points from users' files: CSV and its like, NPY, NPZ, also compressed.

A file is either read correctly or refused, with one line that says what to do.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np

from gen2d.storage.delimited import Column, Table, counted, is_missing, number, parse
from gen2d.storage.errors import FileError

LARGEST = 1e100
"""Bound on coordinates: squares of smaller ones, and of their distances, are finite."""
PACKED = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress}
"""Decompressors by the first bytes of a file."""
BROKEN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
ROW_NAMES = ("", "index", "unnamed: 0", "rownames", "row.names")
LABEL = "label"
MOST_CLASSES = 8
"""Labels at most: as many as there are distinguishable colours."""


class PointsFile(NamedTuple):
    """The content of a file of points."""

    points: np.ndarray
    """[N, 2], float64, finite."""
    digest: str
    """SHA-256 of the file."""
    notes: list[str]
    """What was left out or guessed, one line each."""
    labels: list[str] | None = None
    """Label of each row, as in the file; None without a column of labels."""

    @property
    def codes(self) -> np.ndarray | None:
        """Index [N] of each row's label among the sorted labels; None if labels are not shown."""
        if self.labels is None or len(set(self.labels)) > MOST_CLASSES:
            return None
        return np.unique(self.labels, return_inverse=True)[1].astype(np.uint8)

    @property
    def all_notes(self) -> list[str]:
        """`notes`, and a note on the use of the labels."""
        if self.labels is None:
            return self.notes
        use = "is kept as colours of true points that are drawn alone"
        if self.codes is None:
            n = len(set(self.labels))
            use = f"is left out: its {n} classes are more than {MOST_CLASSES} colours"
        return [*self.notes, f"the column {LABEL} {use}"]


def read_points(
    path: str | Path, *, columns: Sequence[str] = (), seed: int | None = None
) -> PointsFile:
    """The points of a file.

    Args:
        path: `~` is the user's folder. The format is detected from the file's content.
        columns: names of two columns, or their numbers, from 1; by default the file must have two,
            beside an index. A further column `label` has labels; a missing label is a class of its
            own.
        seed: index into the samples [seeds, N, 2] of an array.

    Raises:
        OSError: there is no such file.
        FileError: the file does not hold two columns of numbers whose squares are finite.
    """
    try:
        content = Path(path).expanduser().read_bytes()
    except RuntimeError as error:  # of ~nobody
        raise FileError(f"{path}: expected a file; got {error}") from None
    try:
        found = _of_seed(_open(PurePath(path), content), seed)
        table = found if isinstance(found, Table) else _of_array(found)
        chosen, notes = _chosen(table, columns)
        points = np.stack([_numbers(table, j) for j in chosen], axis=1)
        others = [j for j in _labels(table) if j not in chosen]
        labels = [str(label) for label in table.columns[others[0]]] if others else None
    except FileError as error:
        raise FileError(f"{path}: {error}") from None
    except ValueError as error:
        text = " ".join(str(error).split())
        raise FileError(f"{path}: expected two columns of numbers; got {text}") from None
    digest = hashlib.sha256(content).hexdigest()
    return PointsFile(points, digest, [*table.notes, *notes], labels)


def _open(path: PurePath, content: bytes) -> Table | np.ndarray:
    """The content of a file, by its first bytes; its name only improves error messages."""
    for magic, unpacked in PACKED.items():
        if content.startswith(magic):
            try:
                content = unpacked(content)
            except BROKEN as error:
                raise ValueError(f"a compressed file that is damaged ({error})") from None
            return _open(path.with_suffix("") if path.suffixes[1:] else path, content)
    if content.startswith(b"\x93NUMPY"):
        return _npy(content)
    if content.startswith(b"PK\x03\x04"):
        return _zip(path, content)
    if content.startswith(b"\x80") and path.suffix.lower() not in (".csv", ".npy", ".npz"):
        raise ValueError(_of_torch(path))
    if path.suffix.lower() in (".npy", ".npz"):
        raise ValueError(f"no {path.suffix.lower()[1:].upper()} file; write it by numpy.save")
    return parse(_text(content))


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in content:
        raise ValueError("a binary file; save it by numpy.save, or as CSV")
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("latin-1")  # only names can need it


def _of_torch(path: PurePath) -> str:
    """A message on a file of torch.save, with the line that converts it."""
    new = path.with_suffix(".npy").name
    load = f"torch.load('{path.name}', map_location='cpu')"
    return (
        f"a file of torch.save or pickle; python -c \"import numpy, torch; numpy.save('{new}',"
        f' {load}.detach().numpy())" converts a tensor'
    )


def _npy(content: bytes) -> np.ndarray:
    """The array of an NPY file; raises `ValueError` if it is shorter than its header claims."""
    stream = io.BytesIO(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about files that Python 2 wrote
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0
            if version > (1, 0):
                read = np.lib.format.read_array_header_2_0
            shape, is_fortran, dtype = read(stream)
        except Exception as error:  # of several kinds, since the header is Python
            raise ValueError(f"a damaged NPY file ({error})") from None
    if dtype.hasobject:
        raise ValueError("an array of objects; save numbers, x.astype(float)")
    size = dtype.itemsize * int(np.prod(shape, dtype=object))
    held = content[stream.tell() :]
    if len(held) < size:
        raise ValueError(f"a damaged NPY file, {len(held)} bytes of {size}")
    return np.ndarray(shape, dtype, held, order="F" if is_fortran else "C")


def _zip(path: PurePath, content: bytes) -> Table | np.ndarray:
    """The content of an NPZ file, or of an archive of one text."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if any(name.endswith("data.pkl") for name in names):
                raise FileError(f"expected two columns of numbers; got {_of_torch(path)}")
            if any(name.startswith("xl/") for name in names):
                raise FileError("expected a text; got a workbook; save its sheet as CSV")
            if len(names) == 1 and not names[0].endswith(".npy"):
                return _open(PurePath(names[0]), archive.read(names[0]))
            arrays = {name[:-4]: archive.read(name) for name in names if name.endswith(".npy")}
    except FileError:
        raise
    except (*BROKEN, NotImplementedError, RuntimeError) as error:  # encrypted archives too
        raise ValueError(f"a damaged archive ({error})") from None
    return _npz(arrays)


def _npz(contents: dict[str, bytes]) -> Table | np.ndarray:
    """The only array of points, or the array `samples`; otherwise columns by name."""
    arrays = {name: _npy(content) for name, content in contents.items() if name != "spec"}
    arrays = {name: x for name, x in arrays.items() if x.ndim}
    wide = {name: x for name, x in arrays.items() if x.ndim > 1}
    if "samples" in wide:
        return wide["samples"]
    pairs = {name: x for name, x in wide.items() if x.shape[-1] == 2} or wide
    if len(pairs) == 1:
        return next(iter(pairs.values()))
    if len(pairs) > 1:
        raise ValueError(f"arrays {', '.join(pairs)}; save one of them")
    if len(arrays) < 2 or len({len(x) for x in arrays.values()}) > 1:
        raise ValueError(f"arrays {', '.join(arrays) or 'of no rows'}")
    return _of_columns(arrays)


def _of_columns(columns: dict[str, np.ndarray]) -> Table:
    n_rows = len(next(iter(columns.values())))
    return Table([*columns], [*columns.values()], range(1, n_rows + 1), "row", [])


def _of_seed(found: Table | np.ndarray, seed: int | None) -> Table | np.ndarray:
    """The sample [N, 2] of one seed from an array [seeds, N, 2]; anything else unchanged."""
    if not isinstance(found, np.ndarray) or found.ndim != 3:
        if seed is None:
            return found
        raise FileError("--seed: expected samples [seeds, N, 2]; got one sample; leave it out")
    n = len(found)
    if seed is None and n != 1:
        raise ValueError(
            f"samples of {n} seeds, {list(found.shape)}; --seed 0 takes the first, x[0] in Python"
        )
    if not 0 <= (seed or 0) < n:
        raise FileError(f"--seed: expected one of 0 to {n - 1}; got {seed}")
    one: np.ndarray = found[seed or 0]
    return one


def _of_array(x: np.ndarray) -> Table:
    """The columns of an array [N, D], or of a structured one [N]."""
    if x.dtype.names and x.ndim == 1:
        return _of_columns({name: x[name] for name in x.dtype.names})
    shown = f"{x.dtype} of shape {x.shape}"
    if x.dtype.kind == "c":
        raise ValueError(f"{shown}; save np.stack([x.real, x.imag], axis=-1)")
    if x.dtype.kind not in "fiu" or x.ndim != 2:
        raise ValueError(shown)
    if x.shape[0] == 2 < x.shape[1]:
        raise ValueError(f"{shown}; save x.T, a row a point")
    return Table([], [*x.T], range(1, len(x) + 1), "row", [])


def _chosen(table: Table, columns: Sequence[str]) -> tuple[list[int], list[str]]:
    """Indices of the two columns that are the points, and notes on the choice."""
    known = [table.named(j) for j in range(len(table.columns))]
    if columns:
        if missing := [name for name in columns if name not in known]:
            raise FileError(f"columns: expected some of {', '.join(known)}; got {missing[0]}")
        if len(columns) != 2 or columns[0] == columns[1]:
            raise FileError(f"columns: expected two, such as x,y; got {','.join(columns)}")
        return [known.index(name) for name in columns], []
    left = [j for j in range(len(known)) if j not in _labels(table)]
    notes, beside = [], ""
    if len(left) in (2, 3) and left[0] == 0 and _is_index(table, len(left)):
        del left[0]
        name = f" {table.names[0]}" if table.names and table.names[0] else ""
        notes.append(f"the first column{name} is left out: it numbers or names the rows")
        beside = " beside an index"
    if len(left) != 2:
        many = f"{counted(len(left))}{beside}: {', '.join(known[j] for j in left)}"
        if len(left) < 2:
            raise ValueError(many)
        pair = [known[j] for j in left if not _is_text(table.columns[j])][-2:]
        pair = pair if len(pair) == 2 else [known[j] for j in left[-2:]]
        raise ValueError(
            f"{many}; pick two, --columns {','.join(pair)}, or in a configuration"
            f" columns: [{', '.join(pair)}]"
        )
    return left, notes


def _labels(table: Table) -> list[int]:
    """Indices of the columns named `label`."""
    return [j for j, name in enumerate(table.names) if name.lower() == LABEL]


def _is_index(table: Table, n_columns: int) -> bool:
    """Whether the first column numbers the rows: 0, 1, 2, ... or 1, 2, 3, ..., or has no name."""
    first = table.columns[0]
    has_name = bool(table.names) and table.names[0].lower() not in ROW_NAMES
    if table.names and not has_name:
        return True
    if n_columns == 2 or len(first) < 2 or _is_text(first):
        return False
    values = [number(str(x)) for x in first]
    return values in ([*range(len(values))], [*range(1, len(values) + 1)])


def _is_text(column: Column) -> bool:
    """Whether most entries of a column are words; a few among numbers are mistakes."""
    if isinstance(column, np.ndarray):
        return column.dtype.kind not in "fiu"
    return 2 * sum(number(str(x)) is None for x in column) > len(column)


def _numbers(table: Table, j: int) -> np.ndarray:
    """Column j as float64; raises if an entry is not a number, or is too large."""
    column = table.columns[j]
    if isinstance(column, np.ndarray):
        if column.dtype.kind not in "fiu" or column.ndim != 1:
            raise ValueError(f"{column.dtype} in column {table.named(j)}")
        with np.errstate(all="ignore"):
            values = column.astype(np.float64)
    elif (plain := _plain(column)) is not None:
        values = plain
    else:
        values = np.array([_value(table, j, i, str(x)) for i, x in enumerate(column)])
    usable = np.abs(values) < LARGEST  # False for NaN
    if not usable.all():
        i = int(np.argmin(usable))
        raise FileError(
            f"expected finite numbers below {LARGEST:g}; got {column[i]} in {_where(table, j, i)}"
        )
    return values


def _plain(column: Sequence[object]) -> np.ndarray | None:
    """A column parsed by Python's `float`, which is fast; None unless all are finite numbers."""
    try:
        values = np.array([*map(float, column)])  # type: ignore[arg-type]
    except ValueError:
        return None
    return values if np.isfinite(values).all() and "_" not in "".join(map(str, column)) else None


def _value(table: Table, j: int, i: int, cell: str) -> float:
    if is_missing(cell):
        shown = re.sub("^$", "an empty cell", cell)
        raise FileError(
            f"expected a number; got {shown} in {_where(table, j, i)}; delete or fill such lines"
        )
    value = number(cell)
    if value is None:
        shown = cell if len(cell) <= 30 else f"{cell[:27]}..."
        raise ValueError(f"{shown!a} in {_where(table, j, i)}")
    return value


def _where(table: Table, j: int, i: int) -> str:
    return f"{table.unit} {table.places[i]}, column {table.named(j)}"
