"""The knobs of every data set, and `DATASETS`, the class of each `kind`."""

import math
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import POINTS, Count, Knobs, NonNegative, Positive, Real
from gen2d.storage.errors import FileError

if TYPE_CHECKING:
    import numpy as np

    from gen2d.config.study import Study

MAX_SDS_FROM_ORIGIN = 1e5
"""Farther out, in standard deviations of the data, single precision hardly tells points apart."""


class Dataset(Knobs):
    """A density to draw from, and how many points a seed gets of it."""

    implementation: ClassVar[str]

    n_train: Annotated[int, Field(ge=3)] = 2000
    """Training points of each seed; of fewer there is no density to estimate."""
    n_holdout: Count = 500
    """Hold-out points of each seed: never trained on, only for the hold-out loss."""

    def parameters(self, study: "Study") -> dict[str, Any]:
        """The arguments of the density itself."""
        return self.model_dump(exclude={"kind", "n_train", "n_holdout"})


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
    """Relative weights, one a mean; null for equal ones."""
    sd: Positive
    """Standard deviation of each Gaussian."""

    @model_validator(mode="after")
    def _a_weight_each(self) -> "GaussiansKnobs":
        if self.weights is not None and len(self.weights) != len(self.means):
            raise PydanticCustomError(
                "weights",
                f"weights: expected {len(self.means)}, one a mean; got {len(self.weights)}",
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
    """Radians that a point is turned by, over the exponential of its radius before scaling."""
    scale: Positive = 2
    """Radius of the ring."""

    @model_validator(mode="after")
    def _integrable(self) -> "FFJORDPinwheelKnobs":
        # Where the last 1e-15 of the mass is; math.exp overflows above 709.
        reach = 1 + 8 * max(self.radial_sd, self.tangential_sd)
        if abs(self.rate) * math.exp(min(reach, 700)) > 40:
            text = (
                "expected |rate| exp(1 + 8 sd) of at most 40 with the larger sd, since finer swirls"
                f" take too long to integrate; got rate {self.rate:g} and sd {(reach - 1) / 8:g}"
            )
            raise PydanticCustomError("swirl", "{text}", {"text": text})
        return self


class PointsKnobs(Dataset):
    """Points from a file: no density is known of them."""

    implementation: ClassVar[str] = "gen2d.densities.points:Points"
    kind: Literal["points"]
    path: Annotated[str, StringConstraints(pattern=POINTS)]
    """CSV or NPY file of two columns, of at least n_holdout + n_train rows and as many to measure
    by: n_train, or metrics.n_reference where that is less."""
    _n_rows: int = PrivateAttr()
    _digest: str = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> "PointsKnobs":
        from gen2d.storage import files  # here, since it imports numpy

        try:
            points, self._digest = files.read_points(self.path)
        except OSError as error:
            text = f"path: {self.path}: expected a file; got {error.strerror}"
            raise PydanticCustomError("file", "{text}", {"text": text}) from None
        except FileError as error:
            raise PydanticCustomError("file", "path: {text}", {"text": str(error)}) from None
        self._n_rows = len(points)
        if fault := self._fault(points):
            text = (
                f"{self.path}: expected points over the plane around 0, the farthest 1e-15 to 1e15"
                f" from it; got {fault}"
            )
            raise PydanticCustomError("spread", "path: {text}", {"text": text})
        return self

    @staticmethod
    def _fault(points: "np.ndarray") -> str:
        """Why points [N, 2] are none to learn from in single precision, or nothing.

        They are to span the plane, and less than a third of all pairs to coincide.
        """
        import numpy as np  # here, for the same reason

        places = np.ascontiguousarray(points).view(complex)
        counts = np.unique(places, return_counts=True)[1]
        if len(points) < 3:
            return f"{len(points)} rows"
        if np.sum(counts * (counts - 1)) >= len(points) * (len(points) - 1) / 3:
            return "mostly the same point"
        size = np.abs(points).max()
        if not 1e-15 < size < 1e15:
            return f"numbers up to {size:g}"
        scaled = points / size
        mean, sd = scaled.mean(axis=0), scaled.std(axis=0)
        if np.linalg.matrix_rank(scaled - mean) < 2:
            return "points on a line"
        if (np.abs(mean) >= MAX_SDS_FROM_ORIGIN * sd).any():
            return (
                f"points farther from 0 than {MAX_SDS_FROM_ORIGIN:g} of their standard deviations"
            )
        return ""

    def n_reference(self, study: "Study") -> int:
        """True points to measure by: half of the rows that are not held out, or fewer if asked."""
        return min(study.metrics.n_reference, (self._n_rows - self.n_holdout) // 2)

    def parameters(self, study: "Study") -> dict[str, Any]:
        """The file, told by its content too, and what its rows are cut by."""
        return {
            "path": self.path,
            "digest": self._digest,
            "study_seed": study.seed,
            "n_holdout": self.n_holdout,
            "n_reference": self.n_reference(study),
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
