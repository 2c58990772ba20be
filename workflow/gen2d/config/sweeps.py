"""Sweeps: models over values of one key."""

import re
from functools import reduce
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import SWEPT, Knobs, Name, Positive, describe


class Sweep(Knobs):
    """Models over values of one key: its own cells, a figure and a table."""

    models: Annotated[list[Name], Field(min_length=1)]
    """Models of the sweep; each has the key, unless it is n_train."""
    key: Annotated[str, StringConstraints(pattern=SWEPT)]
    """Key of the models, such as training.noise_level; or n_train, a key of the data sets."""
    values: Annotated[list[Any], Field(min_length=2)] | None = None
    """Values of the key, as in the entries of models or data sets."""
    factors: Annotated[list[Positive], Field(min_length=2)] | None = None
    """In place of values: multiples of each model's own number; rounded if that is whole."""
    datasets: Annotated[list[Name], Field(min_length=1)] | None = None
    """Data sets of the study; null for all."""

    @model_validator(mode="before")
    @classmethod
    def _models_are_a_list(cls, values: Any) -> Any:
        if isinstance(values, dict) and "model" in values:
            text = f"expected models, a list such as [dsm, cnf]; got model, {values['model']}"
            raise PydanticCustomError("renamed", "{text}", {"text": text})
        return values

    @model_validator(mode="after")
    def _values_or_factors(self) -> "Sweep":
        if (self.values is None) == (self.factors is None):
            got = "neither" if self.values is None else "both"
            text = f"expected values or factors; got {got}"
            raise PydanticCustomError("either", "{text}", {"text": text})
        return self

    @property
    def given(self) -> list[Any]:
        """The values, or the factors."""
        return (self.factors if self.values is None else self.values) or []

    def with_value(self, name: str, knobs: Knobs, place: int) -> tuple[Knobs, Any]:
        """A model, or a data set, with the value at a place, and that value as validated."""
        values = knobs.model_dump()
        *sections, key = self.key.split(".")
        section: Any = values
        for part in sections:
            section = section.get(part)
            if not isinstance(section, dict):
                break
        if not isinstance(section, dict) or key not in section:
            text = f"expected a key of {name}; got {self.key}"
            raise PydanticCustomError("key", "key: {text}", {"text": text})
        own, section[key] = section[key], self.given[place]
        if self.factors:
            section[key] = self._multiple(own, self.factors[place])
        try:
            variant = type(knobs).model_validate(values)
        except ValidationError as error:
            text = describe(error.errors(include_url=False)[0])
            raise PydanticCustomError("value", "{text}", {"text": f"values: {text}"}) from None
        value = reduce(getattr, self.key.split("."), variant)
        if isinstance(value, Knobs):
            text = f"expected one key; got {self.key}, a section"
            raise PydanticCustomError("section", "key: {text}", {"text": text})
        return variant, value

    def _multiple(self, own: Any, factor: float) -> float:
        if type(own) not in (int, float):
            text = f"expected a key that holds a number; got {self.key}, {own}"
            raise PydanticCustomError("number", "factors: {text}", {"text": text})
        return round(own * factor) if isinstance(own, int) else own * factor


class SweptCell(NamedTuple):
    """A value with the study's data set and model, and the names of the cell that has it."""

    place: int
    """Index of the value in the sweep."""
    value: Any
    dataset: str
    model: str
    cell_dataset: str
    cell_model: str


def without(sweep: Any, dropped: dict[str, list[str]]) -> Any:
    """A sweep, as in the file, without dropped models and data sets; None if none are left."""
    if not isinstance(sweep, dict):
        return sweep
    for section, names in dropped.items():
        if isinstance(sweep.get(section), list) and sweep[section]:
            kept = [name for name in sweep[section] if name not in names]
            if not kept:
                return None
            sweep = {**sweep, section: kept}
    return sweep


def slug(value: Any) -> str:
    """A value as a part of a name: 0.03 is 0p03, [64, 64] is 64x64."""
    text = "x".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^a-z0-9]", "_", text.lower().replace(".", "p"))
