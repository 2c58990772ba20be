"""All reads and writes of a study's files: atomic writes, checked reads, no pickle.

Files that a job writes carry the digest of its spec and a checksum of their content: a CRC within
NPZ files, SHA-256 in the metadata of weights, in the last line of texts and of SVG figures, and,
for tables, in a file beside them that sha256sum reads.
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

from gen2d.storage.errors import FileError

NAMES = ("dataset", "model", "other", "series", "group", "metric", "status", "note")
"""Columns read as text, even if a name looks like a number or a truth value: inf, true."""


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` and renames it to `path` if the body succeeds.

    Raises `FileError` in a job whose run was killed, since another run may be under way: GEN2D_RUN
    is the process that started the job.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    for left in path.parent.glob(f"{prefix}*/"):  # left by a job that was killed
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


def read_all_arrays(path: str | Path, *, spec: str = "") -> dict[str, np.ndarray]:
    """Every array of an NPZ file by its name.

    Raises `FileError` if it is damaged, or was made by another spec than `spec`, if given.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
            made_by = str(arrays.pop("spec"))
    except FileNotFoundError:
        raise
    except Exception as error:
        raise FileError.of(path, "an NPZ file of arrays", error) from error
    _check_spec(path, made_by, spec)
    return arrays


def read_arrays(path: str | Path, *names: str, spec: str = "") -> tuple[np.ndarray, ...]:
    """The named arrays of an NPZ file; raises as `read_all_arrays`, and if one is missing."""
    arrays = read_all_arrays(path, spec=spec)
    if missing := set(names) - set(arrays):
        raise FileError.of(path, f"arrays {', '.join(names)}", f"none named {missing.pop()}")
    return tuple(arrays[name] for name in names)


def check_array(
    path: str | Path, name: str, array: np.ndarray, shape: tuple[int | None, ...]
) -> None:
    """Raises `FileError` unless an array is finite, float64 and of this shape (None: any size)."""
    fits = len(array.shape) == len(shape) and all(
        n in (None, m) for n, m in zip(shape, array.shape, strict=True)
    )
    shown = str(list(shape)).replace("None", "any")
    if not fits or array.dtype != np.float64:
        got = f"{array.dtype} {list(array.shape)}"
        raise FileError.of(path, f"{name} of float64 {shown}", got)
    if not np.isfinite(array).all():
        raise FileError.of(path, f"{name} of finite numbers", "others")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Writes a file as it is."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_text(path: str | Path, text: str, *, spec: str = "") -> None:
    """Writes text and a last line, a YAML comment, with its checksum and its spec's digest."""
    write_bytes(path, (text + _seal(text, spec)).encode())


def _seal(text: str, spec: str) -> str:
    return f"# spec {spec} sha256 {_sha256(text + spec)}\n"


def read_text(path: str | Path, *, spec: str = "") -> str:
    """The text that `write_text` wrote, without its last line; raises as `read_all_arrays`."""
    text, mark, seal = Path(path).read_bytes().decode("utf-8", "replace").rpartition("# spec ")
    made_by = seal.partition(" ")[0]
    if mark + seal != _seal(text, made_by):
        raise FileError.of(path, "a whole text", "another checksum than in its last line")
    _check_spec(path, made_by, spec)
    return text


def write_table(path: str | Path, table: Any, *, spec: str = "") -> None:
    """Writes columns by name, or a pandas table, as CSV, with its checksum and spec beside it.

    Numbers have full precision; missing ones (None, NaN) are empty fields. Does without pandas,
    since importing it takes longer than the work of some stages.
    """
    columns = [["" if x is None or x != x else x for x in table[name]] for name in table]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*columns, strict=True))
    text = stream.getvalue()
    write_bytes(f"{path}.sha256", _note(path, text, spec).encode())
    write_bytes(path, text.encode())


