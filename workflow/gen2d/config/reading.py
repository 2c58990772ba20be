"""From YAML to a study, and every mistake in it to one line."""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gen2d.config.base import ConfigError, describe
from gen2d.config.datasets import DATASETS
from gen2d.config.models import METHODS
from gen2d.config.registry import Registry
from gen2d.config.study import Study


def load(values: dict[str, Any]) -> Study:
    """Checks the merged configuration; raises `ConfigError` with one line for every mistake."""
    registry: Registry = {"kind": dict(DATASETS), "method": dict(METHODS)}
    try:
        return Study.model_validate(values, context=registry)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # What a broken plug-in would have added is not missing by a mistake of its own.
        broken = [e for e in errors if e["loc"][:1] == ("plugins",)]
        lines = [f"config: {' '.join(describe(e).splitlines())}" for e in broken or errors]
        raise ConfigError("\n".join(lines)) from None


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(
                    f"{key_node.start_mark.name}, line {line}: expected each key once; "
                    f"got '{key}' twice"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_file(path: str | Path) -> dict[str, Any]:
    """What a YAML file holds; raises `ConfigError` when it is malformed or names a key twice."""
    try:
        with open(path, encoding="utf-8") as stream:
            return yaml.load(stream, _UniqueKeyLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected YAML; got {' '.join(str(error).split())}") from None


def json_schema() -> str:
    """The JSON schema of config.yaml, as text; editors complete and check with it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }
    for section in ("datasets", "models", "sweeps"):
        entries = schema["properties"][section]["patternProperties"]
        for names, entry in entries.items():
            entries[names] = {"anyOf": [entry, {"type": "null"}]}
    return json.dumps(schema, indent=2) + "\n"
