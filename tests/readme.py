"""What README.md shows: blocks of Python, and command lines."""

import re
from pathlib import Path


def blocks(root: Path) -> list[str]:
    """Its blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```", (root / "README.md").read_text(), re.M | re.S)


def plugin(root: Path) -> str:
    """The block that is a plug-in."""
    (shown,) = [block for block in blocks(root) if "class Blob(" in block]
    return shown


def command_lines(root: Path) -> list[str]:
    """Its lines for a shell, and the commands with arguments in its sentences, in order, once."""
    text = re.sub(r"^```.*?^```", "", (root / "README.md").read_text(), flags=re.M | re.S)
    names = "(?:make|snakemake|source|gen2d)"
    found = re.findall(rf"^    ({names}\b.*)$|`({names} [^`]+)`", text, re.M)
    lines = [" ".join((line or said).partition(" # ")[0].split()) for line, said in found]
    return list(dict.fromkeys(lines))
