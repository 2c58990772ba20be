"""Every knob of the study: typed, bounded and documented.

The registries `DATASETS` and `METHODS` map the `kind` of a data set and the `method` of a model to
the class of its knobs; that class names its implementation as "module:Class", which is imported
only by the jobs that need it. Files of the user's own add to both (`plugins`). Imports no torch,
and numpy only to check a file of points.
"""

import json
import re
from functools import reduce
from itertools import product
from operator import or_
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializeAsAny,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from gen2d import plugins


class ConfigError(ValueError):
    """The configuration asks for something that the study cannot do; one line a mistake."""


def _number(value: Any) -> Any:
    """YAML 1.1 reads 1e-3 as text; people mean the number."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


Count = Annotated[int, Field(ge=1)]
Real = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Real, Field(gt=0)]
NonNegative = Annotated[Real, Field(ge=0)]
Fraction = Annotated[Real, Field(gt=0, le=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""Names become folders and wildcards: small letters, digits and underscores."""


class Knobs(BaseModel):
    """A section of the configuration; unknown keys and loosely typed values are refused."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        if isinstance(values, dict):
            for key in values:
                if key not in cls.model_fields:
                    known = ", ".join(cls.model_fields)
                    raise PydanticCustomError(
                        "unknown_key", f"expected one of the keys {known}; got '{key}'"
                    )
        return values


# --- data sets ------------------------------------------------------------------------------------


class Dataset(Knobs):
    """A density to draw from, and how many points a seed gets of it."""

    implementation: ClassVar[str]

    n_train: Count = 2000
    """Training points of each seed."""
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


class RingsKnobs(CirclesKnobs):
    """More concentric circles, with less noise."""

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


class FFJORDPinwheelKnobs(Dataset):
    """Gaussians on a ring, swirled around the origin."""

    implementation: ClassVar[str] = "gen2d.densities.ffjord_pinwheel:FFJORDPinwheel"
    kind: Literal["ffjord_pinwheel"]
    n_arms: Count = 5
    """Number of arms."""
    radial_sd: Positive = 0.3
    """Standard deviation along an arm, before scaling."""
    tangential_sd: Positive = 0.1
    """Standard deviation across an arm, before scaling."""
    rate: Real = 0.25
    """Radians that a point is turned by, over the exponential of its radius before scaling."""
    scale: Positive = 2
    """Radius of the ring."""


class PointsKnobs(Dataset):
    """Points from a file: no density is known of them."""

    implementation: ClassVar[str] = "gen2d.densities.points:Points"
    kind: Literal["points"]
    path: Annotated[str, StringConstraints(pattern=r"\.(csv|npy)$")]
    """CSV or NPY file of two columns; at least n_train + n_holdout + metrics.n_reference rows."""
    _n_rows: int = PrivateAttr()
    _digest: str = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> "PointsKnobs":
        from gen2d import files  # here, since it imports numpy

        try:
            points, self._digest = files.read_points(self.path)
        except OSError as error:
            text = f"path: {self.path}: expected a file; got {error.strerror}"
            raise PydanticCustomError("file", "{text}", {"text": text}) from None
        except files.FileError as error:
            raise PydanticCustomError("file", "path: {text}", {"text": str(error)}) from None
        self._n_rows = len(points)
        return self

    def parameters(self, study: "Study") -> dict[str, Any]:
        """The file, told by its content too, and what its rows are cut by."""
        return {
            "path": self.path,
            "digest": self._digest,
            "study_seed": study.seed,
            "n_holdout": self.n_holdout,
            "n_reference": study.metrics.n_reference,
        }


# --- models ---------------------------------------------------------------------------------------


class Network(Knobs):
    """A multilayer perceptron."""

    hidden: Annotated[list[Count], Field(min_length=1, max_length=16)] = [64, 64]
    """Units of each hidden layer."""
    activation: Literal["relu", "silu"] = "silu"
    """Non-linearity after each hidden layer."""
    fourier_features: Annotated[int, Field(ge=0)] = 0
    """Random frequencies whose sine and cosine are further inputs; 0 for none."""
    fourier_sd: Positive = 2.0
    """Standard deviation of those frequencies, in radians per unit of the network's input."""


