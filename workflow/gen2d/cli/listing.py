"""Text tables of knobs: key, default, description, allowed values."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from textwrap import wrap
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gen2d.config.base import ConfigError, Knobs, sections_of
from gen2d.config.recipes import recipes

BOUNDS = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
NEEDED = "(needed)"


class Row(NamedTuple):
    """A knob: its key, its default as YAML, and its description."""

    key: str
    default: str
    says: str


def rows(knobs: type[Knobs], left_out: Collection[str] = (), prefix: str = "") -> Iterator[Row]:
    """Rows of the knobs of a class and of its sections."""
    for key, field in knobs.model_fields.items():
        if key in left_out:
            continue
        sections = sections_of(field.annotation)
        if not sections or field.description:
            yield Row(prefix + key, _default(field), _says(field))
        if len(sections) == 1:  # registries, of several, have lists of their own
            yield from rows(sections[0], (), f"{prefix}{key}.{_entry(field.annotation)}")


def _entry(annotation: Any) -> str:
    """Placeholder of an entry's name in a mapping, or of its index in a list."""
    return {dict: "NAME.", list: "0."}.get(get_origin(annotation), "")


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return NEEDED
    return as_yaml(field.default)


def as_yaml(value: Any) -> str:
    """A value as YAML."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_yaml, value))}]"
    return value if isinstance(value, str) and value else json.dumps(value)


def _says(field: FieldInfo) -> str:
    """The description of a field, and its allowed values."""
    text = " ".join((field.description or "").split())
    choices = _choices(field.annotation)
    limits = [
        f"{word} {getattr(one, name):g}"
        for one in field.metadata
        for name, word in BOUNDS.items()
        if getattr(one, name, None) is not None
    ]
    may_be = ", ".join(map(as_yaml, choices)) or " ".join(limits)
    return f"{text} [{may_be}]".strip() if may_be else text


def _choices(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return [*get_args(annotation)]
    inner = [choice for one in get_args(annotation) for choice in _choices(one)]
    return [*inner, None] if inner and type(None) in get_args(annotation) else inner


def lines(found: Collection[Row]) -> Iterator[str]:
    """Rows in columns, as wide as the terminal."""
    if not found:
        return
    widths = [min(max(len(row[i]) for row in found), most) for i, most in ((0, 36), (1, 24))]
    indent = 2 + widths[0] + 2 + widths[1] + 2
    room = max(shutil.get_terminal_size((100, 24)).columns - indent, 30)
    for row in found:
        start = f"  {row.key:<{widths[0]}}  {row.default:<{widths[1]}}  "
        first, *more = wrap(row.says, room) or [""]
        if len(start) > indent:
            yield start.rstrip()
            start = " " * indent
        yield (start + first).rstrip()
        yield from (" " * indent + line for line in more)


def entries(known: Mapping[str, type[Knobs]], tag: str, what: str, names: Collection[str]) -> None:
    """Prints classes of knobs by name, each with config.yaml's entries of that class.

    Args:
        known: the classes.
        tag: the key that names the class in an entry: kind, method.
        what: the word for an entry: data set, model.
        names: of the classes to print; empty for all.

    Raises:
        ConfigError: there is no such name.
    """
    configured = recipes()[f"{what.replace(' ', '')}s"]
    for name in names:
        if name not in known:
            raise ConfigError(f"expected one of {', '.join(known)}; got '{name}'")
    for name in names or known:
        print(f"{name}: {' '.join((known[name].__doc__ or '').split())}")
        of_it = [entry for entry, values in configured.items() if values[tag] == name]
        if of_it and of_it != [name]:
            print(f"  as {what} of config.yaml: {', '.join(of_it)}")
        print(*lines([*rows(known[name], left_out=[tag])]), sep="\n", end="\n\n")
