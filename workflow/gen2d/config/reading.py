"""Reads a study from YAML, and reports every mistake in one line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gen2d.config.base import ConfigError, describe
from gen2d.config.datasets import DATASETS
from gen2d.config.methods.catalogue import METHODS
from gen2d.config.registry import Registry
from gen2d.config.study import ENTRIES, Study


def load(values: dict[str, Any]) -> Study:
    """Checks the merged configuration; raises `ConfigError` with one line for every mistake."""
    registry: Registry = {"kind": dict(DATASETS), "method": dict(METHODS)}
    try:
        return Study.model_validate(values, context=registry)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # Names that a broken plug-in would have added are not mistakes of their own.
        broken = [e for e in errors if e["loc"][:1] == ("plugins",)]
        lines = [f"config: {' '.join(describe(e).splitlines())}" for e in broken or errors]
        raise ConfigError("\n".join(lines)) from None


# By libyaml, ten times as fast, wherever PyYAML was built with it.
class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A loader that refuses repeated keys of a mapping; YAML itself would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
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
    """The content of a YAML file; raises `ConfigError` if it is malformed or repeats a key."""
    try:
        with open(path, encoding="utf-8") as stream:
            values: dict[str, Any] = yaml.load(stream, _UniqueKeyLoader)
            return values
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected YAML; got {' '.join(str(error).split())}") from None


RENAMED = {
    "dsm_coursework": "dsm_as_described",
    "ebm_coursework": "ebm_as_described",
    "ebm_as_submitted": "ebm_as_run",
    "sm_summed": "dsm_as_run",
    "metrics.level": "metrics.confidence",
}
"""{former name: new name} of models and keys."""


def _models(values: Any) -> list[tuple[str, Any]]:
    """The models in a file, with their entries."""
    named = values.get("models") if isinstance(values, dict) else None
    return [*named.items()] if isinstance(named, dict) else []


def _names(values: Any, at: str) -> Iterator[tuple[str, str]]:
    """(path, name) of every model and key of metrics that a file names."""
    if isinstance(values, dict):
        for key, entry in values.items():
            if at == "models":
                yield f"models.{key}", str(key)
            if at == "metrics":
                yield f"metrics.{key}", f"metrics.{key}"
            yield from _names(entry, f"{at}.{key}" if at else str(key))
    elif isinstance(values, list):
        for entry in values:
            yield from _names(entry, at)
    elif isinstance(values, str) and at.rpartition(".")[2] in ("model", "models", "of"):
        yield at, values


def retyped(values: Any, given: Any) -> Any:
    """A merged configuration, with the command line's values typed as YAML would type them.

    Args:
        values: merged by Snakemake, which leaves numbers, truth values and null within
            `--config "metrics={'n_reference': 500}"` as text.
        given: the command line's values, as Snakemake read them.
    """
    if isinstance(given, Mapping) and isinstance(values, Mapping):
        known = {key: retyped(values[key], given[key]) for key in given if key in values}
        return {**values, **known}
    if values != given:
        return values
    if isinstance(given, list):
        return [retyped(entry, entry) for entry in given]
    if not isinstance(given, str):
        return given
    loader: Any = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, given, (True, False))
    return loader.construct_object(yaml.ScalarNode(tag, given))


def check_files(paths: Sequence[str | Path], given: Mapping[str, Any] | None = None) -> None:
    """Raises `ConfigError` for mistakes in files that merging them would hide.

    These are repeated keys, former names, and null, which drops an entry, for an entry that no
    other file has. The command line's values, `given`, are checked as a file is.
    """
    files = {str(path): read_file(path) or {} for path in paths}
    files |= {"--config": retyped(given, given)} if given else {}
    models = [entry for values in files.values() for entry in _models(values)]
    own = {name for name, entry in models if isinstance(entry, dict) and "method" in entry}
    for path, values in files.items():
        for key, name in _names(values, ""):
            if name in RENAMED and name not in own:
                raise ConfigError(
                    f"{path}: {key}: expected its new name, {RENAMED[name]}; got {name}"
                )
    for section in ENTRIES:
        entries = {
            path: values[section]
            for path, values in files.items()
            if isinstance(values, dict) and isinstance(values.get(section), dict)
        }
        known = {name for named in entries.values() for name, entry in named.items() if entry}
        for path, named in entries.items():
            for name, entry in named.items():
                if entry is None and name not in known:
                    others = ", ".join(sorted(known)) or "those of other files, which have none"
                    raise ConfigError(
                        f"{path}: {section}.{name}: expected null for one of {others}; got a name"
                        " that is not there"
                    )


def to_yaml(study: Study) -> str:
    """A study with every knob, as YAML from which `load` makes the same study; entries sorted."""
    values = study.model_dump()
    for section in ENTRIES:
        values[section] = dict(sorted(values[section].items()))
    for model in values["models"].values():
        if model["group"] is None:  # as its method says
            del model["group"]
        if not model["title"]:
            del model["title"]
    return yaml.safe_dump(
        values, default_flow_style=None, sort_keys=False, width=36, allow_unicode=True
    )


def json_schema() -> str:
    """The JSON schema of config.yaml, as text, which editors use to complete and check."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }
    for section in ENTRIES:
        entries = schema["properties"][section]["patternProperties"]
        for names, entry in entries.items():
            entries[names] = {"anyOf": [entry, {"type": "null"}]}
    return json.dumps(schema, indent=2) + "\n"
