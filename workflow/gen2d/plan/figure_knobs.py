"""The knobs of the jobs that draw figures; see `gen2d.plan.knobs`."""

from typing import TYPE_CHECKING, Any, Self

from gen2d.plan.knobs import JobKnobs, Pairs
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
    """Factor on the recorded loss, which is a mean over points."""
    label: str
    shown: dict[str, list[float]]
    """The final value of the original's loss, by data set: the least and the largest possible."""

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
    methods: Pairs
    titles: Pairs
    n_points: int
    point_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        style = catalogue.study.figures.samples
        return cls(
            judged=catalogue.judged,
            methods=list(catalogue.methods.items()),
            titles=list(catalogue.titles.items()),
            n_points=style.n_points,
            point_size=style.point_size,
        )


class LearningFigureKnobs(JobKnobs):
    noise_level: float
    gaussian: str
    """The baseline; empty if there is none."""
    judged: list[str]
    titles: Pairs

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            noise_level=catalogue.single_levels[cell["model"]],
            gaussian=catalogue.baselines.get("gaussian", ""),
            judged=catalogue.judged,
            titles=list(catalogue.titles.items()),
        )


class ChainsFigureKnobs(JobKnobs):
    methods: Pairs
    titles: Pairs

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(methods=list(catalogue.methods.items()), titles=list(catalogue.titles.items()))


class GapsFigureKnobs(JobKnobs):
    single: str
    """The first model of denoising score matching at one noise level; empty if there is none."""
    noise_level: float
    truth: str
    """The baseline; empty if there is none."""
    titles: Pairs

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            single=next(iter(catalogue.single_levels), ""),
            noise_level=catalogue.gap_level,
            truth=catalogue.baselines.get("truth", ""),
            titles=list(catalogue.titles.items()),
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


class DensitiesFigureKnobs(JobKnobs):
    titles: Pairs
    """Titles of models with a density."""

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(titles=[(name, catalogue.titles[name]) for name in catalogue.with_density])


class FieldsFigureKnobs(JobKnobs):
    title: str

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(title=catalogue.titles[cell["model"]])


class StyledKnobs(JobKnobs):
    """Knobs of the figures of metrics: models' methods, which set their looks, titles, style."""

    methods: Pairs
    titles: Pairs
    confidence: float
    marker_size: float

    @classmethod
    def _styled(cls, catalogue: "Catalogue") -> dict[str, Any]:
        return {
            "methods": list(catalogue.methods.items()),
            "titles": list(catalogue.titles.items()),
            "confidence": catalogue.study.metrics.confidence,
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


class ScoresFigureKnobs(JobKnobs):
    methods: Pairs
    """Methods of models with scores."""
    titles: Pairs
    judged: list[str]
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        names = catalogue.with_scores
        return cls(
            methods=[(name, catalogue.methods[name]) for name in names],
            titles=[(name, catalogue.titles[name]) for name in names],
            judged=[name for name in catalogue.judged if name in names],
            marker_size=catalogue.study.figures.metrics.marker_size,
        )


class FloorsFigureKnobs(JobKnobs):
    noise_levels: list[float]

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(noise_levels=catalogue.study.metrics.noise_levels)


class ErrorSourcesFigureKnobs(JobKnobs):
    titles: Pairs
    """Titles of models whose error sources are measured."""
    kde: str
    """The baseline; empty if there is none."""
    confidence: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        return cls(
            titles=[(name, catalogue.titles[name]) for name in catalogue.score_models],
            kde=catalogue.baselines.get("kde", ""),
            confidence=catalogue.study.metrics.confidence,
        )


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
    """Baselines that are shown beside it, by method."""
    confidence: float
    marker_size: float

    @classmethod
    def of(cls, catalogue: "Catalogue", cell: "Cell") -> Self:
        study, known = catalogue.study, catalogue.baselines
        return cls(
            ladder=catalogue.ladders[cell["ladder"]],
            baselines=[(method, known[method]) for method in BASELINES if method in known],
            confidence=study.metrics.confidence,
            marker_size=study.figures.metrics.marker_size,
        )
