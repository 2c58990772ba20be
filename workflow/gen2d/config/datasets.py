"""The knobs of every data set, and `DATASETS`, the class of each `kind`."""

import math
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import Column, Count, Knobs, NonNegative, Positive, Real
from gen2d.storage.errors import FileError

if TYPE_CHECKING:
    from gen2d.config.study import Study

MAX_SDS_FROM_ORIGIN = 1e5
"""Farther out, in standard deviations of the data, single precision hardly separates points."""
LEAST_ROWS = 100
TRAIN, HOLDOUT, REFERENCE = 0.6, 0.1, 0.3
"""Shares of the rows of a file."""


class Dataset(Knobs):
    """A density to draw from, and the numbers of points per seed."""

    implementation: ClassVar[str]

    n_train: Annotated[int, Field(ge=3)] = 2000
    """Training points of each seed; fewer than 3 determine no density."""
    n_holdout: Count = 500
    """Hold-out points of each seed: never trained on, only for the hold-out loss."""

    def parameters(self, study: "Study") -> dict[str, Any]:
        """The arguments of the density's class."""
        return self.model_dump(exclude={"kind", "n_train", "n_holdout"})

    def reference_size(self, study: "Study") -> int:
        """Number of true points that samples are measured against."""
        return study.metrics.n_reference

    @property
    def source(self) -> str:
        """The file of the points, and how it was read; empty for a density."""
        return ""


class CheckerboardKnobs(Dataset):
    """Eight uniform squares of a checkerboard."""

    implementation: ClassVar[str] = "gen2d.densities.checkerboard:Checkerboard"
    kind: Literal["checkerboard"]


class GaussianMixtureKnobs(Dataset):
    """Equally weighted Gaussians on a circle."""

    implementation: ClassVar[str] = "gen2d.densities.gaussian_mixture:GaussianMixture"
    kind: Literal["gaussian_mixture"]
    n_components: Count = 7
    """Number of Gaussians."""
    radius: NonNegative = 1.2
    """Radius of the circle of means."""
    sd: Positive = 0.12
    """Standard deviation of each Gaussian."""


class GaussianGridKnobs(Dataset):
    """Equally weighted Gaussians on a square grid about the origin."""

    implementation: ClassVar[str] = "gen2d.densities.gaussian_mixture:GaussianGrid"
    kind: Literal["gaussian_grid"]
    n_per_side: Count = 5
    """Gaussians along a side of the grid."""
    spacing: Positive = 2
    """Distance of neighbouring means."""
    sd: Positive = 0.05
    """Standard deviation of each Gaussian."""


class GaussiansKnobs(Dataset):
    """Gaussians of one standard deviation, anywhere, with any weights."""

    implementation: ClassVar[str] = "gen2d.densities.gaussian_mixture:Gaussians"
    kind: Literal["gaussians"]
    means: Annotated[
        list[Annotated[list[Real], Field(min_length=2, max_length=2)]], Field(min_length=1)
    ]
    """The means, a list of [x1, x2]."""
    weights: list[Positive] | None = None
    """Relative weights, one per mean; null for equal weights."""
    sd: Positive
    """Standard deviation of each Gaussian."""

    @model_validator(mode="after")
    def _a_weight_each(self) -> "GaussiansKnobs":
        if self.weights is not None and len(self.weights) != len(self.means):
            raise PydanticCustomError(
                "weights",
                f"weights: expected {len(self.means)}, one per mean; got {len(self.weights)}",
            )
        return self

    @model_validator(mode="after")
    def _near_the_origin(self) -> "GaussiansKnobs":
        for axis in zip(*self.means, strict=True):
            mean = fmean(axis, self.weights)
            sd = math.sqrt(fmean([(x - mean) * (x - mean) for x in axis], self.weights))
            if abs(mean) >= MAX_SDS_FROM_ORIGIN * math.hypot(sd, self.sd):
                text = (
                    "means: expected their mean to be nearer to 0 than"
                    f" {MAX_SDS_FROM_ORIGIN:g} standard deviations of the mixture; got {mean:g}"
                )
                raise PydanticCustomError("far", "{text}", {"text": text})
        return self


