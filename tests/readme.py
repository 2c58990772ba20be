"""Blocks of Python and command lines in README.md."""

import re
from pathlib import Path


def blocks(root: Path) -> list[str]:
    """Blocks of Python in README.md."""
    return re.findall(r"^```python\n(.*?)^```", (root / "README.md").read_text(), re.M | re.S)


def plugin(root: Path) -> str:
    """The block of Python that is a plug-in."""
    (shown,) = [block for block in blocks(root) if "class Blob(" in block]
    return shown


def command_lines(root: Path) -> list[str]:
    """Shell lines, and commands with arguments in sentences, in order and without repeats."""
    text = re.sub(r"^```.*?^```", "", (root / "README.md").read_text(), flags=re.M | re.S)
    names = "(?:make|snakemake|source|gen2d)"
    found = re.findall(rf"^    ({names}\b.*)$|`({names} [^`]+)`", text, re.M)
    lines = [" ".join((line or said).partition(" # ")[0].split()) for line, said in found]
    return list(dict.fromkeys(lines))
