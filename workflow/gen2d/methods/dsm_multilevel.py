"""Denoising score matching at many noise levels."""

from torch import Tensor

from gen2d.config.methods.scores import MultilevelDSMKnobs
from gen2d.methods.multilevel import Multilevel
from gen2d.methods.regression import Regression, RegressionBatch
from gen2d.randomness.noise import Noise


class MultilevelDSM(Regression, Multilevel):
    """`Multilevel` with the loss of denoising score matching."""

    knobs: MultilevelDSMKnobs

    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        u, sigma, target = self.denoising(x, noise, self.knobs.training.stable_targets)
        return RegressionBatch((u, self.condition(sigma)), target)