class Training(Knobs):
    """Adam on minibatches drawn with replacement."""

    n_steps: Count = 5000
    """Optimiser steps."""
    batch_size: Count = 128
    """Training points of a step."""
    learning_rate: Positive = 1e-3
    """Adam's learning rate, its highest."""
    schedule: Literal["constant", "cosine"] = "constant"
    """Learning rate over training: constant, or a half cosine to 0."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Steps of a linear rise of the learning rate from 0."""
    beta1: Annotated[Real, Field(ge=0, lt=1)] = 0.9
    """Adam's decay of the mean gradient."""
    beta2: Annotated[Real, Field(ge=0, lt=1)] = 0.999
    """Adam's decay of the mean squared gradient."""
    averaging: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Decay of the exponential average of the parameters that is sampled; 0 takes the last."""
    log_every: Count = 50
    """Steps between two records of the loss: mean training loss since the last, hold-out loss."""


class LangevinSampling(Knobs):
    """Unadjusted Langevin: x += step score(x) + sqrt(2 step) N(0, I), from N(0, init_sd^2 I)."""

    step: Positive = 5e-3
    """Step size."""
    n_steps: Count = 1000
    """Steps of each chain."""
    init_sd: Positive = 2
    """Standard deviation of the starting points."""


class Model(Knobs):
    """What to train on a data set and how to sample from it."""

    implementation: ClassVar[str]
    trained: ClassVar[bool] = True
    no_density: ClassVar[str] = "the method states none"
    """Why samples have no density; empty where the implementation has `log_prob`."""
    states_scores: ClassVar[bool] = False
    """Whether the implementation has `smoothed_score`."""
    learns_scores: ClassVar[bool] = False
    """Whether the implementation is a `ScoreMethod`, whose sampler can be given exact scores."""
    needs_density: ClassVar[bool] = False
    """Whether there are no samples where the density is not known."""

    @property
    def n_evaluations(self) -> int | None:
        """Network evaluations that a sample takes, values with gradients as one; None: not told."""
        return None

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """What else samples come from: nothing, unless overridden."""
        return {}


class TruthKnobs(Model):
    """Baseline: fresh draws from the density; the floor of two true samples."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Truth"
    trained: ClassVar[bool] = False
    no_density: ClassVar[str] = "it is the true one"
    method: Literal["truth"]


class ResampleKnobs(Model):
    """Baseline: the seed's own training points, redrawn; the floor of finite data."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Resample"
    trained: ClassVar[bool] = False
    no_density: ClassVar[str] = "a set of points has none"
    states_scores: ClassVar[bool] = True
    method: Literal["resample"]


class ExternalKnobs(Model):
    """Samples that were made elsewhere, a file a seed."""

    implementation: ClassVar[str] = "gen2d.methods.external:External"
    trained: ClassVar[bool] = False
    no_density: ClassVar[str] = "its samples alone are known"
    method: Literal["external"]
    path: Annotated[str, StringConstraints(pattern=r"\{seed\}.*\.(csv|npy)$")]
    """CSV or NPY files of two columns and n_samples rows or more: mine/{dataset}/{seed}.npy."""
    _digests: dict[str, str] = PrivateAttr(default_factory=dict)

    def read(self, dataset: str, seed: int, n_samples: int) -> None:
        """Checks a file, and keeps its digest; raises `PydanticCustomError`."""
        from gen2d import files  # here, since it imports numpy

        path = self._path(dataset, seed)
        try:
            points, self._digests[path] = files.read_points(path)
            text = f"{path}: expected at least n_samples = {n_samples} rows; got {len(points)}"
        except OSError as error:
            points, text = (), f"{path}: expected a file; got {error.strerror}"
        except files.FileError as error:
            points, text = (), str(error)
        if len(points) < n_samples:
            raise PydanticCustomError("file", "{text}", {"text": text})

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The files of the seeds, told by their content too."""
        paths = [self._path(dataset, seed) for seed in seeds]
        return {"files": [[path, self._digests[path]] for path in paths]}

    def _path(self, dataset: str, seed: int) -> str:
        return self.path.replace("{dataset}", dataset).replace("{seed}", str(seed))


