"""The recipes of CONTRIBUTING.md: what each writes where, and the commands that it shows."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

FENCED = re.compile(r"^(?P<words>[^\n]+(?:\n[^\n]+)*):\n\n```\w+\n(?P<code>.*?)^```", re.M | re.S)
WORDS = re.compile(
    r"(?:(?P<where>At the end of|After the line|Before the line|Instead of the line)"
    r" (?:`(?P<what>[^`]+)` in )?)?`(?P<path>[^`]+)`(?:, which .*)?"
)


class Edit(NamedTuple):
    """A block of code, and where it goes."""

    where: str
    """Empty for a file of its own."""
    what: str
    """A line, or a name; empty for a whole file."""
    path: str
    code: str


class Recipe(NamedTuple):
    edits: list[Edit]
    commands: list[str]
    prints: list[str]
    makes: list[str]


def recipes(root: Path) -> dict[str, Recipe]:
    """The recipes by their headings."""
    text = (root / "CONTRIBUTING.md").read_text()
    parts = re.split(r"^### (.*)\n", text.partition("\n## Recipes\n")[2], flags=re.M)[1:]
    return {name: _recipe(part) for name, part in zip(parts[::2], parts[1::2], strict=True)}


def _recipe(text: str) -> Recipe:
    edits = []
    for found in FENCED.finditer(text):
        words = WORDS.fullmatch(" ".join(found["words"].split()))
        if not words:
            raise ValueError(f"expected words that say where a block goes; got {found['words']}")
        edits.append(Edit(*(words[key] or "" for key in ("where", "what", "path")), found["code"]))
    if len(edits) != text.count("\n```") / 2:
        raise ValueError("expected words that say where a block goes above each")
    told = " ".join(text.split())
    return Recipe(
        edits,
        re.findall(r"^    (\S.*)$", FENCED.sub("", text), re.M),
        re.findall(r"It prints `([^`]+)`", told),
        re.findall(r"It makes `([^`]+)`", told),
    )


def apply(folder: Path, recipe: Recipe) -> None:
    """Writes the files of a recipe, and the blocks into those that are there."""
    for edit in recipe.edits:
        path = folder / edit.path
        path.parent.mkdir(exist_ok=True)
        if edit.where:
            path.write_text(_edited(path.read_text(), edit))
        else:
            with open(path, "x") as stream:
                stream.write(edit.code)


def _edited(text: str, edit: Edit) -> str:
    if not edit.what:
        return text + edit.code
    lines = text.splitlines(keepends=True)
    if edit.where == "At the end of":
        at = _end(text, edit.what)
        return "".join([*lines[:at], edit.code, *lines[at:]])
    (at,) = (i for i, line in enumerate(lines) if line.strip() == edit.what)
    kept = {"After the line": (at + 1, at + 1), "Before the line": (at, at)}
    before, after = kept.get(edit.where, (at, at + 1))
    return "".join([*lines[:before], edit.code, *lines[after:]])


def _end(text: str, name: str) -> int:
    """How many lines come before the end of a class, or of what a name is given in brackets."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node.end_lineno
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.end_lineno - 1
    raise ValueError(f"expected {name} in the file; got none")
