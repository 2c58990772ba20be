"""The knobs of each stage's jobs: just the keys of the configuration that they read.

A stage's `run` gets an instance as `job.knobs`. Planning makes it by the method `of`, and the job
rebuilds it from its spec. Ordered mappings are lists of pairs, since a spec's keys are sorted.
"""

from typing import TYPE_CHECKING, Any, Self, dataclass_transform

from msgspec import Struct

from gen2d.metrics.catalogue import taken_with

if TYPE_CHECKING:
    from gen2d.config import Model
    from gen2d.plan.catalogue import Catalogue
    from gen2d.plan.stage import Cell

N_SPLIT = 2500
"""Samples per seed and error source."""
Pairs = list[tuple[str, str]]
"""A mapping whose order matters."""


@dataclass_transform(frozen_default=True)  # as msgspec does: subclasses are frozen too
class JobKnobs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base class of every stage's knobs; it has none."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        """The knobs of the job of a cell."""
        return cls()

    def implementations(self) -> list[str]:
        """The classes that the job computes with, as "module:Class"; its code includes theirs."""
        return []

    def plugins(self) -> list[str]:
        """The user's files among the `implementations`."""
        paths = [implementation.rpartition(":")[0] for implementation in self.implementations()]
        return sorted({path for path in paths if path.endswith(".py")})


class DatasetSpec(Struct, frozen=True):
    """A data set: the name of its random streams, its class, and the arguments of the class."""

    name: str
    implementation: str
    parameters: dict[str, Any]

    @classmethod
    def of(cls, catalogue: "Catalogue", name: str) -> Self:
        dataset = catalogue.dataset(name)
        return cls(
            catalogue.origin(name), dataset.implementation, dataset.parameters(catalogue.study)
        )


class ModelSpec(Struct, frozen=True):
    """A model: its class, its knobs' class, the knobs that the stage reads, and other sources."""

    implementation: str
    knobs_class: str
    knobs: dict[str, Any]
    sources: dict[str, Any]

    @classmethod
    def of(
        cls, model: "Model", *, exclude: set[str], sources: dict[str, Any] | None = None
    ) -> Self:
        spec = model.spec(exclude=exclude)
        return cls(**{**spec, "sources": {**spec["sources"], **(sources or {})}})

    def implementations(self) -> list[str]:
        """Its class, and the class of the model that it is made from, if any."""
        target = self.sources.get("target")
        return [self.implementation, *([target["implementation"]] if target else [])]


def _device(catalogue: "Catalogue", name: str) -> str:
    """Device that a model computes on; empty if it needs no torch."""
    model = catalogue.model(name)
    return catalogue.study.device if model.needs_torch else ""


class DatasetKnobs(JobKnobs):
    """A data set."""

    dataset: DatasetSpec

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(dataset=DatasetSpec.of(catalogue, cell["dataset"]))

    def implementations(self) -> list[str]:
        return [self.dataset.implementation]


class ExactGridsKnobs(DatasetKnobs):
    noise_level: float
    """Noise level of the exact scores of data sets with modes; 0 for no scores."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        dataset = DatasetSpec.of(catalogue, cell["dataset"])
        return cls(dataset=dataset, noise_level=catalogue.gap_level)


class SeededKnobs(DatasetKnobs):
    """A data set and the seeds of a block."""

    study_seed: int
    seeds: list[int]

    @classmethod
    def _seeded(cls, catalogue: "Catalogue", cell: "Cell") -> dict[str, Any]:
        return {
            "dataset": DatasetSpec.of(catalogue, cell["dataset"]),
            "study_seed": catalogue.study.seed,
            "seeds": catalogue.seeds(cell["seeds"]),
        }


class DataKnobs(SeededKnobs):
    n_train: int
    n_holdout: int

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        dataset = catalogue.dataset(cell["dataset"])
        return cls(
            **cls._seeded(catalogue, cell),
            n_train=dataset.n_train,
            n_holdout=dataset.n_holdout,
        )


class ReferenceKnobs(DatasetKnobs):
    study_seed: int
    n_points: int

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        dataset = catalogue.dataset(cell["dataset"])
        return cls(
            dataset=DatasetSpec.of(catalogue, cell["dataset"]),
            study_seed=catalogue.study.seed,
            n_points=dataset.reference_size(catalogue.study),
        )


class ExactKnobs(DatasetKnobs):
    noise_levels: list[float]

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            dataset=DatasetSpec.of(catalogue, cell["dataset"]), noise_levels=catalogue.noise_levels
        )


class ModelKnobs(SeededKnobs):
    """A cell: a model on a data set, for the seeds of a block."""

    model: ModelSpec
    device: str
    """Where torch computes; empty for models that need no torch."""

    @classmethod
    def _of_model(
        cls,
        catalogue: "Catalogue",
        cell: "Cell",
        *,
        exclude: set[str],
        sources: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        model = catalogue.model(cell["model"])
        return {
            **cls._seeded(catalogue, cell),
            "model": ModelSpec.of(model, exclude=exclude, sources=sources),
            "device": _device(catalogue, cell["model"]),
        }

    def implementations(self) -> list[str]:
        return [self.dataset.implementation, *self.model.implementations()]


class TrainKnobs(ModelKnobs):
    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(**cls._of_model(catalogue, cell, exclude={"sampling"}))


class SamplerKnobs(ModelKnobs):
    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(**cls._of_model(catalogue, cell, exclude=set()))


class SampleKnobs(ModelKnobs):
    n_samples: int

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        model, seeds = catalogue.model(cell["model"]), catalogue.seeds(cell["seeds"])
        sources = model.sources(cell["dataset"], seeds)
        return cls(
            **cls._of_model(catalogue, cell, exclude=set(), sources=sources),
            n_samples=catalogue.study.n_samples,
        )


class EvaluateKnobs(DatasetKnobs):
    model: str
    needs_density: bool
    seeds: list[int]
    n_bandwidths: int
    metrics: Pairs
    """(metric, function that computes it)."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            dataset=DatasetSpec.of(catalogue, cell["dataset"]),
            metrics=list(taken_with(catalogue.study.metrics.more).items()),
            model=cell["model"],
            needs_density=catalogue.model(cell["model"]).needs_density,
            seeds=catalogue.seeds(cell["seeds"]),
            n_bandwidths=catalogue.study.metrics.n_bandwidths,
        )

    def implementations(self) -> list[str]:
        return [self.dataset.implementation, *(taken_by for _, taken_by in self.metrics)]


