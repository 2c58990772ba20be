"""The stage table as people read it: every rule, with what it reads and writes."""

import sys
from pathlib import Path

from gen2d.plan.stages import STAGES

HEAD = """\
## The rules

Each row of [gen2d/plan/stages.py](gen2d/plan/stages.py) is a rule; `make schema` writes this list.
Paths are below the results' folder; beside each table lies its checksum, `.csv.sha256`.

| rule | reads | writes |
|---|---|---|
"""


def with_rules(text: str) -> str:
    """The text with the list of the rules as its last section, in the order that they run."""
    rows = []
    for stage in STAGES.values():
        read = dict.fromkeys(STAGES[name.partition(".")[0]].rule for name in stage.reads.values())
        written = [f"`{path}`" for path in stage.writes.values()]
        rows.append(f"| `{stage.rule}` | {', '.join(read) or '–'} | {'<br>'.join(written)} |")
    before = text.partition(HEAD.splitlines()[0])[0]
    return before + HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_rules(page.read_text()))
