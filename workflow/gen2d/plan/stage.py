"""The declaration of a stage, and the cells whose files its jobs read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import PurePath
from typing import TYPE_CHECKING

from gen2d.plan.knobs import JobKnobs

if TYPE_CHECKING:
    from gen2d.plan.catalogue import Catalogue

Cell = Mapping[str, str]
"""The values of a job's wildcards, such as {"dataset": "spiral", "seeds": "seeds0-9"}."""
WILDCARDS = {
    "dataset": "[a-z][a-z0-9_]*",
    "model": "[a-z][a-z0-9_]*",
    "seeds": r"seeds\d+-\d+",
    "metric": "[a-z0-9_]+",
    "sweep": "[a-z][a-z0-9_]*",
    "ladder": "[a-z][a-z0-9_]*",
}
"""Regular expressions for the values of wildcards."""
GLIBC_TUNABLES = (
    "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456"
    ":glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"
)
"""glibc's settings in every job. A process keeps its large buffers, since fresh ones cost page
faults: half the time of small networks. No freed scraps stay in caches for small buffers: the heap
would grow with every step."""
CHECKSUM = "_checksum"
"""Suffix that turns the name of a table's output into that of its checksum's output."""


@dataclass(frozen=True)
class Shown:
    """How Snakemake's report lists the files of a stage."""

    category: str
    labels: Mapping[str, Mapping[str, str]]
    """{output: its labels}; labels may contain wildcards."""


@dataclass(frozen=True)
class Stage:
    """A kind of job: its module runs it, and everything else about it is declared here."""

    name: str
    rule: str
    message: str
    """Line that Snakemake prints when a job starts; may contain wildcards, as may `caption`."""
    writes: Mapping[str, str]
    """{output: its path below the results' folder, with wildcards}."""
    knobs: type[JobKnobs]
    """The part of the configuration that a job gets."""
    figure: str = ""
    """Module of `gen2d.figures` that draws it; empty if it is not a figure."""
    libraries: tuple[str, ...] = ()
    """Libraries whose versions its results depend on."""
    assets: tuple[str, ...] = ()
    """Patterns of other files in the package that it reads, such as sources of pages."""
    reads: Mapping[str, str] = field(default_factory=dict)
    """{input: its stage and output, train.weights; or the stage alone, for all outputs}."""
    times: tuple[str, ...] = ()
    """Stages whose jobs' seconds it reads."""
    per: tuple[str, ...] = ()
    """Wildcards: one job per combination of their values."""
    models: "Callable[[Catalogue], Sequence[str]]" = lambda catalogue: catalogue.models
    """Models that have jobs of this stage, where `per` has "model"."""
    of_sweeps: bool = False
    """Whether it also has jobs for the models and data sets that sweeps and ladders make."""
    of_training: bool = False
    """Whether models that differ only in `sampling` share its jobs."""
    first_block: bool = False
    """Whether it reads only the first block of seeds."""
    reads_cells: "Callable[[Catalogue, Cell, Stage], list[Cell]] | None" = None
    """Returns the cells of another stage that it reads, if they do not follow from its own."""
    memory: int = 500
    """MB."""
    minutes: int = 10
    retried_with_more: bool = False
    """Whether a second attempt gets more memory and time."""
    priority: int = 0
    group: str | None = None
    """Short jobs of one group share one job on a cluster."""
    local: bool = False
    """Whether it runs where Snakemake runs, even with a cluster."""
    target: str = ""
    """The named target that makes its files."""
    log: str = ""
    """Path of its log below the logs' folder, without suffix; by default its first output's."""
    caption: str = ""
    shown: Shown | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that its jobs start from; the first runs them."""
        if self.figure:
            return "gen2d.stages.figure", f"gen2d.figures.{self.figure}"
        return (f"gen2d.stages.{self.name}",)

    @property
    def outputs(self) -> dict[str, str]:
        """`writes`, and the checksum beside each table."""
        tables = {n: path for n, path in self.writes.items() if path.endswith(".csv")}
        return {
            **self.writes,
            **{f"{name}{CHECKSUM}": f"{path}.sha256" for name, path in tables.items()},
        }

    def key(self, cell: Cell) -> tuple[str, ...]:
        """The name of a job: its stage and the values of its wildcards."""
        return (self.name, *(cell[wildcard] for wildcard in self.per))

    @property
    def log_path(self) -> str:
        first = next(iter(self.writes.values()))
        return self.log or str(PurePath(first).with_suffix(""))

    def outputs_read(self, read: str) -> list[str]:
        """The outputs that an entry of `reads` names, and the checksums of tables among them."""
        output = read.partition(".")[2]
        if not output:
            return list(self.outputs)
        return [name for name in (output, f"{output}{CHECKSUM}") if name in self.outputs]

    def cells(self, catalogue: "Catalogue") -> list[Cell]:
        """The cells of its jobs, without cells that sweeps and ladders make."""
        return self._product(catalogue, {})

    def cells_read(self, upstream: "Stage", catalogue: "Catalogue", cell: Cell) -> list[Cell]:
        """The cells of `upstream` whose files this stage's job of `cell` reads, in order."""
        if self.reads_cells:
            given = self.reads_cells(catalogue, cell, upstream)
        else:
            given = [{**cell, "seeds": catalogue.blocks[0]} if self.first_block else cell]
        return [one for each in given for one in upstream._product(catalogue, each)]

    def _product(self, catalogue: "Catalogue", given: Cell) -> list[Cell]:
        """All combinations of the wildcards' values that agree with the given values."""
        ranges = []
        for wildcard in self.per:
            value = given.get(wildcard)
            known = self.models(catalogue) if wildcard == "model" else catalogue.values(wildcard)
            if value is None:
                ranges.append(known)
            elif wildcard == "dataset" and not self.of_sweeps:
                ranges.append([catalogue.origin(value)])
            elif wildcard == "model" and value not in known:
                is_swept = self.of_sweeps and catalogue.study.is_swept(value)
                name = catalogue.study.trained_as(value) if self.of_training else value
                ranges.append([name] if is_swept else [])
            else:
                ranges.append([value])
        return [dict(zip(self.per, values, strict=True)) for values in product(*ranges)]