class SpiralKnobs(Dataset):
    """An Archimedean spiral with Gaussian noise."""

    implementation: ClassVar[str] = "gen2d.densities.spiral:Spiral"
    kind: Literal["spiral"]
    n_turns: Positive = 3
    """Turns of the spiral."""
    pitch: Positive = 0.05
    """Growth of the radius, per radian."""
    sd: Positive = 0.04
    """Standard deviation of the noise."""


class SwissRollKnobs(Dataset):
    """A spiral that begins 3/4 of a turn from its centre, with Gaussian noise."""

    implementation: ClassVar[str] = "gen2d.densities.spiral:SwissRoll"
    kind: Literal["swiss_roll"]
    n_turns: Positive = 1.5
    """Turns of the spiral, without the first 3/4."""
    pitch: Positive = 0.2
    """Growth of the radius, per radian."""
    sd: Positive = 0.2
    """Standard deviation of the noise."""


class TwoSpiralsKnobs(Dataset):
    """Two spirals from the origin, half a turn apart, with Gaussian noise."""

    implementation: ClassVar[str] = "gen2d.densities.spiral:TwoSpirals"
    kind: Literal["two_spirals"]
    n_turns: Positive = 1.5
    """Turns of each spiral."""
    pitch: Positive = 1 / 3
    """Growth of the radius, per radian."""
    sd: Positive = 0.1
    """Standard deviation of the noise."""


class CirclesKnobs(Dataset):
    """Concentric circles with Gaussian noise."""

    implementation: ClassVar[str] = "gen2d.densities.circles:Circles"
    kind: Literal["circles"]
    radii: Annotated[list[Positive], Field(min_length=1)] = [1.5, 3.0]
    """Radius of each circle; all are equally likely."""
    sd: Positive = 0.24
    """Standard deviation of the noise."""


class RingsKnobs(Dataset):
    """More concentric circles, with less noise."""

    implementation: ClassVar[str] = "gen2d.densities.circles:Circles"
    kind: Literal["rings"]
    radii: Annotated[list[Positive], Field(min_length=1)] = [0.75, 1.5, 2.25, 3.0]
    """Radius of each circle; all are equally likely."""
    sd: Positive = 0.08
    """Standard deviation of the noise."""


class MoonsKnobs(Dataset):
    """Two interleaving half circles with Gaussian noise."""

    implementation: ClassVar[str] = "gen2d.densities.moons:Moons"
    kind: Literal["moons"]
    radius: Positive = 2
    """Radius of the half circles."""
    sd: Positive = 0.2
    """Standard deviation of the noise."""


class PinwheelKnobs(Dataset):
    """Curved arms from the origin."""

    implementation: ClassVar[str] = "gen2d.densities.pinwheel:Pinwheel"
    kind: Literal["pinwheel"]
    n_arms: Count = 3
    """Number of arms."""
    sd: Positive = 0.2
    """Standard deviation of the angle, in radians."""
    rate: Real = 4
    """Angle between arms and along an arm of length 1, in radians."""

    @model_validator(mode="after")
    def _points_on_every_arm(self) -> "PinwheelKnobs":
        if self.n_train < 2 * self.n_arms:
            text = f"n_train: expected 2 n_arms = {2 * self.n_arms} or more; got {self.n_train}"
            raise PydanticCustomError("few", "{text}", {"text": text})
        return self


class FFJORDPinwheelKnobs(Dataset):
    """Gaussians on a ring, swirled around the origin."""

    implementation: ClassVar[str] = "gen2d.densities.ffjord_pinwheel:FFJORDPinwheel"
    kind: Literal["ffjord_pinwheel"]
    n_arms: Count = 5
    """Number of arms."""
    radial_sd: Positive = 0.3
    """Standard deviation along an arm, before scaling."""
    tangential_sd: Annotated[float, Field(ge=0.003)] = 0.1
    """Standard deviation across an arm, before scaling."""
    rate: Real = 0.25
    """Rotation of a point in radians, divided by the exponential of its radius before scaling."""
    scale: Positive = 2
    """Radius of the ring."""

    @model_validator(mode="after")
    def _integrable(self) -> "FFJORDPinwheelKnobs":
        # All but 1e-15 of the mass is within this radius; math.exp overflows above 709.
        reach = 1 + 8 * max(self.radial_sd, self.tangential_sd)
        if abs(self.rate) * math.exp(min(reach, 700)) > 40:
            text = (
                "expected |rate| exp(1 + 8 sd) of at most 40 with the larger sd, since finer swirls"
                f" take too long to integrate; got rate {self.rate:g} and sd {(reach - 1) / 8:g}"
            )
            raise PydanticCustomError("swirl", "{text}", {"text": text})
        return self