class OracleKnobs(Model):
    """The sampler of a score model on exact scores: the ceiling of what it can learn."""

    implementation: ClassVar[str] = "gen2d.methods.oracle:Oracle"
    trained: ClassVar[bool] = False
    needs_density: ClassVar[bool] = True
    method: Literal["oracle"]
    of: Name
    """The model whose sampler, noise levels and steps it has."""
    _target: Model = PrivateAttr()

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The knobs of that model, but for those of its optimiser."""
        exclude = {"method": True, "training": set(Training.model_fields)}
        knobs = self._target.model_dump(exclude=exclude)
        return {"target": {"implementation": self._target.implementation, **knobs}}


class DSMTraining(Training):
    """Denoising score matching at one noise level."""

    noise_level: Positive = 0.1
    """Standard deviation sigma of the noise that is added to the points."""


class DSMKnobs(Model):
    """Denoising score matching."""

    implementation: ClassVar[str] = "gen2d.methods.dsm:DSM"
    no_density: ClassVar[str] = "a score at one noise level determines none"
    states_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["dsm"]
    network: Network = Network()
    training: DSMTraining = DSMTraining()
    sampling: LangevinSampling = LangevinSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps


class SMTraining(Training):
    """Implicit score matching."""

    noise_level: NonNegative = 0.1
    """Standard deviation of noise that is added to the points; 0 for none."""


class SMKnobs(Model):
    """Implicit score matching."""

    implementation: ClassVar[str] = "gen2d.methods.sm:SM"
    no_density: ClassVar[str] = "a score at one noise level determines none"
    states_scores: ClassVar[bool] = True
    method: Literal["sm"]
    network: Network = Network()
    training: SMTraining = SMTraining()
    sampling: LangevinSampling = LangevinSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps


class NoisingTraining(Training):
    """Undoing noise."""

    stable_targets: bool = False
    """Ask for the mean of what a point can have been before the noise, over the minibatch."""


class MultilevelTraining(Training):
    """Noise levels spread evenly on a log scale."""

    lowest_noise_level: Positive = 0.02
    """Least noise level, in standard deviations of the data."""
    highest_noise_level: Positive = 10.0
    """Largest noise level, in standard deviations of the data."""


class MultilevelDSMTraining(NoisingTraining, MultilevelTraining):
    """Denoising score matching at noise levels spread evenly on a log scale."""


class ODESampling(Knobs):
    """An ordinary differential equation, solved by Heun's method."""

    n_steps: Count = 25
    """Steps, of two network evaluations each."""


class ReverseSampling(ODESampling):
    """From the highest noise level to the lowest, then to the mean of the data given the point."""

    sampler: Literal["ode", "sde"] = "ode"
    """The probability-flow ODE by Heun's method, or the reverse SDE: one evaluation a step."""

    @property
    def n_evaluations(self) -> int:
        return (2 if self.sampler == "ode" else 1) * self.n_steps + 1


class MultilevelDSMKnobs(Model):
    """Denoising score matching at many noise levels."""

    implementation: ClassVar[str] = "gen2d.methods.dsm_multilevel:MultilevelDSM"
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["dsm_multilevel"]
    network: Network = Network()
    training: MultilevelDSMTraining = MultilevelDSMTraining()
    sampling: ReverseSampling = ReverseSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_evaluations


class MultilevelSMKnobs(Model):
    """Implicit score matching at many noise levels."""

    implementation: ClassVar[str] = "gen2d.methods.sm_multilevel:MultilevelSM"
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["sm_multilevel"]
    network: Network = Network()
    training: MultilevelTraining = MultilevelTraining()
    sampling: ReverseSampling = ReverseSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_evaluations


class AnnealedLangevinSampling(Knobs):
    """Langevin dynamics at one noise level after the other."""

    n_levels: Annotated[int, Field(ge=2)] = 40
    """Noise levels, from the highest of training to the lowest."""
    step: Positive = 0.1
    """Step size, in squares of the noise level."""
    n_steps: Count = 10
    """Steps at each level."""


class MultilevelEBMKnobs(Model):
    """Energy-based model at many noise levels, trained by denoising score matching."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_multilevel:MultilevelEBM"
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["ebm_multilevel"]
    network: Network = Network()
    training: MultilevelDSMTraining = MultilevelDSMTraining()
    sampling: AnnealedLangevinSampling = AnnealedLangevinSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_levels * self.sampling.n_steps + 1


class CNFTraining(NoisingTraining):
    """Flow matching."""

    coupling: Literal["independent", "optimal_transport"] = "independent"
    """How a minibatch's noise is paired with its data."""

    @model_validator(mode="after")
    def _stable_targets_are_of_independent_pairs(self) -> "CNFTraining":
        if self.stable_targets and self.coupling != "independent":
            raise PydanticCustomError(
                "targets",
                f"stable_targets: expected false with coupling {self.coupling}; got true",
            )
        return self


class CNFKnobs(Model):
    """Continuous normalizing flow, trained by flow matching."""

    implementation: ClassVar[str] = "gen2d.methods.cnf:CNF"
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    method: Literal["cnf"]
    network: Network = Network()
    training: CNFTraining = CNFTraining()
    sampling: ODESampling = ODESampling()

    @property
    def n_evaluations(self) -> int:
        return 2 * self.sampling.n_steps - 1


