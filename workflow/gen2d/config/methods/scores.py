"""Knobs of methods that learn scores: denoising and implicit score matching."""

from typing import ClassVar, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import Count, Knobs, NonNegative, Positive
from gen2d.config.methods.base import (
    LangevinSampling,
    Model,
    Network,
    NoisingTraining,
    Training,
)


class DSMTraining(Training):
    """Denoising score matching at one noise level."""

    noise_level: Positive = 0.1
    """Standard deviation sigma of the noise that is added to the points."""


class DSMKnobs(Model):
    """Denoising score matching."""

    implementation: ClassVar[str] = "gen2d.methods.dsm_single:DSM"
    why_no_density: ClassVar[str] = "a score at one noise level determines none"
    runs_chains: ClassVar[bool] = True
    has_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["dsm_single"]
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
    summed: bool = False
    """A mistake: descend the sum of the losses over the batch, not their mean."""


class SMKnobs(Model):
    """Implicit score matching."""

    implementation: ClassVar[str] = "gen2d.methods.sm_single:SM"
    why_no_density: ClassVar[str] = "a score at one noise level determines none"
    runs_chains: ClassVar[bool] = True
    has_scores: ClassVar[bool] = True
    method: Literal["sm_single"]
    network: Network = Network.model_construct()
    training: SMTraining = SMTraining.model_construct()
    sampling: LangevinSampling = LangevinSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_steps

    @property
    def mistakes(self) -> list[str]:
        return ["summed"] if self.training.summed else []


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
    """From the highest noise level to the lowest, then to the posterior mean of the data."""

    sampler: Literal["ode", "sde"] = "ode"
    """The probability-flow ODE by Heun's method, or the reverse SDE: one evaluation per step."""

    @property
    def n_evaluations(self) -> int:
        return (2 if self.sampler == "ode" else 1) * self.n_steps + 1


class MultilevelDSMKnobs(Model):
    """Denoising score matching at many noise levels."""

    implementation: ClassVar[str] = "gen2d.methods.dsm_multilevel:MultilevelDSM"
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
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
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
    learns_scores: ClassVar[bool] = True
    method: Literal["sm_multilevel"]
    network: Network = Network.model_construct()
    training: MultilevelTraining = MultilevelTraining.model_construct()
    sampling: ReverseSampling = ReverseSampling.model_construct()

    @property
    def n_evaluations(self) -> int:
        return self.sampling.n_evaluations
