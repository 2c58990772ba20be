"""Knobs of methods with latent variables: variational autoencoder, adversarial network."""

from typing import ClassVar, Literal

from gen2d.config.base import Count, NonNegative, Real
from gen2d.config.methods.base import Model, Network, Training


class VAETraining(Training):
    """Variational inference."""

    prior_components: Count = 1
    """Gaussians of the learned prior."""
    initial_log_sd: Real = 0.0
    """Initial logarithm of the decoder's standard deviation, in standard deviations of the data;
    at 0 the model may learn no more than the data's mean and variance."""


class VAEKnobs(Model):
    """Variational autoencoder."""

    implementation: ClassVar[str] = "gen2d.methods.vae:VAE"
    why_no_density: ClassVar[str] = ""
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
    why_no_density: ClassVar[str] = "the generator maps noise without an inverse"
    method: Literal["gan"]
    network: Network = Network.model_construct()
    training: GANTraining = GANTraining.model_construct()

    @property
    def n_evaluations(self) -> int:
        return 1