class DDPMTraining(NoisingTraining):
    """Denoising diffusion."""

    n_timesteps: Annotated[int, Field(ge=2, le=100_000)] = 1000
    """Steps T of the diffusion."""
    noise_schedule: Literal["linear", "cosine"] = "cosine"
    """How the signal falls: beta linear in t (Ho et al.) or a squared cosine (Nichol et al.)."""
    prediction: Literal["eps", "v"] = "v"
    """What the network predicts: the noise, or v = a eps - s x."""


class DDPMSampling(Knobs):
    """Denoising step by step."""

    sampler: Literal["ancestral", "ddim"] = "ddim"
    """With fresh noise at each step (ancestral), or deterministic (ddim)."""
    n_steps: Count = 100
    """Steps, spread evenly over the T of training; at most T."""


class DDPMKnobs(Model):
    """Denoising diffusion probabilistic model."""

    implementation: ClassVar[str] = "gen2d.methods.ddpm:DDPM"
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    method: Literal["ddpm"]
    network: Network = Network()
    training: DDPMTraining = DDPMTraining()
    sampling: DDPMSampling = DDPMSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps

    @model_validator(mode="after")
    def _no_more_steps_than_trained(self) -> "DDPMKnobs":
        if self.sampling.n_steps > self.training.n_timesteps:
            raise PydanticCustomError(
                "steps",
                "sampling.n_steps: expected at most training.n_timesteps, "
                f"{self.training.n_timesteps}; got {self.sampling.n_steps}",
            )
        return self


class VAETraining(Training):
    """Variational inference."""

    prior_components: Count = 1
    """Gaussians of the learned prior."""
    initial_log_sd: Real = 0.0
    """Logarithm of the decoder's standard deviation at the start, in standard deviations of the
    data; at 0 it may never see more than the data's mean and variance."""


class VAEKnobs(Model):
    """Variational autoencoder."""

    implementation: ClassVar[str] = "gen2d.methods.vae:VAE"
    no_density: ClassVar[str] = ""
    method: Literal["vae"]
    network: Network = Network()
    training: VAETraining = VAETraining()

    @property
    def n_evaluations(self) -> int:
        return 1


class GANTraining(Training):
    """A generator against a critic."""

    latent_dimension: Count = 4
    """Dimension of the noise that the generator maps."""
    gradient_penalty: NonNegative = 0.05
    """Weight of the critic's squared gradient at true and at generated points."""


class GANKnobs(Model):
    """Generative adversarial network."""

    implementation: ClassVar[str] = "gen2d.methods.gan:GAN"
    no_density: ClassVar[str] = "the generator maps noise without an inverse"
    method: Literal["gan"]
    network: Network = Network()
    training: GANTraining = GANTraining()

    @property
    def n_evaluations(self) -> int:
        return 1


class GaussianKnobs(Model):
    """Baseline: a Gaussian with the mean and covariance of the training points."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Gaussian"
    trained: ClassVar[bool] = False
    no_density: ClassVar[str] = ""
    states_scores: ClassVar[bool] = True
    method: Literal["gaussian"]


class KDEKnobs(Model):
    """Baseline: a kernel density estimate whose bandwidth the hold-out points choose."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:KDE"
    trained: ClassVar[bool] = False
    no_density: ClassVar[str] = ""
    method: Literal["kde"]


class Negatives(Knobs):
    """The short Langevin chains from N(0, I) whose ends are the model's samples in training."""

    n_steps: Count = 20
    """Steps of a chain."""
    step: Positive = 1e-2
    """First step size, which multiplies the energy's gradient."""
    step_decay: Fraction = 0.9
    """Factor on the step size after each step."""
    temperature: NonNegative = 0.5
    """Noise of a step is sqrt(2 temperature step): 1 is proper Langevin, 0.5 is sqrt(step)."""


class EBMTraining(Training):
    """Contrastive divergence from noise."""

    energy_penalty: NonNegative = 0.1
    """Weight of the mean squared energies of data and negatives."""
    negatives: Negatives = Negatives()


class EBMKnobs(Model):
    """Energy-based model."""

    implementation: ClassVar[str] = "gen2d.methods.ebm:EBM"
    no_density: ClassVar[str] = "its energy need not be normalisable"
    method: Literal["ebm"]
    network: Network = Network(activation="relu")
    training: EBMTraining = EBMTraining()
    sampling: LangevinSampling = LangevinSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps


class DefectiveEBMTraining(EBMTraining):
    """Contrastive divergence from noise, with a defect."""

    mean_energy_gradient: bool = False
    """Drive the negatives by the gradient of the batch's mean energy, not of each one's own."""


