"""Every read and write of a file: written whole or not at all, read with a check, never pickled."""

import contextlib
import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np


class FileError(ValueError):
    """A file is not what its reader expects; names the file, the expectation and the finding."""


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` and renames it to `path` if the body succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        temporary = Path(folder, path.name)
        yield temporary
        os.replace(temporary, path)


def write_arrays(path: str | Path, **arrays: Any) -> None:
    """Writes named arrays as an uncompressed NPZ file."""
    with atomic(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read_arrays(path: str | Path, *names: str) -> tuple[np.ndarray, ...]:
    """The named arrays of an NPZ file; raises `FileError` if it is damaged or lacks one."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return tuple(archive[name] for name in names)
    except FileNotFoundError:
        raise
    except Exception as error:
        expected = f"an NPZ file with {', '.join(names)}"
        raise FileError(f"{path}: expected {expected}; got {error}") from error


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


def write_table(path: str | Path, table: Any) -> None:
    """Writes columns by name, or a pandas table, as CSV.

    Numbers are in full precision, missing ones (None, NaN) are empty fields. Not by pandas, whose
    import costs some stages more than their work.
    """
    columns = [["" if x is None or x != x else x for x in table[name]] for name in table]
    with atomic(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*columns, strict=True))


def read_table(path: str | Path) -> Any:
    """The pandas table of a CSV file."""
    import pandas as pd  # here, since most stages read no table

    return pd.read_csv(path, keep_default_na=False, na_values=[""])


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


def write_weights(path: str | Path, tensors: Mapping[str, Any], metadata: Any) -> None:
    """Writes torch tensors as safetensors, with JSON metadata under the key gen2d."""
    from safetensors.torch import save_file  # here, since it imports torch

    with atomic(path) as temporary:
        save_file(dict(tensors), temporary, {"gen2d": json.dumps(metadata, sort_keys=True)})


def read_weights(path: str | Path) -> tuple[dict[str, Any], Any]:
    """The tensors and the metadata that `write_weights` wrote."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as archive:
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
            return tensors, json.loads(archive.metadata()["gen2d"])
    except (SafetensorError, TypeError, KeyError) as error:
        raise FileError(f"{path}: expected the weights of a model; got {error}") from error


def write_figure(figure: Any, svg: str | Path, png: str | Path) -> None:
    """Writes a matplotlib figure as SVG and PNG, with no time stamp: equal figures, equal bytes."""
    with atomic(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
    with atomic(png) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})
