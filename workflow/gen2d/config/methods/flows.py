"""Knobs of continuous normalizing flows and of diffusion."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gen2d.config.base import Count, Knobs
from gen2d.config.methods.base import Model, Network, NoisingTraining
from gen2d.config.methods.scores import ODESampling


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
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
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
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
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