def _note(path: str | Path, text: str, spec: str) -> str:
    """Text of the file beside a table, as sha256sum reads it; line 2 covers the spec too."""
    seal = _sha256(text + spec)
    return f"# spec {spec}\n# seal {seal}\n{_sha256(text)}  {Path(path).name}\n"


def read_table(path: str | Path, *, spec: str = "") -> Any:
    """The pandas table of a CSV file that `write_table` wrote.

    Raises `FileError` if it is damaged, or was made by another spec than `spec`, if given.
    """
    import pandas as pd  # here, since most stages read no table

    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
        note = Path(f"{path}.sha256").read_text(encoding="utf-8")
        made_by = note.partition("\n")[0].removeprefix("# spec ")
        if note != _note(path, text, made_by):
            raise ValueError(f"another checksum than in {path}.sha256")
        names = dict.fromkeys(NAMES, str)
        table = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""], dtype=names)
    except (OSError, ValueError) as error:  # errors of pandas and of decoding are ValueErrors
        raise FileError.of(path, "a whole table", error) from error
    _check_spec(path, made_by, spec)
    return table


def job_seconds(paths: Iterable[str | Path]) -> float:
    """Wall-clock seconds of jobs, from the benchmark files of Snakemake.

    A job computes on one core, so that this bounds its CPU time. Snakemake's own `cpu_time` is from
    its last poll of the job, up to 30 s before the end.
    """
    seconds = 0.0
    for path in paths:
        with open(path, newline="", encoding="utf-8") as stream:
            try:
                seconds += float(next(csv.DictReader(stream, delimiter="\t"))["s"])
            except (KeyError, StopIteration, TypeError, ValueError) as error:
                raise FileError.of(path, "a benchmark, with seconds s", repr(error)) from error
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

    The JSON holds the metadata, the digest of the spec, and a checksum of everything.
    """
    from safetensors.torch import save_file  # here, since it imports torch

    tensors = {name: tensor.cpu() for name, tensor in tensors.items()}
    marks = {"metadata": metadata, "spec": spec}
    marked = {**marks, "sha256": _checksum(tensors, marks)}
    with atomic(path) as temporary:
        save_file(tensors, temporary, {"gen2d": json.dumps(marked, sort_keys=True)})


def _read_marks(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON that `write_weights` wrote under the key gen2d, and the tensors."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as archive:
        marks = json.loads((archive.metadata() or {})["gen2d"])
        return marks, {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118


def read_weights(path: str | Path, *, spec: str = "") -> tuple[dict[str, Any], Any]:
    """The tensors and the metadata that `write_weights` wrote.

    Raises `FileError` if they are damaged, or were made by another spec than `spec`, if given.
    """
    from safetensors import SafetensorError

    try:
        marks, tensors = _read_marks(path)
        if marks.pop("sha256") != _checksum(tensors, marks):
            raise ValueError("another checksum than its metadata's")
    except (SafetensorError, ValueError, KeyError, AttributeError) as error:
        raise FileError.of(path, "the weights of a model", error) from error
    _check_spec(path, marks["spec"], spec)
    return tensors, marks["metadata"]


def write_figure(figure: Any, svg: str | Path, png: str | Path) -> None:
    """Writes a matplotlib figure as SVG and PNG, without time stamps: equal figures, equal bytes.

    The SVG ends in a comment with its checksum.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    write_bytes(svg, (stream.getvalue() + _comment(stream.getvalue())).encode())
    figure.set_layout_engine("none")  # it is laid out, which takes as long as to draw it
    with atomic(png) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def _comment(text: str) -> str:
    return f"<!-- sha256 {_sha256(text)} -->\n"


def check_figure(path: str | Path) -> None:
    """Raises `FileError` unless an SVG file is as `write_figure` wrote it."""
    text, mark, seal = Path(path).read_bytes().decode("utf-8", "replace").rpartition("<!-- sha256 ")
    if mark + seal != _comment(text):
        raise FileError.of(path, "a whole figure", "another checksum than in its last line")
