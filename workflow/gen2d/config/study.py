"""The study: its data sets and models, its sweeps, and how it is measured and shown."""

from collections.abc import Mapping
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from gen2d.config import ladders, sweeps
from gen2d.config.base import PLUGIN, Count, Knobs, Name
from gen2d.config.datasets import Dataset, PointsKnobs
from gen2d.config.ladders import Ladder, Step
from gen2d.config.methods.base import Model, OfModel
from gen2d.config.methods.baselines import ExternalKnobs
from gen2d.config.registry import AnyDataset, AnyModel, Registry, register
from gen2d.config.sections import Figures, Metrics, Pathvars, Report
from gen2d.config.sweeps import Sweep, SweptCell, slug

ENTRIES = ("datasets", "models", "sweeps", "ladders")
"""Sections that hold entries by name."""


class Study(Knobs):
    """The configuration of the gen2d study."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Study seed: every random number of the study follows from it."""
    seeds: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Replicates of every cell; each has its own data, initialisation, minibatches and noise."""
    seeds_per_job: Count = 10
    """Seeds that one job trains together, as one ensemble."""
    n_samples: Annotated[int, Field(ge=2)] = 10_000
    """Samples drawn from every model, per seed."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where torch computes: the processor, a GPU, or a GPU where there is one."""
    # Before the data sets and models, whose kinds and methods plug-ins may define.
    plugins: list[Annotated[str, StringConstraints(pattern=PLUGIN), AfterValidator(register)]] = []
    """Python files that each add data sets or methods: their knobs and their code."""
    datasets: Annotated[dict[Name, AnyDataset], Field(min_length=1)]
    """Data sets by name; null drops one."""
    models: Annotated[dict[Name, AnyModel], Field(min_length=1)]
    """Models by name, each a variant of a method; null drops one."""
    sweeps: dict[Name, Sweep] = {}
    """Sweeps by name, each of models over values of one key; null drops one or all."""
    ladders: dict[Name, Ladder] = {}
    """Ladders by name, each from one model to another by named changes; null drops one or all."""
    metrics: Metrics = Metrics.model_construct()
    figures: Figures = Figures.model_construct()
    report: Report
    pathvars: Pathvars = Pathvars.model_construct()
    _swept: dict[str, list[SweptCell]] = PrivateAttr(default_factory=dict)
    """The cells of each sweep."""
    _steps: dict[str, list[Step]] = PrivateAttr(default_factory=dict)
    """The rungs of each ladder."""
    _variants: dict[str, Any] = PrivateAttr(default_factory=dict)
    """Models and data sets that sweeps and ladders made, by name."""
    _few: dict[str, int] = PrivateAttr(default_factory=dict)
    """Numbers of seeds of variants that have fewer than the study, by name."""
    _trained: dict[str, str] = PrivateAttr(default_factory=dict)
    """The model whose training a variant shares, by name."""
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    """The model or data set of the study that a sweep's variant was made from, by name."""

    def model(self, name: str) -> Model:
        """A model of the study, or one that a sweep or a ladder made."""
        return self.models.get(name) or self._variants[name]

    def dataset(self, name: str) -> Dataset:
        """A data set of the study, or one that a sweep made."""
        return self.datasets.get(name) or self._variants[name]

    def swept(self, sweep: str) -> list[SweptCell]:
        """The cells of a sweep, by data set, then model, then value."""
        return self._swept[sweep]

    def steps(self, ladder: str) -> list[Step]:
        """The rungs of a ladder, in order."""
        return self._steps[ladder]

    def n_seeds(self, model: str) -> int:
        """Number of seeds of a model: the study's, or fewer if a ladder trains it."""
        return min(self.seeds, self._few.get(model, self.seeds))

    def is_swept(self, name: str) -> bool:
        """Whether a sweep or a ladder made the model or data set of this name."""
        return name in self._variants

    def origin(self, name: str) -> str:
        """The model or data set that a sweep's variant was made from; other names unchanged."""
        return self._origins.get(name, name)

    def trained_as(self, model: str) -> str:
        """The model whose training this one shares, since they differ at most in sampling.

        It is a model of the study, an earlier variant, or the model itself.
        """
        if model not in self._trained:
            known = {n: knobs for n, knobs in self._variants.items() if isinstance(knobs, Model)}
            own = self.model(model).spec(exclude={"sampling"})
            every = {**self.models, **known}.items()
            same = (name for name, knobs in every if knobs.spec(exclude={"sampling"}) == own)
            self._trained[model] = next(same)
        return self._trained[model]

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, values: Any) -> Any:
        """Drops entries that are null, since an overlay cannot delete a key.

        Sweeps and ladders lose dropped entries; oracles and ensembles of a dropped model go too.
        """
        if not isinstance(values, dict):
            return values
        sections = {
            section: values[section] for section in ENTRIES if isinstance(values.get(section), dict)
        }
        dropped = {  # lists, since values looked up in them are unchecked, and may be unhashable
            section: [name for name, entry in sections.get(section, {}).items() if entry is None]
            for section in ("datasets", "models")
        }
        dropped["models"] += [
            name
            for name, entry in sections.get("models", {}).items()
            if isinstance(entry, dict)
            and entry.get("method") in ("oracle", "ensemble")
            and entry.get("of") in dropped["models"]
        ]
        kept = {
            section: {
                name: entry
                for name, entry in entries.items()
                if name not in dropped.get(section, [])
            }
            for section, entries in sections.items()
        }
        for section, without in (("sweeps", sweeps.without), ("ladders", ladders.without)):
            if values.get(section) is None:
                kept[section] = {}
            elif section in kept:
                left = {name: without(entry, dropped) for name, entry in kept[section].items()}
                kept[section] = {name: entry for name, entry in left.items() if entry is not None}
        return {**values, **kept}

    @model_validator(mode="after")
    def _distinct_titles(self) -> "Study":
        taken: dict[str, str] = {}
        for name, model in self.models.items():
            other = taken.setdefault((model.title or name).replace("_", " "), name)
            if other != name:
                text = f"expected one that no other model has; got that of {other}"
                error = PydanticCustomError("title", "{text}", {"text": text})
                line = InitErrorDetails(type=error, loc=("models", name, "title"), input=None)
                raise ValidationError.from_exception_data("titles", [line])
        return self

    @model_validator(mode="after")
    def _targets(self) -> "Study":
        for name, model in self.models.items():
            if not isinstance(model, OfModel):
                continue
            known = [other for other, knobs in self.models.items() if model.takes(knobs)]
            if model.of not in known:
                text = f"expected one of {', '.join(known) or 'no model'}; got '{model.of}'"
                error = PydanticCustomError("target", "{text}", {"text": text})
                line = InitErrorDetails(type=error, loc=("models", name, "of"), input=None)
                raise ValidationError.from_exception_data("target", [line])
            model._target = self.models[model.of]
        return self

    @model_validator(mode="after")
    def _expand_sweeps(self) -> "Study":
        for name, sweep in self.sweeps.items():
            try:
                self._swept[name] = self._cells_of(sweep)
            except PydanticCustomError as error:
                line = InitErrorDetails(type=error, loc=("sweeps", name), input=None)
                raise ValidationError.from_exception_data("sweeps", [line]) from None
        return self

    def _cells_of(self, sweep: Sweep) -> list[SweptCell]:
        """The cells of a sweep; cells that the study already has are reused."""
        trained = [name for name, knobs in self.models.items() if knobs.trained]
        _check_names("models", sweep.models, trained)
        _check_names("datasets", sweep.datasets or [], list(self.datasets))
        cells = []
        for dataset, model, place in product(
            sorted(sweep.datasets or self.datasets), sweep.models, range(len(sweep.given))
        ):
            at, made = dataset, model
            if sweep.key == "n_train":
                at, value = self._variant(self.datasets, dataset, sweep, place)
            else:
                made, value = self._variant(self.models, model, sweep, place)
            cells.append(SweptCell(place, value, dataset, model, at, made))
        if len({(cell.cell_dataset, cell.cell_model) for cell in cells}) < len(cells):
            text = f"values: expected each once; got {sweep.given}"
            raise PydanticCustomError("twice", "{text}", {"text": text})
        return cells

    def _variant(
        self, known: Mapping[str, Knobs], base: str, sweep: Sweep, place: int
    ) -> tuple[str, Any]:
        """The name of an entry with the sweep's value at a place, and that value."""
        knobs, value = sweep.with_value(base, known[base], place)
        if knobs == known[base]:
            return base, value
        name = f"{base}__{sweep.key.replace('.', '_')}_{slug(value)}"
        if name in known:
            text = f"expected no entry named as a cell of it; got {name}"
            raise PydanticCustomError("taken", "{text}", {"text": text})
        self._variants[name], self._origins[name] = knobs, base
        return name, value

    @model_validator(mode="after")
    def _expand_ladders(self, info: "ValidationInfo[Registry]") -> "Study":
        for name, ladder in self.ladders.items():
            try:
                self._steps[name] = self._steps_of(name, ladder, info.context)
            except PydanticCustomError as error:
                line = InitErrorDetails(type=error, loc=("ladders", name), input=None)
                raise ValidationError.from_exception_data("ladders", [line]) from None
        return self

    def _steps_of(self, name: str, ladder: Ladder, methods: Registry) -> list[Step]:
        """The rungs of a ladder; models that it makes are added to the variants."""
        _check_names("datasets", ladder.datasets or [], list(self.datasets))
        steps = ladders.steps(name, ladder, self.models, methods)
        for step in steps:
            if self.models.get(step.model) is step.knobs:
                continue
            if step.model in self.datasets | self.models | self._variants:
                text = f"rungs: expected no entry named as a cell of it; got {step.model}"
                raise PydanticCustomError("taken", "{text}", {"text": text})
            self._variants[step.model] = step.knobs
            trained_as = self.trained_as(step.model)
            own = ladder.seeds if trained_as == step.model else self.n_seeds(trained_as)
            self._few[step.model] = own or self.seeds
        return steps

    @model_validator(mode="after")
    def _enough_rows(self) -> "Study":
        for name, dataset in (self.datasets | self._variants).items():
            if not isinstance(dataset, PointsKnobs):
                continue
            n_reference = dataset.reference_size(self)
            needed = dataset.n_train + dataset.n_holdout + n_reference
            if dataset.n_rows < needed:
                text = (
                    f"expected at least {needed} rows: n_train {dataset.n_train}, n_holdout"
                    f" {dataset.n_holdout} and n_reference {n_reference};"
                    f" got {dataset.n_rows} in {dataset.path}"
                )
                error = PydanticCustomError("rows", "{text}", {"text": text})
                line = InitErrorDetails(type=error, loc=("datasets", name, "path"), input=None)
                raise ValidationError.from_exception_data("rows", [line])
        return self

    @model_validator(mode="after")
    def _samples_from_elsewhere(self) -> "Study":
        for name, model in self.models.items():
            if not isinstance(model, ExternalKnobs):
                continue
            try:
                if len(self.datasets) > 1 and "{dataset}" not in model.path:
                    text = f"expected {{dataset}} in it, since there are several; got {model.path}"
                    raise PydanticCustomError("file", "{text}", {"text": text})
                for dataset, seed in product(self.datasets, range(self.seeds)):
                    model.read(dataset, seed, self.n_samples)
            except PydanticCustomError as error:
                line = InitErrorDetails(type=error, loc=("models", name, "path"), input=None)
                raise ValidationError.from_exception_data("files", [line]) from None
        return self


def _check_names(key: str, names: list[str], known: list[str]) -> None:
    """Raises PydanticCustomError, with the key, unless names are known and distinct."""
    for name in names:
        if name not in known:
            text = f"{key}: expected one of {', '.join(known)}; got '{name}'"
            raise PydanticCustomError("unknown", "{text}", {"text": text})
    if len(set(names)) < len(names):
        text = f"{key}: expected each once; got {names}"
        raise PydanticCustomError("twice", "{text}", {"text": text})
