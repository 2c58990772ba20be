"""Sections of the configuration: how samples are measured, how results look, where they go."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gen2d.config.base import PATH, Count, Fraction, Knobs, Name, Positive, Real
from gen2d.metrics.catalogue import MORE, wrong_more


def _ascending(levels: list[float]) -> list[float]:
    """Sorted levels; raises if two are equal to six digits, as their metrics would share a name."""
    if len({f"{level:g}" for level in levels}) < len(levels):
        text = f"expected each once; got {levels}"
        raise PydanticCustomError("twice", "{text}", {"text": text})
    return sorted(levels)


def _installed(names: list[str]) -> list[str]:
    """Names in the order of the catalogue; raises if one cannot be computed."""
    if wrong := wrong_more(names):
        raise PydanticCustomError("more", "{text}", {"text": wrong})
    return [name for name in MORE if name in names]


class Metrics(Knobs):
    """How samples are measured."""

    n_reference: Annotated[int, Field(ge=100)] = 100_000
    """Reference points, drawn once per data set, for energy distances and MMDs; the first 10,000
    set the bandwidths, and serve the other metrics."""
    n_bandwidths: Annotated[int, Field(ge=1, le=16)] = 6
    """Bandwidths of the MMD: the median distance of true points, its half, its quarter, ..."""
    n_likelihood: Annotated[int, Field(ge=2)] = 4000
    """Fresh true points of each seed, at which learned densities are evaluated."""
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
    """Confidence of every interval; tests have the level 1 - confidence."""
    margin: Positive = 0.5
    """A model is called as good as kde if a test shows that its MMD² at the smallest bandwidth is
    at most this share above kde's."""
    more: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": [*MORE]})]], AfterValidator(_installed)
    ] = []
    """Optional metrics, which need pip install "gen2d[more]": c2st, the accuracy of a classifier;
    wasserstein1 and wasserstein2."""


class SampleFigure(Knobs):
    """Model samples over true samples."""

    n_points: Count = 2000
    """Points shown of each sample, first seed."""
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
    """Looks of figures; an edit redraws one figure and the report."""

    losses: LossFigure = LossFigure.model_construct()
    samples: SampleFigure = SampleFigure.model_construct()
    metrics: MetricFigure = MetricFigure.model_construct()


class Claim(Knobs):
    """A claim of somebody else, to be tested by the study."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """The claim, in their words."""
    models: Annotated[list[Name], Field(min_length=1)]
    """Models that it is tested on, in this order; models that the study lacks are left out."""
    decided_by: Literal["samples", "loss"]
    """samples: by MMD² at the smallest bandwidth, they are shown better than one Gaussian's on
    `works_on`, and close less of the way from it to the truth on `fails_on`. loss: the training
    loss falls."""
    works_on: list[Name] = []
    """Data sets on which the samples are claimed to be good."""
    fails_on: list[Name] = []
    """Data sets on which the samples are claimed to be less good."""


def _in_order(shown: list[float]) -> list[float]:
    if shown[0] > shown[1]:
        text = f"expected the least value, then the largest; got {shown}"
        raise PydanticCustomError("order", "{text}", {"text": text})
    return shown


class Original(Knobs):
    """A number from somebody else's figure, to be shown beside the study's."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """What the number is, in words."""
    model: Name
    """The study's model that corresponds to theirs; without it the number is left out."""
    quantity: Literal["loss", "summed_loss", "furthest_coordinate"]
    """loss: the mean training loss over the last 5 % of the steps. summed_loss: the same times the
    batch size. furthest_coordinate: the largest absolute coordinate of the samples."""
    shown: dict[
        Name,
        Annotated[list[Real], Field(min_length=2, max_length=2), AfterValidator(_in_order)],
    ]
    """The number by data set: the least and the largest value that the figure allows."""


class Report(Knobs):
    """Title page, and claims to judge."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """Title of the report."""
    author: Annotated[str, StringConstraints(max_length=300)] = ""
    """Author, or empty."""
    introduction: Annotated[str, StringConstraints(max_length=1000)] = ""
    """Opening text of the first page: the question, and the meaning of models' names."""
    claims: list[Claim] = []
    """Claims that the report judges."""
    originals: list[Original] = []
    """Numbers from others' figures, shown beside the study's own."""


def _inside_results(path: str) -> str:
    parts = Path(path).parts
    if not parts or parts[0] != "results" or ".." in parts:
        raise PydanticCustomError("outside", "Input should be a folder within results/")
    if path != str(Path(path)):
        raise PydanticCustomError("untidy", f"expected {Path(path)}, so written; got {path}")
    return path


class Pathvars(Knobs):
    """Folders of files, as Snakemake's `pathvars`."""

    results: Annotated[
        str,
        StringConstraints(pattern=PATH, max_length=200),
        BeforeValidator(lambda v: _inside_results(v) if isinstance(v, str) else v),
    ] = "results"
    """Folder of everything that the workflow writes: results, or a folder in it."""
