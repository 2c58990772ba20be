"""Every read and write of a file: written whole or not at all, read with a check, never pickled.

What one stage writes for another carries the digest of the spec that it was made by, and a checksum
of its content: a CRC within NPZ files, SHA-256 in the metadata of weights and in the last line of
tables. The tables for people, which lie in the results' folder itself, have no such line.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np


class FileError(ValueError):
    """A file is not what its reader expects; names the file, the expectation and the finding."""

    @classmethod
    def of(cls, path: str | Path, expected: str, got: Any) -> "FileError":
        """For a file that the workflow made and can make again."""
        got = " ".join(str(got).split())
        return cls(
            f"{path}: expected {expected}; got {got}; delete it, and the next run remakes it"
        )


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` and renames it to `path` if the body succeeds.

    Raises `FileError` in a job whose run was killed, since another run may be under way: GEN2D_RUN
    is the process that started the job.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    for left in path.parent.glob(f"{prefix}*/"):  # by a job that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
        temporary = Path(folder, path.name)
        yield temporary
        run = os.environ.get("GEN2D_RUN")
        if run and int(run) != os.getppid():
            raise FileError(f"{path}: not written, since the run that asked for it was killed")
        os.replace(temporary, path)


def _check_spec(path: str | Path, made_by: str, expected: str) -> None:
    if expected and made_by != expected:
        wanted = f"a file of the configuration at hand, spec {expected[:8]}"
        raise FileError.of(path, wanted, f"one of spec {made_by[:8] or 'unknown'}")


def write_arrays(path: str | Path, *, spec: str = "", **arrays: Any) -> None:
    """Writes named arrays as an uncompressed NPZ file, with the digest of their spec."""
    with atomic(path) as temporary:
        np.savez(temporary, allow_pickle=False, spec=spec, **arrays)


def read_arrays(path: str | Path, *names: str, spec: str = "") -> tuple[np.ndarray, ...]:
    """The named arrays of an NPZ file.

    Raises `FileError` if it is damaged, lacks one, or was made by another spec than the one asked
    for.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            made_by = str(archive["spec"]) if spec else ""
            arrays = tuple(archive[name] for name in names)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise FileError.of(path, f"an NPZ file with {', '.join(names)}", error) from error
    _check_spec(path, made_by, spec)
    return arrays


def check_array(
    path: str | Path, name: str, array: np.ndarray, shape: tuple[int | None, ...]
) -> None:
    """Raises `FileError` unless an array of a file is of finite floats in a shape, None for any."""
    fits = len(array.shape) == len(shape) and all(
        n in (None, m) for n, m in zip(shape, array.shape, strict=True)
    )
    shown = str(list(shape)).replace("None", "any")
    if not fits or array.dtype != np.float64:
        got = f"{array.dtype} {list(array.shape)}"
        raise FileError.of(path, f"{name} of float64 {shown}", got)
    if not np.isfinite(array).all():
        raise FileError.of(path, f"{name} of finite numbers", "others")


def read_points(path: str | Path) -> tuple[np.ndarray, str]:
    """The points [N, 2] of a CSV or NPY file, float64, and the SHA-256 digest of the file.

    The first line of a CSV file may name the columns. Raises `FileError` for anything but two
    columns of finite numbers.
    """
    content, expected = Path(path).read_bytes(), f"{path}: expected two columns of numbers"
    try:
        if Path(path).suffix == ".npy":
            # Mapped, so that a header that claims more than the file holds is found out at once.
            points = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            lines = content.decode("utf-8-sig").splitlines() or [""]
            try:
                [float(cell) for cell in lines[0].split(",")]
            except ValueError:
                del lines[0]  # the names of the columns
            if not lines:
                raise ValueError("no rows")
            points = np.loadtxt(lines, delimiter=",", ndmin=2)
    except (ValueError, EOFError, OverflowError) as error:
        raise FileError(f"{expected}; got {' '.join(str(error).split())}") from None
    if points.dtype.kind not in "fiu" or points.ndim != 2 or points.shape[1] != 2:
        raise FileError(f"{expected}; got {points.dtype} of shape {points.shape}")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise FileError(f"{path}: expected finite numbers; got {points[row]} in row {row + 1}")
    return points.astype(np.float64), hashlib.sha256(content).hexdigest()