def _refused(text: str) -> PydanticCustomError:
    return PydanticCustomError("file", "path: {text}", {"text": text})


class PointsKnobs(Dataset):
    """Points from a file, whose density is unknown."""

    implementation: ClassVar[str] = "gen2d.densities.points:Points"
    kind: Literal["points"]
    path: Annotated[str, StringConstraints(min_length=1)]
    """CSV, TSV, NPY or NPZ file of 100 rows or more, also compressed; `~` is your home folder."""
    columns: list[Column] = []
    """The two columns of the points, by name or by number, from 1. By default the file must have
    two, beside an index. A further column `label` colours true points."""
    n_train: Annotated[int, Field(ge=3, default=None)]
    """Training points of each seed; by default 0.6 of the rows."""
    n_holdout: Annotated[int, Field(ge=1, default=None)]
    """Hold-out points, the same for every seed; by default 0.1 of the rows."""
    n_reference: Annotated[int, Field(ge=30)] | None = None
    """Reference points; null for 0.3 of the rows, but at most metrics.n_reference."""
    _n_rows: int = PrivateAttr()
    _digest: str = PrivateAttr()
    _notes: list[str] = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> "PointsKnobs":
        from gen2d.geometry import TIED, share_tied, unfit  # here, since these import numpy
        from gen2d.storage.points import read_points

        try:
            found = read_points(self.path, columns=self.columns)
        except OSError as error:
            raise _refused(f"{self.path}: expected a file; got {error.strerror}") from None
        except FileError as error:
            raise _refused(str(error)) from None
        points, self._digest, self._notes = found.points, found.digest, found.all_notes
        self._n_rows = len(points)
        if self._n_rows < LEAST_ROWS:
            raise _refused(f"{self.path}: expected {LEAST_ROWS} rows or more; got {self._n_rows}")
        if fault := unfit(points, MAX_SDS_FROM_ORIGIN):
            raise _refused(
                f"{self.path}: expected points over the plane around 0, the farthest 1e-15 to 1e15"
                f" from it; got {fault}"
            )
        if (tied := share_tied(points)) > TIED:
            text = f"{tied:.0%} of the rows coincide, so that no likelihood is taken"
            self._notes = [*self._notes, text]
        for key, share in (("n_train", TRAIN), ("n_holdout", HOLDOUT)):
            if getattr(self, key) is None:
                vars(self)[key] = int(share * self._n_rows)
        return self

    @property
    def n_rows(self) -> int:
        """Rows of the file."""
        return self._n_rows

    @property
    def source(self) -> str:
        return "; ".join([f"{self._n_rows} rows of {self.path}", *self._notes])

    def reference_size(self, study: "Study") -> int:
        share = int(REFERENCE * self._n_rows)
        return self.n_reference or min(share, study.metrics.n_reference)

    def parameters(self, study: "Study") -> dict[str, Any]:
        """The file with its digest, and the numbers that split its rows."""
        return {
            "path": self.path,
            "columns": self.columns,
            "digest": self._digest,
            "study_seed": study.seed,
            "n_holdout": self.n_holdout,
            "n_reference": self.reference_size(study),
        }


DATASETS: dict[str, type[Dataset]] = {
    "checkerboard": CheckerboardKnobs,
    "circles": CirclesKnobs,
    "ffjord_pinwheel": FFJORDPinwheelKnobs,
    "gaussian_grid": GaussianGridKnobs,
    "gaussian_mixture": GaussianMixtureKnobs,
    "gaussians": GaussiansKnobs,
    "moons": MoonsKnobs,
    "pinwheel": PinwheelKnobs,
    "points": PointsKnobs,
    "rings": RingsKnobs,
    "spiral": SpiralKnobs,
    "swiss_roll": SwissRollKnobs,
    "two_spirals": TwoSpiralsKnobs,
}
