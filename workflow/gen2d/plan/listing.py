"""The stage table as people read it: every rule, with what it reads and writes."""

from gen2d.plan.stages import STAGES

HEAD = """\
# The rules

Each row of [gen2d/plan/stages.py](gen2d/plan/stages.py) is a rule; `make schema` writes this list.
Paths are below the results' folder; beside each table lies its checksum, `.csv.sha256`.

| rule | reads | writes |
|---|---|---|
"""


def markdown() -> str:
    """The list of the rules, in the order of their work."""
    rows = []
    for stage in STAGES.values():
        read = dict.fromkeys(STAGES[name.partition(".")[0]].rule for name in stage.reads.values())
        written = [f"`{path}`" for path in stage.writes.values()]
        rows.append(f"| `{stage.rule}` | {', '.join(read) or '–'} | {'<br>'.join(written)} |")
    return HEAD + "\n".join(rows) + "\n"
