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
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]  # of this checkout, installed or not

from snakemake.utils import update_config  # noqa: E402

from gen2d import config  # noqa: E402
from gen2d.plan.spec import Plan  # noqa: E402
from gen2d.plan.stage import Stage  # noqa: E402
from gen2d.plan.stages import STAGES  # noqa: E402

OVERLAYS = ("curves", "energy_models", "longer", "more_data", "more_datasets", "quick")
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
    # Those of a group are indented.
    shown = r"^( *)(?:local)?rule (\w+):\n((?:\1 {4}\S.*\n)*)"
    for _, rule, block in re.findall(shown, done.stdout, flags=re.MULTILINE):
        items = dict(re.findall(r"^ {4,}(\w+): (.*)$", block, flags=re.MULTILINE))
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


# --- what the stage table plans -------------------------------------------------------------------


def key(stage: Stage, cell: Mapping[str, str]) -> Key:
    return stage.rule, tuple(sorted((wildcard, cell[wildcard]) for wildcard in stage.per))


def wanted(plan: Plan) -> list[Stage]:
    """The stages whose files the target `all` asks for."""
    return [stage for stage in plan.stages.values() if stage.group == "figures" or not stage.per]


def files(stage: Stage, outputs: Iterable[str], cells: Iterable[Mapping[str, str]]) -> list[str]:
    return [stage.outputs[name].format_map(cell) for name in outputs for cell in cells]


def benchmarks(stage: Stage, cells: Iterable[Mapping[str, str]]) -> list[str]:
    return [f"benchmarks/{stage.log_path}.tsv".format_map(cell) for cell in cells]


def from_table(plan: Plan) -> dict[Key, Job]:
    """The jobs of a study by the stage table alone, without Snakemake."""
    found = {}
    for stage, cell in plan.jobs(wanted(plan)):
        read = [files(*one) for one in plan.inputs(stage, cell).values()]
        timed = [plan.stages[name] for name in stage.times]
        read += [benchmarks(upstream, upstream.cells(plan.catalogue)) for upstream in timed]
        found[key(stage, cell)] = Job(
            sorted({file for one in read for file in one}),
            sorted(files(stage, stage.outputs, [cell])),
            benchmarks(stage, [cell]),
        )
    asked = [files(stage, stage.outputs, stage.cells(plan.catalogue)) for stage in wanted(plan)]
    found["all", ()] = Job(sorted({file for one in asked for file in one}), [], [])
    return found


def chains(plan: Plan) -> dict[Key, dict[str, list[Key]]]:
    """The jobs that each input of a job is made by, whose digests are in its spec, of all jobs."""
    return {
        key(stage, cell): {
            name: [key(upstream, each) for each in cells]
            for name, (upstream, _, cells) in plan.inputs(stage, cell).items()
        }
        for stage, cell in plan.jobs(wanted(plan))
    }


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


def plan_of(configuration: str) -> Plan:
    values = config.read_file(ROOT / "config.yaml")
    if configuration in OVERLAYS:
        overlay = ROOT / f"workflow/configs/{configuration}.yaml"
        update_config(values, config.read_file(overlay))
    return Plan(STAGES, config.load(values))


def planned(configuration: str) -> str:
    """The text of a configuration, by the stage table."""
    plan = plan_of(configuration)
    return rendered(from_table(plan), chains(plan))


def planned_by_snakemake(configuration: str, project: Path) -> str:
    """The text of a configuration, its files by a dry run in a copy of the project."""
    plan = plan_of(configuration)
    overlay = configuration if configuration in OVERLAYS else None
    return rendered(dry_run(project, overlay, plan.catalogue.study.pathvars.results), chains(plan))


def golden(configuration: str) -> Path:
    """The file that holds what a configuration is to plan."""
    return Path(__file__).with_name(f"{configuration}.txt")


def main() -> None:
    for configuration in CONFIGURATIONS:
        golden(configuration).write_text(planned(configuration))


if __name__ == "__main__":
    main()