class DefectiveLangevinSampling(LangevinSampling):
    """Unadjusted Langevin, with a defect."""

    energy_as_score: bool = False
    """Add the energy, a number, to both coordinates in place of the score."""


class DefectiveEBMKnobs(EBMKnobs):
    """Energy-based model with the mistakes of the coursework's submission."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_defective:DefectiveEBM"
    method: Literal["ebm_defective"]
    training: DefectiveEBMTraining = DefectiveEBMTraining()
    sampling: DefectiveLangevinSampling = DefectiveLangevinSampling()


class DefectiveSMTraining(SMTraining):
    """Implicit score matching, with a defect."""

    summed: bool = False
    """Sum the loss over the batch, in place of its mean."""


class DefectiveSMKnobs(SMKnobs):
    """Implicit score matching with the mistake of the coursework's submission."""

    implementation: ClassVar[str] = "gen2d.methods.sm_defective:DefectiveSM"
    method: Literal["sm_defective"]
    training: DefectiveSMTraining = DefectiveSMTraining()


class MetropolisSampling(Knobs):
    """Metropolis-Hastings by Langevin proposals and uniform jumps, from a uniform start."""

    step: Positive = 0.003
    """Step size of the Langevin proposals, in variances of the data."""
    n_steps: Count = 200
    """Steps of each chain."""
    jump_probability: Annotated[Real, Field(ge=0, le=1)] = 0.5
    """Fraction of proposals that are drawn uniformly from the box around the data."""


class PersistentChains(MetropolisSampling):
    """The chains that persist over training and stand for the model's samples."""

    n_chains: Count = 512
    """Number of chains."""
    n_steps: Count = 4
    """Steps of each chain at every step of training."""


class PersistentEBMTraining(Training):
    """Persistent contrastive divergence."""

    chains: PersistentChains = PersistentChains()


class PersistentEBMKnobs(Model):
    """Energy-based model, persistent contrastive divergence."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_persistent:PersistentEBM"
    no_density: ClassVar[str] = ""
    method: Literal["ebm_persistent"]
    network: Network = Network()
    training: PersistentEBMTraining = PersistentEBMTraining()
    sampling: MetropolisSampling = MetropolisSampling()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps + 1


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
METHODS: dict[str, type[Model]] = {
    "cnf": CNFKnobs,
    "ddpm": DDPMKnobs,
    "dsm": DSMKnobs,
    "dsm_multilevel": MultilevelDSMKnobs,
    "ebm": EBMKnobs,
    "ebm_defective": DefectiveEBMKnobs,
    "ebm_multilevel": MultilevelEBMKnobs,
    "ebm_persistent": PersistentEBMKnobs,
    "external": ExternalKnobs,
    "gan": GANKnobs,
    "gaussian": GaussianKnobs,
    "kde": KDEKnobs,
    "oracle": OracleKnobs,
    "resample": ResampleKnobs,
    "sm": SMKnobs,
    "sm_defective": DefectiveSMKnobs,
    "sm_multilevel": MultilevelSMKnobs,
    "truth": TruthKnobs,
    "vae": VAEKnobs,
}

TAGS: dict[type[Knobs], str] = {Dataset: "kind", Model: "method"}
Registry = dict[str, dict[str, type[Knobs]]]
"""The classes of knobs by name, of each tag: `kind` and `method`."""


def _register(path: str, info: ValidationInfo) -> str:
    """Adds the knobs that a plug-in declares to the registry that the study is checked with."""

    def mistake(expected: str, got: str) -> PydanticCustomError:
        text = f"{path}: expected {expected}; got {' '.join(got.split())}"
        return PydanticCustomError("plugin", "{text}", {"text": text})

    try:
        module = plugins.load(path)
    except OSError as error:
        raise mistake("a Python file", str(error.strerror)) from None
    except Exception as error:  # whatever a user's file raises
        raise mistake("Python that runs", f"{type(error).__name__}: {error}") from None
    declared = [
        (tag, knobs)
        for knobs in vars(module).values()
        for base, tag in TAGS.items()
        if isinstance(knobs, type) and issubclass(knobs, base) and tag in knobs.model_fields
        if knobs.__module__ == path
    ]
    if not declared:
        raise mistake("a subclass of Dataset with a kind, or of Model with a method", "none")
    for tag, knobs in declared:
        names = get_args(knobs.model_fields[tag].annotation)
        if len(names) != 1:
            raise mistake(f"{tag}: Literal[...] of one name in {knobs.__name__}", str(names))
        if names[0] in info.context[tag]:
            raise mistake(f"a {tag} that is not taken", f"'{names[0]}'")
        implementation = getattr(knobs, "implementation", "none")
        if not hasattr(module, implementation):
            wanted = f"the class that {knobs.__name__}.implementation names"
            raise mistake(wanted, f"'{implementation}'")
        knobs.implementation = f"{path}:{implementation}"
        info.context[tag][names[0]] = knobs
    return path


def _entry(tag: str) -> WrapValidator:
    """Checks an entry by the class of knobs that its kind or method names in the registry."""

    def check(entry: Any, _: Any, info: ValidationInfo) -> Knobs:
        name = entry.get(tag, "none") if isinstance(entry, dict) else entry
        known = info.context[tag]
        if not isinstance(name, str) or name not in known:
            error = PydanticCustomError("unknown", f"expected one of {', '.join(sorted(known))}")
            line = InitErrorDetails(type=error, loc=(tag,), input=name)
            raise ValidationError.from_exception_data("entry", [line])
        return known[name].model_validate(entry)

    return WrapValidator(check)


# The unions are what the JSON schema shows; what is checked is in the registry.
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


# --- the rest of the study ------------------------------------------------------------------------


class Sweep(Knobs):
    """One model over the values of one key: cells of their own, one figure and one table."""

    model: Name
    """The model that the values are put into."""
    key: Annotated[
        str,
        StringConstraints(pattern=r"^(n_train|(network|training|sampling)(\.[a-z0-9_]+)+)$"),
    ]
    """Key of the model, such as training.noise_level, or n_train, which is the data sets'."""
    values: Annotated[list[Any], Field(min_length=2)]
    """Values of the key, each as the model itself would take it."""
    datasets: Annotated[list[Name], Field(min_length=1)] | None = None
    """Data sets of the study; null for all."""

    def with_value(self, knobs: Knobs, value: Any) -> tuple[Knobs, Any]:
        """A model, or a data set, with one value of the key, and that value as it is understood."""
        values = knobs.model_dump()
        *sections, key = self.key.split(".")
        section = values
        for name in sections:
            section = section.get(name)
            if not isinstance(section, dict):
                break
        if not isinstance(section, dict) or key not in section:
            text = f"expected a key of {self.model}; got {self.key}"
            raise PydanticCustomError("key", "key: {text}", {"text": text})
        section[key] = value
        try:
            variant = type(knobs).model_validate(values)
        except ValidationError as error:
            text = _describe(error.errors(include_url=False)[0])
            raise PydanticCustomError("value", "values: {text}", {"text": text}) from None
        return variant, reduce(getattr, self.key.split("."), variant)


