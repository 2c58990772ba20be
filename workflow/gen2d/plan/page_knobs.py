"""What the jobs that draw figures and make pages are told of the configuration; see `knobs`."""

from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from gen2d.plan.knobs import N_SPLIT, JobKnobs, Pairs
from gen2d.plan.ladders import BASELINES, ShownLadder
from gen2d.plan.sweeps import Swept

if TYPE_CHECKING:
    from gen2d.plan.catalogue import Catalogue
    from gen2d.plan.stage import Cell


class LossesFigureKnobs(JobKnobs):
    method: str
    noise_level: float | None
    seed_opacity: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        model = catalogue.study.models[cell["model"]]
        return cls(
            method=model.method,
            noise_level=getattr(model.training, "noise_level", None),
            seed_opacity=catalogue.study.figures.losses.seed_opacity,
        )


class OriginalsFigureKnobs(JobKnobs):
    factor: float
    """That the recorded loss, a mean over points, is multiplied with."""
    label: str
    shown: dict[str, list[float]]
    """Where the original's loss ends, by data set: the least and the largest value."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        original = catalogue.original_losses[cell["model"]]
        is_summed = original.quantity == "summed_loss"
        batch_size = catalogue.study.models[original.model].training.batch_size
        return cls(
            factor=batch_size if is_summed else 1,
            label="loss, summed over the batch" if is_summed else "loss",
            shown=original.shown,
        )


class SamplesFigureKnobs(JobKnobs):
    groups: Pairs
    titles: Pairs
    n_points: int
    point_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        style = catalogue.study.figures.samples
        return cls(
            groups=list(catalogue.groups.items()),
            titles=list(catalogue.titles.items()),
            n_points=style.n_points,
            point_size=style.point_size,
        )


class HeroFigureKnobs(JobKnobs):
    judged: list[str]
    titles: Pairs
    n_points: int
    point_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        style = catalogue.study.figures.samples
        return cls(
            judged=catalogue.judged,
            titles=list(catalogue.titles.items()),
            n_points=style.n_points,
            point_size=style.point_size,
        )


class ErrorsFigureKnobs(JobKnobs):
    judged: list[str]
    titles: Pairs
    baselines: Pairs
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            judged=catalogue.judged,
            titles=list(catalogue.titles.items()),
            baselines=list(catalogue.baselines.items()),
            marker_size=catalogue.study.figures.metrics.marker_size,
        )


class FieldsFigureKnobs(JobKnobs):
    title: str

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(title=catalogue.titles[cell["model"]])


class StyledKnobs(JobKnobs):
    """Of figures of metrics: how they look, models' titles, and methods whose looks they use."""

    methods: Pairs
    titles: Pairs
    level: float
    marker_size: float

    @classmethod
    def _styled(cls, catalogue: "Catalogue") -> dict[str, Any]:
        return {
            "methods": list(catalogue.methods.items()),
            "titles": list(catalogue.titles.items()),
            "level": catalogue.study.metrics.level,
            "marker_size": catalogue.study.figures.metrics.marker_size,
        }

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(**cls._styled(catalogue))


class MetricsFigureKnobs(StyledKnobs):
    metric: str

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(**cls._styled(catalogue), metric=cell["metric"])


class ScoresFigureKnobs(StyledKnobs):
    noise_levels: list[float]

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            **{
                **cls._styled(catalogue),
                "methods": [(name, catalogue.methods[name]) for name in catalogue.with_scores],
            },
            noise_levels=catalogue.study.metrics.noise_levels,
        )


class SplitFigureKnobs(JobKnobs):
    level: float
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        study = catalogue.study
        return cls(level=study.metrics.level, marker_size=study.figures.metrics.marker_size)


class CostFigureKnobs(JobKnobs):
    methods: Pairs
    titles: Pairs
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            methods=list(catalogue.methods.items()),
            titles=list(catalogue.titles.items()),
            marker_size=catalogue.study.figures.metrics.marker_size,
        )


class SweepFigureKnobs(StyledKnobs):
    sweep: Swept

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(**cls._styled(catalogue), sweep=catalogue.sweeps[cell["sweep"]])


class LadderFigureKnobs(JobKnobs):
    ladder: ShownLadder
    baselines: Pairs
    """Those that are shown beside it, by method."""
    level: float
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        study, known = catalogue.study, catalogue.baselines
        return cls(
            ladder=catalogue.ladders[cell["ladder"]],
            baselines=[(method, known[method]) for method in BASELINES if method in known],
            level=study.metrics.level,
            marker_size=study.figures.metrics.marker_size,
        )


class ExplorerKnobs(JobKnobs):
    title: str
    level: float
    datasets: list[str]
    methods: Pairs
    titles: Pairs
    trained: list[str]
    explored: list[str]
    why_no_density: Pairs
    truth: str
    """The model of true samples; empty if there is none."""
    n_seeds: int
    seeds: list[int]
    """That are shown one by one."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            title=catalogue.study.report.title,
            level=catalogue.study.metrics.level,
            datasets=catalogue.datasets,
            methods=list(catalogue.methods.items()),
            titles=list(catalogue.titles.items()),
            trained=catalogue.trained,
            explored=catalogue.explored,
            why_no_density=list(catalogue.why_no_density.items()),
            truth=catalogue.baselines.get("truth", ""),
            n_seeds=catalogue.study.seeds,
            seeds=catalogue.explored_seeds,
        )


class DatasetFacts(Struct, frozen=True):
    """What the report says of a data set's configuration."""

    name: str
    n_train: int
    n_holdout: int


class ModelFacts(Struct, frozen=True):
    """What the report says of a model's configuration."""

    name: str
    method: str
    group: str
    trained: bool
    stable_targets: bool = False
    mistakes: list[str] = []
    """Of the coursework's submission, that it makes."""
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
    """A number of somebody's figure."""

    text: str
    model: str
    quantity: str
    shown: dict[str, list[float]]


class ReportKnobs(JobKnobs):
    title: str
    author: str
    claims: list[ClaimFacts]
    originals: list[OriginalFacts]
    level: float
    margin: float
    n_seeds: int
    n_samples: int
    n_reference: int
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
    splits: list[str]
    explored: list[str]
    noise_levels: list[float]
    """That models of one level train at."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        study = catalogue.study
        datasets = [(name, study.datasets[name]) for name in catalogue.datasets]
        return cls(
            title=study.report.title,
            author=study.report.author,
            claims=[ClaimFacts(**claim.model_dump()) for claim in study.report.claims],
            originals=[OriginalFacts(**shown.model_dump()) for shown in study.report.originals],
            level=study.metrics.level,
            margin=study.metrics.margin,
            n_seeds=study.seeds,
            n_samples=study.n_samples,
            n_reference=study.metrics.n_reference,
            n_bandwidths=study.metrics.n_bandwidths,
            n_likelihood=study.metrics.n_likelihood,
            n_split=N_SPLIT,
            blocks=catalogue.blocks,
            datasets=[DatasetFacts(name, d.n_train, d.n_holdout) for name, d in datasets],
            models=[ModelFacts.of(catalogue, name) for name in catalogue.models],
            titles=list(catalogue.titles.items()),
            metrics=catalogue.metrics,
            baselines=list(catalogue.baselines.items()),
            why_no_density=list(catalogue.why_no_density.items()),
            sweeps=list(catalogue.sweeps.items()),
            ladders=list(catalogue.ladders.items()),
            splits=catalogue.score_models,
            explored=catalogue.explored,
            noise_levels=catalogue.trained_levels,
        )
