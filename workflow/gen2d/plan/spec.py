"""The spec of each job, and its digest: equal work has equal specs.

A *spec* is canonical JSON. It holds the knobs that the job's stage reads for its cell, the versions
of the libraries that its results depend on, a digest of its code and, for every file that it reads,
the digest of the spec that makes the file. Snakemake reruns a job when its spec changes, so that
the spec decides what an edit reruns, and time stamps do not.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gen2d.config import ConfigError, Study
from gen2d.metrics.catalogue import PACKAGES
from gen2d.plan import code
from gen2d.plan.catalogue import Catalogue
from gen2d.plan.stage import Cell, Stage
from gen2d.storage.digests import canonical, digest


class Plan:
    """The jobs of a study.

    Args:
        stages: the stage table, by name.
        study: the configuration.
    """

    def __init__(self, stages: Mapping[str, Stage], study: Study):
        self.stages, self.catalogue = stages, Catalogue(study)
        self._made: dict[tuple[str, ...], tuple[str, str]] = {}  # spec and digest of each job

    def check_cell(self, stage: Stage, cell: Cell) -> None:
        """Raises `ConfigError` if the study has no such cell, as for a misspelt target."""
        for wildcard in stage.per:
            value = cell[wildcard]
            known = list(
                stage.models(self.catalogue)
                if wildcard == "model"
                else self.catalogue.values(wildcard)
            )
            if value in known or (stage.of_sweeps and self.catalogue.study.is_swept(value)):
                continue
            if wildcard == "seeds" and value in self.catalogue.every_block:
                continue
            path = next(iter(stage.writes.values())).format_map(cell)
            results = self.catalogue.study.pathvars.results
            raise ConfigError(
                f"{results}/{path}: {wildcard}: expected one of {', '.join(known)}; got {value}"
            )

    def inputs(self, stage: Stage, cell: Cell) -> dict[str, tuple[Stage, list[str], list[Cell]]]:
        """The inputs of a job by name: the stage that makes each, its outputs, and their cells.

        Inputs without cells are left out, such as the weights of a model that is not trained.
        """
        found = {}
        for name, read in stage.reads.items():
            upstream = self.stages[read.partition(".")[0]]
            if cells := stage.cells_read(upstream, self.catalogue, cell):
                found[name] = upstream, upstream.outputs_read(read), cells
        return found

    def jobs(self, stages: Iterable[Stage]) -> list[tuple[Stage, Cell]]:
        """The jobs of stages and all jobs that they depend on, each after its dependencies."""
        found: dict[tuple[str, ...], tuple[Stage, Cell]] = {}

        def add(stage: Stage, cell: Cell) -> None:
            if stage.key(cell) in found:
                return
            timed = [self.stages[name] for name in stage.times]
            read = [(upstream, cells) for upstream, _, cells in self.inputs(stage, cell).values()]
            read += [(upstream, upstream.cells(self.catalogue)) for upstream in timed]
            for upstream, cells in read:
                for one in cells:
                    add(upstream, one)
            found[stage.key(cell)] = stage, cell

        for stage in stages:
            for cell in stage.cells(self.catalogue):
                add(stage, cell)
        return list(found.values())

    def spec(self, stage: Stage, cell: Cell) -> str:
        """The spec of a job, as canonical JSON."""
        return self._make(stage, cell)[0]

    def digest(self, stage: Stage, cell: Cell) -> str:
        """The digest of the spec of a job."""
        return self._make(stage, cell)[1]

    def planned(self, stage: Stage, cell: Cell) -> code.Planned:
        """The code of a job as it is now."""
        return _planned(stage, stage.knobs.of(self.catalogue, cell))

    def _make(self, stage: Stage, cell: Cell) -> tuple[str, str]:
        key = stage.key(cell)
        if key not in self._made:
            content = self._content(stage, cell)
            made_by = digest(content)
            self._made[key] = canonical({**content, "digest": made_by}), made_by
        return self._made[key]

    def _content(self, stage: Stage, cell: Cell) -> dict[str, Any]:
        knobs = stage.knobs.of(self.catalogue, cell)
        more = [PACKAGES[one] for one in knobs.implementations() if one in PACKAGES]
        libraries = {name: code.version(name) for name in (*stage.libraries, *more)}
        for plugin in knobs.plugins():
            libraries |= code.imported_versions(plugin)
        return {
            "stage": stage.name,
            "cell": {wildcard: cell[wildcard] for wildcard in stage.per},
            "knobs": msgspec.to_builtins(knobs),
            "libraries": libraries,
            "code": _planned(stage, knobs).digest,
            "inputs": {
                name: [[each, self.digest(upstream, each)] for each in cells]
                for name, (upstream, _, cells) in self.inputs(stage, cell).items()
            },
        }


def _planned(stage: Stage, knobs: Any) -> code.Planned:
    used = [implementation.rpartition(":")[0] for implementation in knobs.implementations()]
    return code.Planned.of([*stage.modules, *dict.fromkeys(used)], stage.assets)