def write_text(path: str | Path, text: str) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_table(path: str | Path, table: Any, *, sealed: bool = False) -> None:
    """Writes columns by name, or a pandas table, as CSV.

    Numbers are in full precision, missing ones (None, NaN) are empty fields. Not by pandas, whose
    import costs some stages more than their work. A table that is sealed ends in a line with its
    checksum.
    """
    columns = [["" if x is None or x != x else x for x in table[name]] for name in table]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*columns, strict=True))
    text = stream.getvalue()
    write_text(path, text + _seal(text) if sealed else text)


def _seal(text: str) -> str:
    return f"# sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"


def read_table(path: str | Path, *, sealed: bool = False) -> Any:
    """The pandas table of a CSV file.

    Raises `FileError` if it is damaged, or should be sealed and is not.
    """
    import pandas as pd  # here, since most stages read no table

    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
        if sealed:
            text, mark, seal = text.rpartition("# sha256 ")
            if mark + seal != _seal(text):
                raise ValueError("another checksum than its last line's")
        elif not text.endswith("\n"):
            raise ValueError("half a line at its end")
        return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
    except ValueError as error:  # those of pandas and of decoding are ValueErrors
        raise FileError.of(path, "a whole table", error) from error


def job_seconds(paths: Iterable[str | Path]) -> float:
    """Wall-clock seconds of jobs, from the benchmark files of Snakemake.

    A job computes on one core, so that this bounds its CPU time; Snakemake's own `cpu_time` is that
    of its last look at the job, up to 30 s before the end.
    """
    seconds = 0.0
    for path in paths:
        with open(path, newline="", encoding="utf-8") as stream:
            seconds += sum(float(row["s"]) for row in csv.DictReader(stream, delimiter="\t"))
    return seconds


def _checksum(tensors: Mapping[str, Any], marks: Mapping[str, Any]) -> str:
    checksum = hashlib.sha256(json.dumps(marks, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        checksum.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        checksum.update(tensor.numpy().tobytes())
    return checksum.hexdigest()


def write_weights(
    path: str | Path, tensors: Mapping[str, Any], metadata: Any, *, spec: str = ""
) -> None:
    """Writes torch tensors as safetensors, with JSON under the key gen2d.

    It holds the metadata, the digest of their spec and a checksum of all.
    """
    from safetensors.torch import save_file  # here, since it imports torch

    marks = {"metadata": metadata, "spec": spec}
    marked = {**marks, "sha256": _checksum(tensors, marks)}
    with atomic(path) as temporary:
        save_file(dict(tensors), temporary, {"gen2d": json.dumps(marked, sort_keys=True)})


def read_weights(path: str | Path, *, spec: str = "") -> tuple[dict[str, Any], Any]:
    """The tensors and the metadata that `write_weights` wrote.

    Raises `FileError` if they are damaged or of another spec than the one asked for.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as archive:
            marks = json.loads((archive.metadata() or {})["gen2d"])
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
        if marks.pop("sha256") != _checksum(tensors, marks):
            raise ValueError("another checksum than its metadata's")
    except (SafetensorError, ValueError, KeyError, AttributeError) as error:
        raise FileError.of(path, "the weights of a model", error) from error
    _check_spec(path, marks["spec"], spec)
    return tensors, marks["metadata"]


def write_figure(figure: Any, svg: str | Path, png: str | Path) -> None:
    """Writes a matplotlib figure as SVG and PNG, with no time stamp: equal figures, equal bytes."""
    with atomic(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
    with atomic(png) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})
