"""Invalid configurations, made from the JSON schema: each refused in one line."""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import yaml
from snakemake.utils import update_config

from gen2d import config

SCHEMA = json.loads(config.json_schema())


def resolved(knob: dict[str, Any]) -> dict[str, Any]:
    return SCHEMA["$defs"][knob["$ref"].rpartition("/")[2]] if "$ref" in knob else knob


def bad_values(knob: dict[str, Any]) -> Iterator[Any]:
    """Values that a knob's schema forbids."""
    if "const" in knob or "enum" in knob:
        yield from ("none of these", 1, [])
        return
    match knob.get("type"):
        case "integer":
            yield from ("ten", 2.5, True, [1], {"a": 1}, math.nan)
        case "number":
            yield from ("fast", True, [1.0], {"a": 1}, math.nan, math.inf)
        case "boolean":
            yield from ("yes", 1, [])
        case "string":
            yield from (1, True, ["a"])
            if "maxLength" in knob:
                yield "a" * (knob["maxLength"] + 1)
        case "array":
            yield from (1, "a", {"a": 1}, [None])
    if "minimum" in knob:
        yield knob["minimum"] - 1
    if "exclusiveMinimum" in knob:
        yield knob["exclusiveMinimum"]
    if "maximum" in knob:
        yield knob["maximum"] + 1
    if "exclusiveMaximum" in knob:
        yield knob["exclusiveMaximum"]


def bad_sections(section: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple]:
    """(path, value) of every wrong value of a section and of those within it."""
    yield (*path, "no_such_key"), 1
    for name, knob in section["properties"].items():
        if name in ("kind", "method", "plugins"):
            continue
        knob = resolved(knob)
        if "properties" in knob:
            yield (*path, name), 1
            yield from bad_sections(knob, (*path, name))
        else:
            yield from (((*path, name), value) for value in bad_values(knob))


def cases(points: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...], Any]]:
    """(overlay that is valid, path of a key, wrong value for it)."""
    top = SCHEMA["properties"]
    sections = {"properties": {n: k for n, k in top.items() if n not in ("datasets", "models")}}
    yield from (({}, path, value) for path, value in bad_sections(sections, ()))
    needed = {
        "gaussians": {"means": [[0, 0]], "sd": 1},
        "points": {"path": points, "n_train": 3, "n_holdout": 1},
        "external": {"path": "mine/{seed}.npy"},
        "oracle": {"of": "dsm"},
        "ensemble": {"of": "dsm"},
    }
    for section, tag in (("datasets", "kind"), ("models", "method")):
        (entries,) = top[section]["patternProperties"].values()
        union = entries["anyOf"][0]["discriminator"]["mapping"]  # beside null
        for name, reference in union.items():
            entry = {section: {"mine": {tag: name, **needed.get(name, {})}}}
            knobs = resolved({"$ref": reference})
            for path, value in bad_sections(knobs, (section, "mine")):
                yield entry, path, value
            yield entry, (section, "mine", tag), "nothing"


def test_every_value_that_the_schema_forbids_is_refused_in_one_line(root, tmp_path):
    points = tmp_path / "points.csv"
    np.savetxt(points, np.random.default_rng(0).normal(size=(104, 2)), delimiter=",")
    text = (root / "config.yaml").read_text()
    n_cases = 0
    for overlay, path, value in cases(str(points)):
        values = yaml.load(text, yaml.CSafeLoader)
        values["metrics"]["n_reference"] = 100
        update_config(values, overlay)
        if n_cases == 0:
            config.load(values)
        section = values
        for key in path[:-1]:
            section = section.setdefault(key, {})
        section[path[-1]] = value
        with pytest.raises(config.ConfigError) as caught:
            config.load(values)
        lines = str(caught.value).splitlines()
        assert len(lines) == 1, (path, value, lines)
        known = ".".join(path[:-1] if path[-1] == "no_such_key" else path) or "the study"
        assert lines[0].startswith(f"config: {known}"), (path, value, lines)
        assert "; got " in lines[0], (path, value, lines)
        n_cases += 1
    print(f"{n_cases} invalid configurations, {n_cases} refused in one line")
    assert n_cases >= 200
