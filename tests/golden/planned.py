"""The jobs that each configuration plans, as text to compare with the files beside this one.

    python tests/golden/planned.py    # rewrites them

Jobs of a rule that differ in the values of their wildcards alone are one group: first its cells,
then the files and the joined jobs of each. {dataset} is the job's own value, dataset=a,b each of
these, several ranges their full product. Files are relative to the results' folder and have no
order; `joins` is what each entry of the spec's inputs digests, in order.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]  # of this checkout, installed or not

from snakemake.utils import update_config  # noqa: E402

from conftest import Project  # noqa: E402
from gen2d import config, jobs  # noqa: E402

OVERLAYS = ("energy_models", "longer", "more_data", "more_datasets")
CONFIGURATIONS = ("config", *OVERLAYS)

Cell = tuple[tuple[str, str], ...]
"""Wildcards and their values, by name."""
Key = tuple[str, Cell]
"""A rule and a cell: one job."""


class Job(NamedTuple):
    """The files of a job, relative to the results' folder."""

    inputs: list[str]
    outputs: list[str]
    benchmark: list[str]


# --- what Snakemake plans -------------------------------------------------------------------------


def dry_run(project: Path, overlay: str | None, results: str) -> dict[Key, Job]:
    """The jobs of a project without results, whose Snakefile it edits."""
    snakefile = project / "Snakefile"
    # A job with a message does not list its files.
    no_messages = "\nfor planned_rule in workflow.rules:\n    planned_rule.message = None\n"
    if no_messages not in snakefile.read_text():
        snakefile.write_text(snakefile.read_text() + no_messages)
    command = [str(Path(sys.executable).with_name("snakemake")), "--dry-run"]
    command += ["--configfile", f"workflow/configs/{overlay}.yaml"] if overlay else []
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout)
    found = {}
    blocks = re.findall(r"^rule (\w+):\n((?: {4}\S.*\n)*)", done.stdout, flags=re.MULTILINE)
    for rule, block in blocks:
        items = dict(re.findall(r"^ {4}(\w+): (.*)$", block, flags=re.MULTILINE))
        wildcards = items["wildcards"].split(", ") if "wildcards" in items else []
        cell = tuple(sorted(tuple(one.split("=", 1)) for one in wildcards))
        files = [
            sorted({path.removeprefix(f"{results}/") for path in items[item].split(", ")})
            if item in items
            else []
            for item in ("input", "output", "benchmark")
        ]
        found[rule, cell] = Job(*files)
    return found


# --- what digests join ----------------------------------------------------------------------------

RULES = {
    "data": "draw_points",
    "reference": "draw_reference",
    "exact": "compute_exact",
    "fields": "compute_fields",
    "train": "train_model",
    "sample": "sample_model",
    "evaluate": "evaluate_samples",
    "likelihood": "measure_likelihood",
    "split": "split_error",
    "explore": "explore_model",
    "report": "typeset",
}
"""The rules of the stages that have another name."""


def chains(study: config.Study) -> dict[Key, dict[str, list[Key]]]:
    """The jobs that each entry of a job's inputs digests, of all jobs of a study just loaded."""
    spec, inputs, spec_digest, joined = jobs.spec, jobs._inputs, jobs._spec_digest, jobs.joined
    found: dict[Key, dict[str, list[Key]]] = {}
    visits: list[tuple[Key, list[list[Key]]]] = []  # the jobs on the way here, and what each joins

    def key(stage: str, cell: dict[str, str]) -> Key:
        if stage == "reference":  # data sets that differ in n_train have the same, and one job
            cell = {"dataset": study.origin(cell["dataset"])}
        return RULES.get(stage, stage), tuple(sorted(cell.items()))

    def visit(study, stage, **cell):
        visits.append((key(stage, cell), [[]]))
        text = spec(study, stage, **cell)
        visits.pop()
        return text

    def visit_inputs(study, stage, cell):
        named = inputs(study, stage, cell)
        visited, joins = visits[-1]
        found[visited] = dict(zip(named, joins[:-1], strict=True))
        return named

    def visit_digest(study, stage, **cell):
        visits[-1][1][-1].append(key(stage, cell))
        return spec_digest(study, stage, **cell)

    def visit_joined(digests):
        visits[-1][1].append([])
        return joined(digests)

    recording = {
        "spec": visit,
        "_inputs": visit_inputs,
        "_spec_digest": visit_digest,
        "joined": visit_joined,
    }
    with patch.dict(vars(jobs), recording):
        for stage in ("report", "explorer"):  # all others lie upstream
            jobs.spec(study, stage)
    return found


# --- text -----------------------------------------------------------------------------------------


def products(rows: set[tuple[str, ...]]) -> list[tuple[tuple[str, ...], ...]]:
    """The rows as few full products: of each the values of every column."""
    if rows == {()}:
        return [()]
    rests: dict[str, set[tuple[str, ...]]] = {}
    for value, *rest in sorted(rows):
        rests.setdefault(value, set()).add(tuple(rest))
    alike: dict[frozenset, list[str]] = {}
    for value, rest in rests.items():
        alike.setdefault(frozenset(rest), []).append(value)
    return [
        (tuple(values), *others) for rest, values in alike.items() for others in products(set(rest))
    ]


