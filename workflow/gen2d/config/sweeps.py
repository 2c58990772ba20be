"""Sweeps: one model over the values of one key."""

import re
from functools import reduce
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from gen2d.config.base import SWEPT, Knobs, Name, describe


class Sweep(Knobs):
    """One model over the values of one key: cells of their own, one figure and one table."""

    model: Name
    """The model that the values are put into."""
    key: Annotated[str, StringConstraints(pattern=SWEPT)]
    """Key of the model, such as training.noise_level, or n_train, which is the data sets'."""
    values: Annotated[list[Any], Field(min_length=2)]
    """Values of the key, each as the model itself would take it."""
    datasets: Annotated[list[Name], Field(min_length=1)] | None = None
    """Data sets of the study; null for all."""

    def with_value(self, knobs: Knobs, value: Any) -> tuple[Knobs, Any]:
        """A model, or a data set, with one value of the key, and that value as it is understood."""
        values = knobs.model_dump()
        *sections, key = self.key.split(".")
        section: Any = values
        for name in sections:
            section = section.get(name)
            if not isinstance(section, dict):
                break
        if not isinstance(section, dict) or key not in section:
            text = f"expected a key of {self.model}; got {self.key}"
            raise PydanticCustomError("key", "key: {text}", {"text": text})
        section[key] = value
        try:
            variant = type(knobs).model_validate(values)
        except ValidationError as error:
            text = describe(error.errors(include_url=False)[0])
            raise PydanticCustomError("value", "values: {text}", {"text": text}) from None
        value = reduce(getattr, self.key.split("."), variant)
        if isinstance(value, Knobs):
            text = f"expected one key; got {self.key}, a section"
            raise PydanticCustomError("section", "key: {text}", {"text": text})
        return variant, value


class SweptCell(NamedTuple):
    """A value of a sweep on a data set of the study, and the names of the cell that has it."""

    value: Any
    dataset: str
    cell_dataset: str
    cell_model: str


def without(sweep: Any, dropped: dict[str, list[str]]) -> Any:
    """A sweep, as the file has it, without the data sets dropped; None if nothing is left of it."""
    if not isinstance(sweep, dict):
        return sweep
    if sweep.get("model") in dropped["models"]:
        return None
    if not isinstance(sweep.get("datasets"), list):
        return sweep
    datasets = [name for name in sweep["datasets"] if name not in dropped["datasets"]]
    return {**sweep, "datasets": datasets} if datasets or not sweep["datasets"] else None


def slug(value: Any) -> str:
    """A value as a part of a name: 0.03 is 0p03, [64, 64] is 64x64."""
    text = "x".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^a-z0-9]", "_", text.lower().replace(".", "p"))
