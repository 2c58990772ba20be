"""Generative adversarial network with a relativistic loss and gradient penalties."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gen2d.config.methods.latents import GANKnobs
from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise

LARGEST = 60.0  # bound on the critic's log-odds, in nats


class GAN(TrainedMethod):
    """Learns a map G from noise to data against a critic D, without a tractable density.

    Each true point x is paired with a generated one, y = G(z). The critic minimises
    E softplus(D(y) - D(x)) + (g / 2) E (|grad D(x)|^2 + |grad D(y)|^2) and the generator
    E softplus(D(x) - D(y)), in the same step. The recorded loss is their sum and measures no
    quality. The penalty is taken on the first quarter of the batch.

    Source: Goodfellow et al., Generative adversarial nets, NeurIPS 2014; relativistic pairing with
    both penalties: Huang et al., The GAN is dead; long live the GAN, NeurIPS 2024, eq. 3 and 5.
    """

    knobs: GANKnobs

    def __init__(self, knobs: GANKnobs, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.as_tensor(task.x_train, dtype=torch.float32))
        noise, n_latents = Noise(task.init_sequences), knobs.training.latent_dimension
        self.generator = PointNetwork(knobs.network, noise, n_inputs=n_latents, n_outputs=2)
        self.critic = PointNetwork(knobs.network, noise, n_outputs=1)

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        knobs, x_data = self.knobs.training, self.units(x)
        y = self.generator(noise.normal(x.shape[1], knobs.latent_dimension))
        of_x, of_y = self.critic(torch.cat([x_data, y], 1)).chunk(2, 1)  # [K, B, 1]
        margin = of_y - of_x
        generator = softplus(-margin.detach()).mean((1, 2))
        # One pass through the critic serves both. With m = D(y) - D(x), by y the critic's loss has
        # gradient sigmoid(m) grad D(y), the generator's -sigmoid(-m) grad D(y): the hook multiplies
        # by their ratio -exp(-m). The clamp keeps sigmoid(m) above 0.
        margin = margin + (margin.clamp(min=-LARGEST) - margin).detach()
        critic = softplus(margin).mean((1, 2))
        if y.requires_grad:
            ratio = -(-margin.detach()).exp()
            y.register_hook(lambda by_y: by_y * ratio)
        part = max(1, x.shape[1] // 4)
        penalised = torch.cat([x_data[:, :part], y[:, :part].detach()], 1)
        slope = self.critic.with_input_gradient(penalised)[1]
        penalty = slope.square().sum((1, 2)) / part  # of both halves
        return critic + generator + 0.5 * knobs.gradient_penalty * penalty

    def draw(self, n: int, noise: Noise) -> Tensor:
        return self.units.inverse(
            self.generator(noise.normal(n, self.knobs.training.latent_dimension))
        )
