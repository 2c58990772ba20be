"""Base class, types and errors of all sections of the configuration."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError


class ConfigError(ValueError):
    """The configuration asks for something that the study cannot do; one line per mistake."""


def with_changes(entry: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with some keys changed, also in nested sections."""
    merged = dict(entry)
    for key, value in changes.items():
        own = merged.get(key)
        if isinstance(own, dict) and isinstance(value, dict):
            merged[key] = with_changes(own, value)
        else:
            merged[key] = plain(value)
    return merged


def plain(value: Any) -> Any:
    """A value in YAML's types: tuples and numpy arrays as lists, numpy numbers as numbers."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _number(value: Any) -> Any:
    """The number of text such as 1e-3, which YAML 1.1 does not read as a number."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


Count = Annotated[int, Field(ge=1)]
Real = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Real, Field(gt=0)]
NonNegative = Annotated[Real, Field(ge=0)]
Fraction = Annotated[Real, Field(gt=0, le=1)]
NAME = r"^[a-z][a-z0-9_]*$"
PATH = r"^[A-Za-z0-9_./-]+$"
PLUGIN = r"\.py$"
SAMPLES = r"\{seed\}"
SWEPT = r"^(n_train|(network|training|sampling)(\.[a-z0-9_]+)+)$"
FORMS = {
    NAME: "small letters, digits and _, a letter first",
    PATH: "letters, digits and the signs _ . / -",
    PLUGIN: "a path that ends in .py",
    SAMPLES: "a path that has {seed} in it",
    SWEPT: "n_train, or a key of network, training or sampling such as training.noise_level",
}
"""{pattern: its description in messages}."""
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=64)]
"""Names become folders and wildcards: small letters, digits and underscores."""
Column = Annotated[str, BeforeValidator(lambda v: str(v) if type(v) is int else v)]
"""A column of a file, by its name or by its number, from 1."""


class Knobs(BaseModel):
    """A section of the configuration; unknown keys and loosely typed values are refused.

    Default sections are made by `model_construct`, so that importing these modules builds no
    validator: a job needs none, since its knobs were checked before.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        defer_build=True,
    )

    @classmethod
    def part(cls, values: Mapping[str, Any]) -> Self:
        """Knobs with only these values; reading another raises AttributeError.

        Mappings become parts of the sections that their fields are annotated with. Values are not
        checked again; an unknown key raises ValueError.
        """
        if not cls.__pydantic_fields_complete__:  # a plug-in's class may name a later one
            cls.model_rebuild()
        for key in values:
            if key not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise ValueError(f"{cls.__name__}: expected one of the keys {known}; got '{key}'")
        given = {key: _held(cls.model_fields[key].annotation, v) for key, v in values.items()}
        knobs = cls.model_construct(**given)
        for key in cls.model_fields.keys() - given.keys():
            vars(knobs).pop(key, None)
        return knobs

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        if isinstance(values, dict):
            for key in values:
                if key not in cls.model_fields:
                    known = ", ".join(cls.model_fields)
                    raise PydanticCustomError(
                        "unknown_key", f"expected one of the keys {known}; got '{key}'"
                    )
        return values


def sections_of(annotation: Any) -> list[type[Knobs]]:
    """The classes of knobs in an annotation such as Network or list[Network] | None."""
    if inner := get_args(annotation):
        return [section for one in inner for section in sections_of(one)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, Knobs) else []


def _held(annotation: Any, value: Any) -> Any:
    """A spec's value as its field holds it: mappings become parts of the annotated sections."""
    if isinstance(value, list):
        return [_held(annotation, entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    for section in sections_of(annotation):
        if annotation is section or value.keys() <= section.model_fields.keys():
            return section.part(value)
    return {key: _held(annotation, entry) for key, entry in value.items()}


def describe(error: ErrorDetails) -> str:
    """One line for a pydantic error: the key, what was expected, what came."""
    path = list(error["loc"])
    if path and path[-1] == "[key]":
        path.pop()
    message, came, limits = error["msg"], error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{'.'.join(map(str, path))}: expected a value; got none"
        case "too_short":
            message = f"expected {limits['min_length']} or more entries"
        case "too_long":
            message = f"expected at most {limits['max_length']} entries"
        case "string_too_short":
            message = "expected some text"
        case "string_too_long":
            message = f"expected at most {limits['max_length']} characters"
        case "string_pattern_mismatch":
            pattern = limits["pattern"]  # perhaps a plug-in's
            message = f"expected {FORMS.get(pattern, f'text of the form {pattern}')}"
    if "; got " not in message:
        shown = json.dumps(came, default=str, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        message = f"{message.replace('Input should be', 'expected')}; got {shown}"
    return f"{'.'.join(map(str, path)) or 'the study'}: {message}"
