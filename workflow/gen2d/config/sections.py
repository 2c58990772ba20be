"""Sections of the configuration: how samples are measured, how results look, where they go."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gen2d.config.base import PATH, Count, Fraction, Knobs, Name, Positive, Real
from gen2d.metrics.catalogue import MORE, wrong_more


def _ascending(levels: list[float]) -> list[float]:
    """Sorted; metrics are named by six digits of each."""
    if len({f"{level:g}" for level in levels}) < len(levels):
        text = f"expected each once; got {levels}"
        raise PydanticCustomError("twice", "{text}", {"text": text})
    return sorted(levels)


def _installed(names: list[str]) -> list[str]:
    """In the order of the catalogue."""
    if wrong := wrong_more(names):
        raise PydanticCustomError("more", "{text}", {"text": wrong})
    return [name for name in MORE if name in names]


class Metrics(Knobs):
    """How samples are measured."""

    n_reference: Annotated[int, Field(ge=100)] = 100_000
    """True points, drawn once a data set, that energy distances and MMDs are measured against; the
    first 10,000 of them fix the bandwidths, and serve the other metrics."""
    n_bandwidths: Annotated[int, Field(ge=1, le=16)] = 6
    """Bandwidths of the MMD: the median distance of true points, its half, its quarter, ..."""
    n_likelihood: Annotated[int, Field(ge=2)] = 4000
    """Fresh true points of each seed, at which learned densities are taken."""
    noise_levels: Annotated[list[Positive], Field(min_length=1), AfterValidator(_ascending)] = [
        0.05,
        0.1,
        0.2,
        0.5,
        1.0,
        2.0,
    ]
    """Standard deviations of the noise, in the units of the data, at which scores are compared."""
    confidence: Annotated[Real, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval; tests have the level 1 - confidence."""
    margin: Positive = 0.5
    """As good as kde is a model whose MMD² at the smallest bandwidth is shown to be no more than
    this share above kde's."""
    more: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": [*MORE]})]], AfterValidator(_installed)
    ] = []
    """Further metrics, which need packages of their own, pip install "gen2d[more]": c2st, the
    accuracy of a classifier; wasserstein1 and wasserstein2."""


class SampleFigure(Knobs):
    """Model samples over true samples."""

    n_points: Count = 2000
    """Points drawn of each, of the first seed."""
    point_size: Positive = 1.5
    """Area of a point, in square points."""


class LossFigure(Knobs):
    """Training and hold-out losses."""

    seed_opacity: Fraction = 0.25
    """Opacity of the single seeds' curves."""


class MetricFigure(Knobs):
    """Metrics with intervals."""

    marker_size: Positive = 4
    """Diameter of a marker, in points."""


class Figures(Knobs):
    """Looks; an edit here redraws one figure and the report."""

    losses: LossFigure = LossFigure.model_construct()
    samples: SampleFigure = SampleFigure.model_construct()
    metrics: MetricFigure = MetricFigure.model_construct()


class Claim(Knobs):
    """What somebody found, to be held against the study."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """The claim, in their words."""
    models: Annotated[list[Name], Field(min_length=1)]
    """The models that it is held against, in this order; those that a study lacks are left out."""
    decided_by: Literal["samples", "loss"]
    """What decides it: samples, by MMD² at the smallest bandwidth, which are to be shown better
    than one Gaussian's on data sets of `works_on` and to close less of the way from it to the truth
    on those of `fails_on`; or a training loss that falls."""
    works_on: list[Name] = []
    """Data sets on which the samples are claimed to be good."""
    fails_on: list[Name] = []
    """Data sets on which they are claimed to be less good."""


def _in_order(shown: list[float]) -> list[float]:
    if shown[0] > shown[1]:
        text = f"expected the least value, then the largest; got {shown}"
        raise PydanticCustomError("order", "{text}", {"text": text})
    return shown


class Original(Knobs):
    """A number that somebody's figure shows, to be set beside the study's."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """What is shown."""
    model: Name
    """The model of the study that stands for theirs; without it the number is left out."""
    quantity: Literal["loss", "summed_loss", "furthest_coordinate"]
    """The mean training loss over the last 5 % of the steps, as it is or times the batch size; or
    the largest absolute coordinate of the samples."""
    shown: dict[
        Name,
        Annotated[list[Real], Field(min_length=2, max_length=2), AfterValidator(_in_order)],
    ]
    """What the figure shows of each data set: the least and the largest value that it may be."""


class Report(Knobs):
    """Title page, and claims to judge."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """Title of the report."""
    author: Annotated[str, StringConstraints(max_length=300)] = ""
    """Author, or empty."""
    introduction: Annotated[str, StringConstraints(max_length=1000)] = ""
    """What the first page begins with: the question, and what names of models mean."""
    claims: list[Claim] = []
    """Claims that the report judges."""
    originals: list[Original] = []
    """Numbers of others' figures, beside the study's own."""


def _inside_results(path: str) -> str:
    parts = Path(path).parts
    if not parts or parts[0] != "results" or ".." in parts:
        raise PydanticCustomError("outside", "Input should be a folder within results/")
    if path != str(Path(path)):
        raise PydanticCustomError("untidy", f"expected {Path(path)}, so written; got {path}")
    return path


class Pathvars(Knobs):
    """Where things go; Snakemake's own `pathvars`."""

    results: Annotated[
        str,
        StringConstraints(pattern=PATH, max_length=200),
        BeforeValidator(lambda v: _inside_results(v) if isinstance(v, str) else v),
    ] = "results"
    """Folder of everything that the workflow writes: results, or a folder in it."""