class LikelihoodKnobs(ModelKnobs):
    name: str
    n_points: int
    has_density: bool
    noise_levels: list[float]
    """Noise levels at which scores are compared; empty for models without scores."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        model, metrics = catalogue.model(cell["model"]), catalogue.study.metrics
        return cls(
            **cls._of_model(catalogue, cell, exclude={"sampling"}),
            name=cell["model"],
            n_points=metrics.n_likelihood,
            has_density=not model.why_no_density,
            noise_levels=metrics.noise_levels if model.has_scores else [],
        )


class ErrorSourcesKnobs(ModelKnobs):
    name: str
    n_samples: int
    n_bandwidths: int

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            **cls._of_model(catalogue, cell, exclude=set()),
            name=cell["model"],
            n_samples=N_SPLIT,
            n_bandwidths=catalogue.study.metrics.n_bandwidths,
        )


class RecordHistoryKnobs(JobKnobs):
    datasets: list[DatasetSpec]
    study_seed: int
    seeds: list[int]
    model: ModelSpec
    device: str
    trained: bool
    has_density: bool
    noise_level: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        model = catalogue.model(cell["model"])
        return cls(
            datasets=[DatasetSpec.of(catalogue, name) for name in catalogue.datasets],
            study_seed=catalogue.study.seed,
            seeds=catalogue.seeds(catalogue.blocks[0]),
            model=ModelSpec.of(model, exclude=set()),
            device=_device(catalogue, cell["model"]),
            trained=model.trained,
            has_density=not model.why_no_density,
            noise_level=catalogue.gap_level if model.has_scores else 0.0,
        )

    def implementations(self) -> list[str]:
        of_datasets = [dataset.implementation for dataset in self.datasets]
        return [*of_datasets, *self.model.implementations()]

    def on(self, dataset: DatasetSpec) -> ModelKnobs:
        """The knobs of the model on a data set."""
        return ModelKnobs(
            dataset=dataset,
            study_seed=self.study_seed,
            seeds=self.seeds,
            model=self.model,
            device=self.device,
        )


class SummaryKnobs(JobKnobs):
    models: list[str]
    confidence: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(models=catalogue.models, confidence=catalogue.study.metrics.confidence)


class VerdictsKnobs(JobKnobs):
    confidence: float
    margin: float
    n_seeds: int
    blocks: list[str]
    trained: list[str]
    groups: Pairs
    baselines: Pairs
    evaluations: list[tuple[str, int | None]]

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            confidence=catalogue.study.metrics.confidence,
            margin=catalogue.study.metrics.margin,
            n_seeds=catalogue.study.seeds,
            blocks=catalogue.blocks,
            trained=catalogue.trained,
            groups=list(catalogue.groups.items()),
            baselines=list(catalogue.baselines.items()),
            evaluations=[(name, catalogue.model(name).n_evaluations) for name in catalogue.models],
        )


class ConfigKnobs(JobKnobs):
    config: str
    """The resolved configuration, as YAML."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        from gen2d.config import to_yaml  # here, since few jobs need a configuration

        return cls(config=to_yaml(catalogue.study))
