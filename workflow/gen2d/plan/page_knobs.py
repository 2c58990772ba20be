"""The knobs of the jobs that make pages; see `gen2d.plan.knobs`."""

from typing import TYPE_CHECKING, Self

from msgspec import Struct

from gen2d.plan.knobs import N_SPLIT, JobKnobs, Pairs
from gen2d.plan.ladders import ShownLadder
from gen2d.plan.sweeps import Swept

if TYPE_CHECKING:
    from gen2d.plan.catalogue import Catalogue
    from gen2d.plan.stage import Cell


class ExplorerPageKnobs(JobKnobs):
    title: str
    confidence: float
    datasets: list[str]
    methods: Pairs
    titles: Pairs
    trained: list[str]
    judged: list[str]
    """Models other than baselines."""
    single_levels: list[str]
    """Models that learn the score at one noise level."""
    why_no_density: Pairs
    truth: str
    """The model of true samples; empty if there is none."""
    n_seeds: int
    seeds: list[int]
    """Seeds that are shown one by one."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            title=catalogue.study.report.title,
            confidence=catalogue.study.metrics.confidence,
            datasets=catalogue.datasets,
            methods=list(catalogue.methods.items()),
            titles=list(catalogue.titles.items()),
            trained=catalogue.trained,
            judged=catalogue.judged,
            single_levels=list(catalogue.single_levels),
            why_no_density=list(catalogue.why_no_density.items()),
            truth=catalogue.baselines.get("truth", ""),
            n_seeds=catalogue.study.seeds,
            seeds=catalogue.explored_seeds,
        )


class DatasetFacts(Struct, frozen=True):
    """Configuration of a data set, for the report."""

    name: str
    n_train: int
    n_holdout: int
    n_reference: int
    source: str
    """File of its points, and how it was read; empty where the density is known."""

    @classmethod
    def of(cls, catalogue: "Catalogue", name: str) -> Self:
        dataset = catalogue.dataset(name)
        return cls(
            name=name,
            n_train=dataset.n_train,
            n_holdout=dataset.n_holdout,
            n_reference=dataset.reference_size(catalogue.study),
            source=dataset.source,
        )


class ModelFacts(Struct, frozen=True):
    """Configuration of a model, for the report."""

    name: str
    method: str
    group: str
    trained: bool
    stable_targets: bool = False
    mistakes: list[str] = []
    """The mistakes of the coursework's submission that it makes."""
    batch_size: int = 0

    @classmethod
    def of(cls, catalogue: "Catalogue", name: str) -> Self:
        model = catalogue.study.models[name]
        training = getattr(model, "training", None)
        return cls(
            name=name,
            method=model.method,
            group=catalogue.groups[name],
            trained=model.trained,
            stable_targets=getattr(training, "stable_targets", False),
            mistakes=model.mistakes,
            batch_size=getattr(training, "batch_size", 0),
        )


class ClaimFacts(Struct, frozen=True):
    """A claim that the report judges."""

    text: str
    models: list[str]
    decided_by: str
    works_on: list[str]
    fails_on: list[str]


class OriginalFacts(Struct, frozen=True):
    """A number in an original's figure."""

    text: str
    model: str
    quantity: str
    shown: dict[str, list[float]]


class ReportKnobs(JobKnobs):
    title: str
    author: str
    introduction: str
    claims: list[ClaimFacts]
    originals: list[OriginalFacts]
    confidence: float
    margin: float
    n_seeds: int
    n_samples: int
    n_bandwidths: int
    n_likelihood: int
    n_split: int
    blocks: list[str]
    datasets: list[DatasetFacts]
    models: list[ModelFacts]
    titles: Pairs
    metrics: list[str]
    baselines: Pairs
    why_no_density: Pairs
    sweeps: list[tuple[str, Swept]]
    ladders: list[tuple[str, ShownLadder]]
    noise_levels: list[float]
    """Noise levels that models of one level train at."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        study = catalogue.study
        return cls(
            title=study.report.title,
            author=study.report.author,
            introduction=study.report.introduction,
            claims=[ClaimFacts(**claim.model_dump()) for claim in study.report.claims],
            originals=[OriginalFacts(**shown.model_dump()) for shown in study.report.originals],
            confidence=study.metrics.confidence,
            margin=study.metrics.margin,
            n_seeds=study.seeds,
            n_samples=study.n_samples,
            n_bandwidths=study.metrics.n_bandwidths,
            n_likelihood=study.metrics.n_likelihood,
            n_split=N_SPLIT,
            blocks=catalogue.blocks,
            datasets=[DatasetFacts.of(catalogue, name) for name in catalogue.datasets],
            models=[ModelFacts.of(catalogue, name) for name in catalogue.models],
            titles=list(catalogue.titles.items()),
            metrics=catalogue.metrics,
            baselines=list(catalogue.baselines.items()),
            why_no_density=list(catalogue.why_no_density.items()),
            sweeps=list(catalogue.sweeps.items()),
            ladders=list(catalogue.ladders.items()),
            noise_levels=catalogue.trained_levels,
        )