def ranges(columns: dict[str, Sequence[str]]) -> str:
    """What wildcards range over: dataset=a,b model=c"""
    return " ".join(f"{name}={','.join(values)}" for name, values in columns.items())


def template(path: str, cell: Cell) -> str:
    """A path with the wildcards of its job in the place of their values."""
    for name, value in sorted(cell, key=lambda pair: -len(pair[1])):
        path = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"{{{name}}}", path)
    return path


def left_open(cell: Cell, own: Cell) -> tuple[str, ...]:
    """The values of a cell, those of the job itself as {dataset}, ..."""
    return tuple(f"{{{name}}}" if (name, value) in own else value for name, value in cell)


def patterns(files: list[str], own: Cell, makers: dict[str, Key]) -> list[str]:
    """The files of a job, each by the pattern of the rule that makes it."""
    rows: dict[tuple[str, tuple[str, ...]], set[tuple[str, ...]]] = {}
    for file in files:
        cell = makers[file][1] if file in makers else ()
        names = tuple(name for name, _ in cell)
        rows.setdefault((template(file, cell), names), set()).add(left_open(cell, own))
    lines = []
    for (path, names), cells in rows.items():
        for values in products(cells):
            columns = dict(zip(names, values, strict=True))
            line = path
            for name in names:
                if len(columns[name]) == 1:
                    (value,) = columns.pop(name)
                    line = line.replace(f"{{{name}}}", value)
            lines.append(f"{line} for {ranges(columns)}" if columns else line)
    return sorted(lines)


def joins(entries: list[Key], own: Cell) -> list[str]:
    """The joined jobs of one entry, in order: one line if they are a full product in its order."""
    kinds = {(rule, tuple(name for name, _ in cell)) for rule, cell in entries}
    rows = [left_open(cell, own) for _, cell in entries]
    if len(kinds) == 1:
        ((rule, names),) = kinds
        columns = [tuple(dict.fromkeys(column)) for column in zip(*rows, strict=True)]
        if rows == list(product(*columns)):
            return [f"{rule} {ranges(dict(zip(names, columns, strict=True)))}".rstrip()]
    return [
        f"{rule} {ranges({name: [value] for (name, _), value in zip(cell, row, strict=True)})}"
        for (rule, cell), row in zip(entries, rows, strict=True)
    ] or ["nothing"]


def described(job: Job, own: Cell, joined: dict[str, list[Key]], makers: dict[str, Key]) -> str:
    """The files and the chain of a job, its own values left open."""
    items = {
        "input": patterns(job.inputs, own, makers),
        "output": patterns(job.outputs, own, makers),
        "benchmark": patterns(job.benchmark, own, makers),
    }
    items |= {f"joins {name}": joins(entries, own) for name, entries in sorted(joined.items())}
    text = ""
    for item, lines in items.items():
        if lines:
            indent = " " if len(lines) == 1 else "\n      "
            text += "".join([f"    {item}:", *(f"{indent}{line}" for line in lines), "\n"])
    return text


def rendered(planned: dict[Key, Job], joined: dict[Key, dict[str, list[Key]]]) -> str:
    """The jobs as text."""
    if unplanned := sorted(set(joined) ^ (set(planned) - {("all", ())})):
        raise ValueError(f"expected the same jobs in the plan and in the chains; got {unplanned}")
    makers = {file: key for key, job in planned.items() for file in (*job.outputs, *job.benchmark)}
    groups: dict[str, dict[str, list[Cell]]] = {}
    for (rule, cell), job in sorted(planned.items()):
        text = described(job, cell, joined.get((rule, cell), {}), makers)
        groups.setdefault(rule, {}).setdefault(text, []).append(cell)
    lines = [
        "# `python tests/golden/planned.py` writes this file, and its docstring explains it.\n\n"
    ]
    for rule, alike in groups.items():
        n_jobs = sum(map(len, alike.values()))
        lines.append(f"rule {rule}: {n_jobs} job{'s' * (n_jobs > 1)}\n")
        for text, cells in alike.items():
            names = [name for name, _ in cells[0]]
            rows = {tuple(value for _, value in cell) for cell in cells}
            if names:
                columns = [dict(zip(names, values, strict=True)) for values in products(rows)]
                lines += [f"  {ranges(column)}\n" for column in columns]
            lines.append(text)
        lines.append("\n")
    return "".join(lines[:-1])


def planned(configuration: str, project: Path) -> str:
    """The text of a configuration, planned in a copy of the project."""
    overlay = configuration if configuration in OVERLAYS else None
    values = config.read_file(project / "config.yaml")
    if overlay:
        update_config(values, config.read_file(project / f"workflow/configs/{overlay}.yaml"))
    study = config.load(values)
    return rendered(dry_run(project, overlay, study.pathvars.results), chains(study))


def golden(configuration: str) -> Path:
    """The file that holds what a configuration is to plan."""
    return Path(__file__).with_name(f"{configuration}.txt")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project.copy(ROOT, Path(folder)).path
        for configuration in CONFIGURATIONS:
            golden(configuration).write_text(planned(configuration, project))


if __name__ == "__main__":
    main()
