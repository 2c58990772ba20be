"""Entries of the configuration, each checked by the class of its kind or method."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, SerializeAsAny, ValidationError, ValidationInfo, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from gen2d import plugins
from gen2d.config.base import Knobs
from gen2d.config.datasets import DATASETS, Dataset
from gen2d.config.methods.base import Model, Training
from gen2d.config.methods.catalogue import METHODS, RENAMED_METHODS

TAGS: dict[type[Dataset | Model], str] = {Dataset: "kind", Model: "method"}
Registry = dict[str, dict[str, type[Dataset | Model]]]
"""{tag: {name: class of knobs}}; the tags are `kind` and `method`."""


def _is_training(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Training)


def register(path: str, info: "ValidationInfo[Registry]") -> str:
    """Adds the knobs that a plug-in declares to the registry that validates the study."""
    add(path, info.context)
    return path


def add(path: str, registry: Registry) -> None:
    """Adds the knobs that a plug-in declares to a registry; raises `PydanticCustomError`."""

    def mistake(expected: str, got: str) -> PydanticCustomError:
        text = f"{path}: expected {expected}; got {' '.join(got.split())}"
        return PydanticCustomError("plugin", "{text}", {"text": text})

    try:
        module = plugins.load(path)
        declared = [
            (tag, knobs)
            for knobs in vars(module).values()
            for base, tag in TAGS.items()
            if isinstance(knobs, type) and issubclass(knobs, base) and tag in knobs.model_fields
            if knobs.__module__ == path
        ]
        for _, knobs in declared:
            knobs.model_rebuild()  # now, so that what pydantic refuses is a mistake of this file
    except OSError as error:
        raise mistake("a Python file", str(error.strerror)) from None
    except Exception as error:  # whatever a user's file raises
        raise mistake("Python that runs", f"{type(error).__name__}: {error}") from None
    if not declared:
        raise mistake("a subclass of Dataset with a kind, or of Model with a method", "none")
    for tag, knobs in declared:
        names = get_args(knobs.model_fields[tag].annotation)
        if len(names) != 1:
            raise mistake(f"{tag}: Literal[...] of one name in {knobs.__name__}", str(names))
        if names[0] in registry[tag] or names[0] in RENAMED_METHODS:
            raise mistake(f"a {tag} that is not taken", f"'{names[0]}'")
        # If the file ran before, the path is there already.
        implementation = getattr(knobs, "implementation", "none").removeprefix(f"{path}:")
        if not hasattr(module, implementation):
            wanted = f"the class that {knobs.__name__}.implementation names"
            raise mistake(wanted, f"'{implementation}'")
        section = knobs.model_fields.get("training")
        has_training = section and _is_training(section.annotation)
        if issubclass(knobs, Model) and knobs.trained and not has_training:
            raise mistake(f"training: Training in {knobs.__name__}, or trained = False", "neither")
        knobs.implementation = f"{path}:{implementation}"
        registry[tag][names[0]] = knobs


def _entry(tag: str) -> WrapValidator:
    """A validator of entries, by the class of knobs that their kind or method names."""

    def check(entry: Any, _: Any, info: "ValidationInfo[Registry]") -> Knobs:
        name = entry.get(tag, "none") if isinstance(entry, dict) else entry
        known = info.context[tag]
        if not isinstance(name, str) or name not in known:
            expected = f"expected one of {', '.join(sorted(known))}"
            if tag == "method" and name in RENAMED_METHODS:
                expected = f"expected its new name, {RENAMED_METHODS[name]}"
            error = PydanticCustomError("unknown", expected)
            line = InitErrorDetails(type=error, loc=(tag,), input=name)
            raise ValidationError.from_exception_data("entry", [line])
        return known[name].model_validate(entry)

    return WrapValidator(check)


if TYPE_CHECKING:
    AnyDataset = Dataset
    AnyModel = Model
else:  # the JSON schema shows the unions; entries are validated by the registry
    AnyDataset = Annotated[
        reduce(or_, DATASETS.values()),
        Field(discriminator="kind"),
        SerializeAsAny(),
        _entry("kind"),
    ]
    AnyModel = Annotated[
        reduce(or_, METHODS.values()),
        Field(discriminator="method"),
        SerializeAsAny(),
        _entry("method"),
    ]
