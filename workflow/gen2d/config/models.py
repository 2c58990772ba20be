"""The knobs of every method, and `METHODS`, the class of each."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import SAMPLES, Count, Fraction, Knobs, Name, NonNegative, Positive, Real
from gen2d.plugins import resolve
from gen2d.storage.errors import FileError


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

    if TYPE_CHECKING:  # every method's class has the first, and those that are trained the second
        method: str
        training: Training
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

    @property
    def needs_torch(self) -> bool:
        """Whether its samples are computed by torch, on the study's device."""
        return self.trained

    @property
    def mistakes(self) -> list[str]:
        """The mistakes of the coursework's submission that are switched on."""
        return []

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """What else samples come from: nothing, unless overridden."""
        return {}

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        """Keeps what `sources` gave, in the job that samples."""

    def spec(self, *, exclude: Collection[str] = ()) -> dict[str, Any]:
        """What a job rebuilds these knobs from, but for some sections; see `of_spec`."""
        return {
            "implementation": self.implementation,
            "knobs_class": f"{type(self).__module__}:{type(self).__qualname__}",
            "knobs": self.model_dump(exclude={"method", *exclude}),
            "sources": {},
        }

    @staticmethod
    def of_spec(spec: Mapping[str, Any]) -> "Model":
        """The knobs that a spec holds, of the class that they had."""
        knobs_class = resolve(spec["knobs_class"])
        knobs_class.implementation = spec["implementation"]  # with the path of a plug-in's file
        knobs: Model = knobs_class.part(spec["knobs"])
        if spec["sources"]:
            knobs.take_sources(spec["sources"])
        return knobs


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
    path: Annotated[str, StringConstraints(pattern=SAMPLES)]
    """CSV or NPY files of two columns and n_samples rows or more: mine/{dataset}/{seed}.npy."""
    _digests: dict[str, str] = PrivateAttr(default_factory=dict)
    _files: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    @property
    def files(self) -> list[tuple[str, str]]:
        """(path, SHA-256 digest) of each file of a job, a seed each."""
        return self._files

    def read(self, dataset: str, seed: int, n_samples: int) -> None:
        """Checks a file, and keeps its digest; raises `PydanticCustomError`."""
        from gen2d.storage import files  # here, since it imports numpy

        path, n_rows = self._path(dataset, seed), 0
        try:
            points, self._digests[path] = files.read_points(path)
            n_rows = len(points)
            text = f"{path}: expected at least n_samples = {n_samples} rows; got {n_rows}"
        except OSError as error:
            text = f"{path}: expected a file; got {error.strerror}"
        except FileError as error:
            text = str(error)
        if n_rows < n_samples:
            raise PydanticCustomError("file", "{text}", {"text": text})

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The files of the seeds, told by their content too."""
        paths = [self._path(dataset, seed) for seed in seeds]
        return {"files": [[path, self._digests[path]] for path in paths]}

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        self._files = [(path, digest) for path, digest in sources["files"]]

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

    @property
    def needs_torch(self) -> bool:
        return True

    @property
    def target(self) -> Model:
        """The knobs of that model."""
        return self._target

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The knobs of that model, but for those of its optimiser and of its network."""
        spec = self._target.spec()
        training = spec["knobs"].get("training", {})
        for key in training.keys() & NoisingTraining.model_fields.keys():
            del training[key]
        network = spec["knobs"].get("network", {})
        network |= {k: v for k, v in Network().model_dump().items() if k in network}
        return {"target": spec}

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        self._target = Model.of_spec(sources["target"])


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
    network: Network = Network.model_construct()
    training: DSMTraining = DSMTraining.model_construct()
    sampling: LangevinSampling = LangevinSampling.model_construct()

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
    network: Network = Network.model_construct()
    training: SMTraining = SMTraining.model_construct()
    sampling: LangevinSampling = LangevinSampling.model_construct()

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

    @model_validator(mode="after")
    def _in_order(self) -> "MultilevelTraining":
        if self.lowest_noise_level >= self.highest_noise_level:
            text = (
                f"expected lowest_noise_level below highest_noise_level; got"
                f" {self.lowest_noise_level:g} and {self.highest_noise_level:g}"
            )
            raise PydanticCustomError("order", "{text}", {"text": text})
        return self


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
    network: Network = Network.model_construct()
    training: MultilevelDSMTraining = MultilevelDSMTraining.model_construct()
    sampling: ReverseSampling = ReverseSampling.model_construct()

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
    network: Network = Network.model_construct()
    training: MultilevelTraining = MultilevelTraining.model_construct()
    sampling: ReverseSampling = ReverseSampling.model_construct()

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
    network: Network = Network.model_construct()
    training: MultilevelDSMTraining = MultilevelDSMTraining.model_construct()
    sampling: AnnealedLangevinSampling = AnnealedLangevinSampling.model_construct()

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
    network: Network = Network.model_construct()
    training: CNFTraining = CNFTraining.model_construct()
    sampling: ODESampling = ODESampling.model_construct()

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
    network: Network = Network.model_construct()
    training: DDPMTraining = DDPMTraining.model_construct()
    sampling: DDPMSampling = DDPMSampling.model_construct()

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
    network: Network = Network.model_construct()
    training: VAETraining = VAETraining.model_construct()

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
    network: Network = Network.model_construct()
    training: GANTraining = GANTraining.model_construct()

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
    negatives: Negatives = Negatives.model_construct()


