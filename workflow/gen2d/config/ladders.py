"""Ladders: from one model to another, one named set of changes at a time."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, cast

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import Knobs, Name, describe, sections_of, with_changes
from gen2d.config.methods.base import Model
from gen2d.config.registry import Registry
from gen2d.config.sweeps import slug

NAMING = ("group", "title")
"""Keys of a model that change how it is listed, not what it computes."""


class Rung(Knobs):
    """A step of a ladder: a model of the study, or changes to the rung before."""

    name: Annotated[str, StringConstraints(max_length=60)] = ""
    """What the rung mends, as people read it; empty for the title of the model."""
    model: Name | None = None
    """A model of the study; null for changes."""
    changes: dict[str, Any] | None = None
    """Keys with new values, nested as in a model; null for a model."""
    along: str = ""
    """Other differences that come with the changes, as people read them."""

    @model_validator(mode="after")
    def _one_of_two(self) -> "Rung":
        if (self.model is None) == (self.changes is None):
            got = "neither" if self.model is None else "both"
            raise mistake(f"expected either model or changes; got {got}")
        if self.changes is not None and not self.name:
            raise mistake("expected a name beside changes; got none")
        return self


class Ladder(Knobs):
    """Changes that mend a model: a figure and a table of the rungs from one model to another."""

    datasets: Annotated[list[Name], Field(min_length=1)] | None = None
    """Data sets of the study; null for all."""
    seeds: Annotated[int, Field(ge=2)] | None = None
    """Seeds of rungs that are trained for the ladder, at most the study's; null for all."""
    rungs: Annotated[list[Rung], Field(min_length=2)]
    """Rungs in order; the first and the last are models of the study."""

    @model_validator(mode="after")
    def _from_model_to_model(self) -> "Ladder":
        for which, rung in (("first", self.rungs[0]), ("last", self.rungs[-1])):
            if rung.model is None:
                raise mistake(f"rungs: expected a model as the {which}; got '{rung.name}'")
        return self


class Step(NamedTuple):
    """A rung of a ladder, resolved to a model."""

    name: str
    model: str
    """The model of its cells: of the study, or made by the ladder."""
    knobs: Model
    along: str


def mistake(text: str) -> PydanticCustomError:
    return PydanticCustomError("ladder", "{text}", {"text": text})


def steps(name: str, ladder: Ladder, models: Mapping[str, Model], methods: Registry) -> list[Step]:
    """The rungs of a ladder; a rung with the knobs of a study's model becomes that model.

    Args:
        name: of the ladder; names of models that it makes begin with it.
        models: of the study.
        methods: the classes of knobs, by `method`.

    Raises:
        PydanticCustomError: a rung is wrong.
    """
    found: list[Step] = []
    for rung in ladder.rungs:
        if rung.changes is None:
            model, knobs = _of_study(rung.model, models)
        else:
            knobs = _changed(found[-1].knobs, rung, methods)
            own = f"{name}__{slug(rung.name)}", knobs
            same = (known for known in models.items() if known[1].spec() == knobs.spec())
            model, knobs = next(same, own)
        title = rung.name or knobs.title or model.replace("_", " ")
        if found and knobs.spec() == found[-1].knobs.spec():
            raise mistake(f"rungs: {title}: expected a change; got the knobs of the rung before")
        if title in {step.name for step in found}:
            raise mistake(f"rungs: expected each name once; got '{title}' twice")
        found.append(Step(title, model, knobs, rung.along))
    return found


def _of_study(model: str | None, models: Mapping[str, Model]) -> tuple[str, Model]:
    trained = [name for name, knobs in models.items() if knobs.trained]
    if model not in trained:
        raise mistake(f"rungs: expected one of {', '.join(trained)} as model; got '{model}'")
    return model, models[model]


def _changed(before: Model, rung: Rung, methods: Registry) -> Model:
    """The knobs of the rung before, with changes."""
    changes = rung.changes or {}
    classes = cast(Mapping[str, type[Model]], methods["method"])
    known = sorted(method for method, knobs in classes.items() if knobs.trained)
    method = changes.get("method", before.method)
    if method not in known:
        text = f"method: expected one of {', '.join(known)}; got '{method}'"
        raise mistake(f"rungs: {rung.name}: {text}")
    for key in NAMING:
        if key in changes:
            raise mistake(f"rungs: {rung.name}: expected keys that are computed with; got '{key}'")
    kept = _kept(classes[method], before.model_dump(exclude=set(NAMING)))
    try:
        return classes[method].model_validate(with_changes(kept, changes))
    except ValidationError as error:
        text = describe(error.errors(include_url=False)[0])
        raise mistake(f"rungs: {rung.name}: {text}") from None


def _kept(knobs: type[Knobs], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values whose keys a class of knobs has, also within sections."""
    kept = {}
    for key, value in values.items():
        if key not in knobs.model_fields:
            continue
        sections = sections_of(knobs.model_fields[key].annotation)
        kept[key] = _kept(sections[0], value) if sections and isinstance(value, dict) else value
    return kept


def without(ladder: Any, dropped: dict[str, list[str]]) -> Any:
    """A ladder, as in the file, without dropped models and data sets; None if it is dropped too.

    It is dropped with its first or last model, or with all of its data sets.
    """
    if not isinstance(ladder, dict):
        return ladder
    rungs, datasets = ladder.get("rungs"), ladder.get("datasets")
    if isinstance(rungs, list) and rungs:
        kept = [rung for rung in rungs if not _is_of(rung, dropped["models"])]
        if not kept or kept[0] is not rungs[0] or kept[-1] is not rungs[-1]:
            return None
        ladder = {**ladder, "rungs": kept}
    if isinstance(datasets, list) and datasets:
        left = [dataset for dataset in datasets if dataset not in dropped["datasets"]]
        return {**ladder, "datasets": left} if left else None
    return ladder


def _is_of(rung: Any, models: list[str]) -> bool:
    return isinstance(rung, dict) and rung.get("model") in models