class SweptCell(NamedTuple):
    """A value of a sweep on a data set of the study, and the names of the cell that has it."""

    value: Any
    dataset: str
    cell_dataset: str
    cell_model: str


def _without(sweep: Any, dropped: list[str]) -> Any:
    """A sweep, as the file has it, without the data sets dropped; None if nothing is left of it."""
    if not isinstance(sweep, dict):
        return sweep
    if sweep.get("model") in dropped:
        return None
    if not isinstance(sweep.get("datasets"), list):
        return sweep
    datasets = [name for name in sweep["datasets"] if name not in dropped]
    return {**sweep, "datasets": datasets} if datasets or not sweep["datasets"] else None


def _slug(value: Any) -> str:
    """A value as a part of a name: 0.03 is 0p03, [64, 64] is 64x64."""
    text = "x".join(map(str, value)) if isinstance(value, list) else str(value)
    return re.sub(r"[^a-z0-9]", "_", text.lower().replace(".", "p"))


def _ascending(levels: list[float]) -> list[float]:
    """Sorted; metrics are named by six digits of each."""
    if len({f"{level:g}" for level in levels}) < len(levels):
        text = f"expected each once; got {levels}"
        raise PydanticCustomError("twice", "{text}", {"text": text})
    return sorted(levels)


class Metrics(Knobs):
    """How samples are measured."""

    n_reference: Annotated[int, Field(ge=100)] = 10_000
    """True points, drawn once a data set, that samples are measured against."""
    n_bandwidths: Annotated[int, Field(ge=1, le=16)] = 6
    """Bandwidths of the MMD: the median distance of true points, its half, its quarter, ..."""
    n_likelihood: Count = 1000
    """True points, and training points of each seed, at which learned densities are taken."""
    noise_levels: Annotated[list[Positive], Field(min_length=1), AfterValidator(_ascending)] = [
        0.05,
        0.1,
        0.2,
        0.5,
        1.0,
        2.0,
    ]
    """Standard deviations of the noise, in the units of the data, at which scores are compared."""
    level: Annotated[Real, Field(gt=0.5, lt=1)] = 0.95
    """Level of every interval; 1 - level is that of every test."""


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

    losses: LossFigure = LossFigure()
    samples: SampleFigure = SampleFigure()
    metrics: MetricFigure = MetricFigure()


