"""What all sections of the configuration are made of."""

import json
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError


class ConfigError(ValueError):
    """The configuration asks for something that the study cannot do; one line a mistake."""


def _number(value: Any) -> Any:
    """YAML 1.1 reads 1e-3 as text; people mean the number."""
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
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""Names become folders and wildcards: small letters, digits and underscores."""


class Knobs(BaseModel):
    """A section of the configuration; unknown keys and loosely typed values are refused."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

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


def describe(error: dict[str, Any]) -> str:
    """One line for a pydantic error: the key, what was expected, what came."""
    path = list(error["loc"])
    if path and path[-1] == "[key]":
        path.pop()
    message, came = error["msg"], error["input"]
    if error["type"] == "missing":
        return f"{'.'.join(map(str, path))}: expected a value; got none"
    if "; got " not in message:
        shown = json.dumps(came, default=str, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        message = f"{message.replace('Input should be', 'expected')}; got {shown}"
    return f"{'.'.join(map(str, path)) or 'the study'}: {message}"
