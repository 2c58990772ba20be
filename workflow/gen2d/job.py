"""A job of a study: its knobs, the files that it reads, and the files that it writes."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NoReturn, TypedDict, TypeVar, cast

import msgspec

from gen2d.plan.code import Planned
from gen2d.plan.knobs import JobKnobs
from gen2d.plan.stage import Cell, Stage
from gen2d.plan.stages import STAGES
from gen2d.storage import files
from gen2d.storage.digests import digest
from gen2d.storage.errors import FileError, JobError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure
    from torch import Tensor

K_co = TypeVar("K_co", bound=JobKnobs, covariant=True)


Progress = Callable[[int, int], object]
"""Callback after each step of a job: (steps done, number of steps)."""


class Metadata(TypedDict, total=False):
    """Metadata of a weights file; each stage that writes one has its own entries."""

    diverged_at: dict[str, int]
    """Step at which training diverged, for each seed that diverged."""
    steps: list[int]
    """Optimiser steps at which the snapshots are taken."""


class _Content(TypedDict):
    """The content of a spec."""

    stage: str
    cell: dict[str, str]
    digest: str
    knobs: dict[str, object]
    code: str
    inputs: dict[str, list[tuple[dict[str, str], str]]]


class Job(Generic[K_co]):
    """The argument of a stage's `run`; the only code that opens a study's files.

    Files are read by the input's name in the stage table. They must be undamaged, and made by the
    spec that the job was planned with. Files that the job writes carry its own digest.

    Args:
        spec: the job's spec, canonical JSON; see `gen2d.plan.spec`.
        results: folder of the study's files.
        planned: the code that the job was planned with; None where the caller is the planner.
        progress: called after each step.

    Raises:
        JobError: the spec is damaged, or the code was edited since the job was planned.
    """

    knobs: K_co

    def __init__(
        self,
        spec: str,
        results: Path,
        planned: Planned | None = None,
        progress: Progress = lambda step, n_steps: None,
    ):
        content = _content(spec)
        self.stage = STAGES[content["stage"]]
        self.cell: Cell = content["cell"]
        self.digest: str = content["digest"]
        self.results = results
        self.progress = progress
        self._inputs = {
            name: {tuple(cell.values()): made_by for cell, made_by in read}
            for name, read in content["inputs"].items()
        }
        self._planned, self._code = planned, content["code"]
        self.check_code()
        # The stage annotates its job with the class of knobs that the table has.
        self.knobs = cast(K_co, msgspec.convert(content["knobs"], self.stage.knobs))

    def run(self) -> None:
        """Runs the stage's code; raises `JobError` if it was edited since the job was planned."""
        code, *_ = [import_module(name) for name in self.stage.modules]
        self.check_code()  # again, since it is imported only now
        code.run(self)

    # --- reading ----------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Whether the job has this input: a model that is not trained has no weights."""
        return name in self._inputs

    def cells(self, name: str, **fixed: str) -> list[Cell]:
        """The cells of an input's files, in the study's order; only cells with `fixed` values."""
        wildcards = sorted(self._upstream(name).per)
        cells = [dict(zip(wildcards, key, strict=True)) for key in self._inputs.get(name, {})]
        return [cell for cell in cells if fixed.items() <= cell.items()]

    def _upstream(self, name: str) -> Stage:
        return STAGES[self.stage.reads[name].partition(".")[0]]

    def arrays(self, name: str, *keys: str, **cell: str) -> "tuple[np.ndarray, ...]":
        """The named arrays of an NPZ file."""
        with self._reading(name, "", cell) as (path, made_by):
            return files.read_arrays(path, *keys, spec=made_by)

    def points(
        self, name: str, shapes: Mapping[str, tuple[int | None, ...]], **cell: str
    ) -> "tuple[np.ndarray, ...]":
        """The named arrays of an NPZ file, checked: finite, in these shapes (None: any size)."""
        with self._reading(name, "", cell) as (path, made_by):
            arrays = files.read_arrays(path, *shapes, spec=made_by)
            for (key, shape), array in zip(shapes.items(), arrays, strict=True):
                files.check_array(path, key, array, shape)
            return arrays

    def all_arrays(self, name: str, **cell: str) -> "dict[str, np.ndarray]":
        """Every array of an NPZ file, by its name."""
        with self._reading(name, "", cell) as (path, made_by):
            return files.read_all_arrays(path, spec=made_by)

    def weights(self, name: str, **cell: str) -> "tuple[dict[str, Tensor], Metadata]":
        """The parameters of a model, and the metadata beside them."""
        with self._reading(name, "", cell) as (path, made_by):
            return files.read_weights(path, spec=made_by)

    def table(self, name: str, **cell: str) -> "pd.DataFrame":
        """The table of a CSV file."""
        with self._reading(name, "table", cell) as (path, made_by):
            return files.read_table(path, spec=made_by)

    def tables(self, name: str, **fixed: str) -> "list[tuple[Cell, pd.DataFrame]]":
        """The tables of `cells`, each with its cell."""
        return [(cell, self.table(name, **cell)) for cell in self.cells(name, **fixed)]

    def text(self, name: str) -> str:
        """The text of a file, without its last line, the checksum."""
        with self._reading(name, "", {}) as (path, made_by):
            return files.read_text(path, spec=made_by)

    def figure(self, name: str, **cell: str) -> str:
        """Path of a figure's SVG below the results' folder; raises `FileError` if damaged."""
        with self._reading(name, "svg", cell) as (path, _):
            files.check_figure(path)
        return str(path.relative_to(self.results))

    def seconds(self, stage: str, **cell: str) -> float:
        """Wall-clock seconds of one job: of a stage in `times`, for this cell."""
        log = STAGES[stage].log_path.format_map(cell)
        with _made_by(STAGES[stage]):
            return files.job_seconds([self.results / f"benchmarks/{log}.tsv"])

    def refuse(self, name: str, expected: str, got: object) -> NoReturn:
        """Raises `FileError` for an input's file that is undamaged, but has the wrong content."""
        with self._reading(name, "", {}) as (path, _):
            raise FileError.of(path, expected, got)

    @contextmanager
    def _reading(
        self, name: str, output: str, cell: Mapping[str, str]
    ) -> Iterator[tuple[Path, str]]:
        """The path of an input's file, and the digest of the spec that must have made it.

        A `FileError` raised within gets the name of the rule that makes the file.

        Args:
            output: the output to read, where the input is all files of a stage.
            cell: may be left out where the input is one file.
        """
        upstream = self._upstream(name)
        if len(cell) < len(upstream.per):
            (cell,) = self.cells(name, **cell)
        made_by = self._inputs[name][tuple(cell[wildcard] for wildcard in sorted(upstream.per))]
        path = upstream.writes[self.stage.reads[name].partition(".")[2] or output]
        with _made_by(upstream):
            yield self.results / path.format_map(cell), made_by

    # --- writing ----------------------------------------------------------------------------------

    def write_arrays(self, name: str, **arrays: "np.ndarray") -> None:
        """Writes named arrays as an NPZ file."""
        files.write_arrays(self._written(name), spec=self.digest, **arrays)

    def write_weights(self, name: str, tensors: "Mapping[str, Tensor]", metadata: Metadata) -> None:
        """Writes parameters, and the metadata beside them."""
        files.write_weights(self._written(name), tensors, metadata, spec=self.digest)

    def write_table(
        self, name: str, table: "pd.DataFrame | Mapping[str, Iterable[object]]"
    ) -> None:
        """Writes columns by name as CSV, and the checksum beside it."""
        files.write_table(self._written(name), table, spec=self.digest)

    def write_figure(self, figure: "Figure") -> None:
        """Writes a figure as vector and as raster."""
        import matplotlib.pyplot as plt  # here, since few jobs draw

        files.write_figure(figure, self._written("svg"), self._written("png"))
        plt.close(figure)  # one process may draw all figures of a study

    def write_page(self, name: str, page: bytes) -> None:
        """Writes a page for people, which no job reads."""
        files.write_bytes(self._written(name), page)

    def write_text(self, name: str, text: str) -> None:
        """Writes text with a checksum in its last line, which begins with #."""
        files.write_text(self._written(name), text, spec=self.digest)

    def _written(self, name: str) -> Path:
        self.check_code()
        return self.results / self.stage.writes[name].format_map(self.cell)

    def check_code(self) -> None:
        """Raises `JobError` if the code is not what the job was planned with."""
        if self._planned and (path := self._planned.edited(self._code)):
            raise JobError(
                f"{path}: expected the code that this run was planned with; got an edit since;"
                " start the run again, and it goes on with the code as it is then"
            )


@contextmanager
def _made_by(stage: Stage) -> Iterator[None]:
    """Adds to a `FileError` raised within the name of the rule that makes the file."""
    try:
        yield
    except FileError as error:
        raise FileError(f"{error} (rule {stage.rule})") from error


def _content(spec: str) -> _Content:
    """The content of a spec; raises `JobError` if its digest does not match."""
    try:
        content: _Content = json.loads(spec)
        is_whole = content["digest"] == digest(content)
    except (ValueError, KeyError, TypeError) as error:
        raise JobError(f"spec: expected canonical JSON with its digest; got {error}") from None
    if not is_whole:
        raise JobError("spec: expected one with the digest that it names; got another")
    return content