class EBMKnobs(Model):
    """Energy-based model."""

    implementation: ClassVar[str] = "gen2d.methods.ebm:EBM"
    no_density: ClassVar[str] = "its energy need not be normalisable"
    method: Literal["ebm"]
    network: Network = Network.model_construct(activation="relu")
    training: EBMTraining = EBMTraining.model_construct()
    sampling: LangevinSampling = LangevinSampling.model_construct()

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


class DefectiveEBMKnobs(Model):
    """Energy-based model with the mistakes of the coursework's submission."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_defective:DefectiveEBM"
    no_density: ClassVar[str] = "its energy need not be normalisable"
    method: Literal["ebm_defective"]
    network: Network = Network.model_construct(activation="relu")
    training: DefectiveEBMTraining = DefectiveEBMTraining.model_construct()
    sampling: DefectiveLangevinSampling = DefectiveLangevinSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps

    @property
    def mistakes(self) -> list[str]:
        switches = {
            "mean_energy_gradient": self.training.mean_energy_gradient,
            "energy_as_score": self.sampling.energy_as_score,
        }
        return [name for name, is_on in switches.items() if is_on]


class DefectiveSMTraining(SMTraining):
    """Implicit score matching, with a defect."""

    summed: bool = False
    """Sum the loss over the batch, in place of its mean."""


class DefectiveSMKnobs(Model):
    """Implicit score matching with the mistake of the coursework's submission."""

    implementation: ClassVar[str] = "gen2d.methods.sm_defective:DefectiveSM"
    no_density: ClassVar[str] = "a score at one noise level determines none"
    states_scores: ClassVar[bool] = True
    method: Literal["sm_defective"]
    network: Network = Network.model_construct()
    training: DefectiveSMTraining = DefectiveSMTraining.model_construct()
    sampling: LangevinSampling = LangevinSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps

    @property
    def mistakes(self) -> list[str]:
        return ["summed"] if self.training.summed else []


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

    chains: PersistentChains = PersistentChains.model_construct()


class PersistentEBMKnobs(Model):
    """Energy-based model, persistent contrastive divergence."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_persistent:PersistentEBM"
    no_density: ClassVar[str] = ""
    method: Literal["ebm_persistent"]
    network: Network = Network.model_construct()
    training: PersistentEBMTraining = PersistentEBMTraining.model_construct()
    sampling: MetropolisSampling = MetropolisSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps + 1


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
