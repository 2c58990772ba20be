"""Implicit score matching at many noise levels, with one noise-conditional network."""

from torch import Tensor

from gen2d.config.methods.scores import MultilevelSMKnobs
from gen2d.methods.multilevel import Multilevel
from gen2d.randomness.noise import Noise


class MultilevelSM(Multilevel):
    """Learns the scores of multilevel DSM from noised points alone, without the noise as target.

    At the noised points x the loss is E w (|s|^2 + 2 div s), with the score s = (D - x) / sigma^2,
    its exact divergence, and w = sigma^2 min(1 + sigma^2, 2). By parts, it differs by a constant
    from denoising score matching with the weight w. Its variance is far larger at high noise
    levels, hence the min in w.

    Source: Hyvarinen, Estimation of non-normalized statistical models by score matching, JMLR 2005,
    theorem 1, applied to smoothed data.
    """

    knobs: MultilevelSMKnobs

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        sigma = self.levels_to_train(x.shape[1], noise)
        x_t = self.units(x) + sigma * noise.normal(*x.shape[1:])
        denoised, divergence = self.denoise_with_divergence(x_t, sigma)
        variance = sigma.square().squeeze(-1)  # [K, B]
        # |s|^2 + 2 div s, times sigma^2
        implicit = (denoised - x_t).square().sum(-1) / variance + 2 * (divergence - 2)
        return (implicit * (1 + variance).clamp(max=2)).mean(-1)

    def denoise_with_divergence(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """`denoise`, and its divergence [K, N]."""
        total = (1 + sigma.square()).sqrt()
        output, divergence = self.output_with_divergence(x / total, sigma)
        slope = (2 + sigma.squeeze(-1) * divergence) / total.square().squeeze(-1)
        return x / total.square() + sigma / total * output, slope