class Report(Knobs):
    """Title page."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    """Title of the report."""
    author: Annotated[str, StringConstraints(max_length=300)] = ""
    """Author, or empty."""


def _inside_results(path: str) -> str:
    parts = Path(path).parts
    if not parts or parts[0] != "results" or ".." in parts:
        raise PydanticCustomError("outside", "Input should be a folder within results/")
    return path


class Pathvars(Knobs):
    """Where things go; Snakemake's own `pathvars`."""

    results: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_./-]+$", max_length=200),
        BeforeValidator(lambda v: _inside_results(v) if isinstance(v, str) else v),
    ] = "results"
    """Folder of everything that the workflow writes: results, or a folder in it."""


class Study(Knobs):
    """The configuration of the gen2d study."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Study seed: every random number of the study follows from it."""
    seeds: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Replicates of every cell: each has its own data, initialisation, minibatches and noise."""
    seeds_per_job: Count = 10
    """Seeds that one job trains together, as one ensemble."""
    n_samples: Annotated[int, Field(ge=2)] = 10_000
    """Points drawn from every trained model, each seed."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where torch computes: the processor, a GPU, or a GPU where there is one."""
    # Before the data sets and models, which may be theirs.
    plugins: list[
        Annotated[str, StringConstraints(pattern=r"\.py$"), AfterValidator(_register)]
    ] = []
    """Python files that each add data sets or methods: their knobs and their code."""
    datasets: Annotated[dict[Name, AnyDataset], Field(min_length=1)]
    """Data sets by name; null drops one."""
    models: Annotated[dict[Name, AnyModel], Field(min_length=1)]
    """Models by name, each a variant of a method; null drops one."""
    sweeps: dict[Name, Sweep] = {}
    """Sweeps by name, each a model over values of one key; null drops one, or all."""
    metrics: Metrics = Metrics()
    figures: Figures = Figures()
    report: Report
    pathvars: Pathvars = Pathvars()
    _digests: dict[tuple[str, ...], str] = PrivateAttr(default_factory=dict)
    """Of specs, which `gen2d.jobs` has computed."""
    _swept: dict[str, list[SweptCell]] = PrivateAttr(default_factory=dict)
    """The cells of each sweep."""
    _variants: dict[str, Any] = PrivateAttr(default_factory=dict)
    """Models and data sets that sweeps made, by name."""
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    """The data set of the study that one of a sweep was made of."""

    def model(self, name: str) -> Model:
        """A model of the study, or one that a sweep made."""
        return self.models.get(name) or self._variants[name]

    def dataset(self, name: str) -> Dataset:
        """A data set of the study, or one that a sweep made."""
        return self.datasets.get(name) or self._variants[name]

    def origin(self, dataset: str) -> str:
        """The data set of the study that a data set is, but for its number of points."""
        return self._origins.get(dataset, dataset)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, values: Any) -> Any:
        """An overlay cannot delete a key, so null stands for that.

        What is dropped is swept no more, and has no oracle.
        """
        if not isinstance(values, dict):
            return values
        dropped = [  # a list, since what is looked for in it may be anything yet
            name
            for section in ("datasets", "models")
            if isinstance(values.get(section), dict)
            for name, entry in values[section].items()
            if entry is None
        ]
        kept = {
            section: {
                name: entry
                for name, entry in values[section].items()
                if entry is not None
                and not (isinstance(entry, dict) and entry.get("of") in dropped)
            }
            for section in ("datasets", "models", "sweeps")
            if isinstance(values.get(section), dict)
        }
        sweeps = kept.get("sweeps", {} if values.get("sweeps") is None else values["sweeps"])
        if isinstance(sweeps, dict):
            sweeps = {name: _without(sweep, dropped) for name, sweep in sweeps.items()}
            sweeps = {name: sweep for name, sweep in sweeps.items() if sweep is not None}
        return {**values, **kept, "sweeps": sweeps}

    @model_validator(mode="after")
    def _targets_of_oracles(self) -> "Study":
        known = [name for name, model in self.models.items() if model.learns_scores]
        for name, model in self.models.items():
            if not isinstance(model, OracleKnobs):
                continue
            if model.of not in known:
                text = f"expected one of {', '.join(known) or 'no model'}; got '{model.of}'"
                error = PydanticCustomError("target", "{text}", {"text": text})
                line = InitErrorDetails(type=error, loc=("models", name, "of"), input=None)
                raise ValidationError.from_exception_data("oracle", [line])
            model._target = self.models[model.of]
        return self

    @model_validator(mode="after")
    def _expand_sweeps(self) -> "Study":
        for name, sweep in self.sweeps.items():
            try:
                self._swept[name] = self._cells_of(name, sweep)
            except PydanticCustomError as error:
                line = InitErrorDetails(type=error, loc=("sweeps", name), input=None)
                raise ValidationError.from_exception_data("sweeps", [line]) from None
        return self

    def _cells_of(self, name: str, sweep: Sweep) -> list[SweptCell]:
        """The cells of a sweep; those that the study has anyway are not made again."""

        def check(key: str, known: list[str], got: str) -> None:
            if got not in known:
                text = f"{key}: expected one of {', '.join(known)}; got '{got}'"
                raise PydanticCustomError("unknown", "{text}", {"text": text})

        check("model", [m for m, knobs in self.models.items() if knobs.trained], sweep.model)
        for dataset in sweep.datasets or []:
            check("datasets", list(self.datasets), dataset)
        cells = []
        for dataset in sorted(sweep.datasets or self.datasets):
            for value in sweep.values:
                at, model = dataset, sweep.model
                if sweep.key == "n_train":
                    at, value = self._variant(self.datasets, dataset, sweep, value)
                    self._origins[at] = dataset
                else:
                    model, value = self._variant(self.models, sweep.model, sweep, value)
                cells.append(SweptCell(value, dataset, at, model))
        if len({(cell.cell_dataset, cell.cell_model) for cell in cells}) < len(cells):
            text = f"values: expected each once; got {sweep.values}"
            raise PydanticCustomError("twice", "{text}", {"text": text})
        return cells

    def _variant(self, known: dict, base: str, sweep: Sweep, value: Any) -> tuple[str, Any]:
        """The name of an entry with a value of the sweep's key, and that value."""
        knobs, value = sweep.with_value(known[base], value)
        if knobs == known[base]:
            return base, value
        name = f"{base}__{sweep.key.replace('.', '_')}_{_slug(value)}"
        if name in known:
            raise PydanticCustomError("taken", f"expected no entry named {name}, its cells' name")
        self._variants[name] = knobs
        return name, value

    @model_validator(mode="after")
    def _enough_rows(self) -> "Study":
        for name, dataset in (self.datasets | self._variants).items():
            if not isinstance(dataset, PointsKnobs):
                continue
            needed = dataset.n_train + dataset.n_holdout + self.metrics.n_reference
            if dataset._n_rows < needed:
                text = (
                    f"expected at least n_train + n_holdout + metrics.n_reference = {needed} rows; "
                    f"got {dataset._n_rows} in {dataset.path}"
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


def _describe(error: dict[str, Any]) -> str:
    """One line for a pydantic error: the key, what was expected, what came."""
    path = list(error["loc"])
    if path and path[-1] == "[key]":
        path.pop()
    message, came = error["msg"], error["input"]
    if error["type"] == "missing":
        return f"{'.'.join(map(str, path))}: expected a value; got none"
    if "; got " not in message:
        shown = json.dumps(came, default=str, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        message = f"{message.replace('Input should be', 'expected')}; got {shown}"
    return f"{'.'.join(map(str, path)) or 'the study'}: {message}"


def load(values: dict[str, Any]) -> Study:
    """Checks the merged configuration; raises `ConfigError` with one line for every mistake."""
    registry: Registry = {"kind": dict(DATASETS), "method": dict(METHODS)}
    try:
        return Study.model_validate(values, context=registry)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # What a broken plug-in would have added is not missing by a mistake of its own.
        broken = [e for e in errors if e["loc"][:1] == ("plugins",)]
        lines = [f"config: {' '.join(_describe(e).splitlines())}" for e in broken or errors]
        raise ConfigError("\n".join(lines)) from None


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(
                    f"{key_node.start_mark.name}, line {line}: expected each key once; "
                    f"got '{key}' twice"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_file(path: str | Path) -> dict[str, Any]:
    """What a YAML file holds; raises `ConfigError` when it is malformed or names a key twice."""
    try:
        with open(path, encoding="utf-8") as stream:
            return yaml.load(stream, _UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: expected YAML; got {' '.join(str(error).split())}") from None


def json_schema() -> str:
    """The JSON schema of config.yaml, as text; editors complete and check with it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"
