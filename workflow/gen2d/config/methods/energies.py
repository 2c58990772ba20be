"""Knobs of energy-based models."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from gen2d.config.base import Count, Fraction, Knobs, NonNegative, Positive, Real
from gen2d.config.methods.base import LangevinSampling, Model, Network, Training
from gen2d.config.methods.scores import MultilevelDSMTraining


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
    mean_energy_gradient: bool = False
    """A mistake: drive negatives by the gradient of the batch's mean energy, not of their own."""
    negatives: Negatives = Negatives.model_construct()


class EBMSampling(LangevinSampling):
    """Unadjusted Langevin."""

    energy_as_score: bool = False
    """A mistake: add the energy, a number, to both coordinates in place of the score."""


class EBMKnobs(Model):
    """Energy-based model."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_single:EBM"
    runs_chains: ClassVar[bool] = True
    why_no_density: ClassVar[str] = "its energy need not be normalisable"
    method: Literal["ebm_single"]
    network: Network = Network.model_construct(activation="relu")
    training: EBMTraining = EBMTraining.model_construct()
    sampling: EBMSampling = EBMSampling.model_construct()

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


class MetropolisSampling(Knobs):
    """Metropolis-Hastings by Langevin proposals and uniform jumps, from a uniform start."""

    step: Positive = 0.003
    """Step size of the Langevin proposals, in variances of the data."""
    n_steps: Count = 200
    """Steps of each chain."""
    jump_probability: Annotated[Real, Field(ge=0, le=1)] = 0.5
    """Fraction of proposals that are drawn uniformly from the box around the data."""
    corrected: bool = True
    """Accept proposals by Metropolis and Hastings' rule; else all that stay in the box."""


class PersistentChains(MetropolisSampling):
    """The chains that persist over training and serve as the model's samples."""

    n_chains: Count = 512
    """Number of chains."""
    n_steps: Count = 4
    """Steps of each chain per step of training."""


class PersistentEBMTraining(Training):
    """Persistent contrastive divergence."""

    chains: PersistentChains = PersistentChains.model_construct()


class PersistentEBMKnobs(Model):
    """Energy-based model, persistent contrastive divergence."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_persistent:PersistentEBM"
    why_no_density: ClassVar[str] = ""
    method: Literal["ebm_persistent"]
    network: Network = Network.model_construct()
    training: PersistentEBMTraining = PersistentEBMTraining.model_construct()
    sampling: MetropolisSampling = MetropolisSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps + 1


class AnnealedLangevinSampling(Knobs):
    """Langevin dynamics at decreasing noise levels."""

    n_levels: Annotated[int, Field(ge=2)] = 40
    """Noise levels, from the highest of training to the lowest."""
    step: Positive = 0.1
    """Step size, in squares of the noise level."""
    n_steps: Count = 10
    """Steps at each level."""


class MultilevelEBMKnobs(Model):
    """Energy-based model at many noise levels, trained by denoising score matching."""

    implementation: ClassVar[str] = "gen2d.methods.ebm_multilevel:MultilevelEBM"
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["ebm_multilevel"]
    network: Network = Network.model_construct()
    training: MultilevelDSMTraining = MultilevelDSMTraining.model_construct()
    sampling: AnnealedLangevinSampling = AnnealedLangevinSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_levels * self.sampling.n_steps + 1
