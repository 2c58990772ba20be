"""Denoising score matching at many noise levels."""

from torch import Tensor

from gen2d.config.methods.scores import MultilevelDSMKnobs
from gen2d.methods.multilevel import Multilevel
from gen2d.methods.regression import Regression, RegressionBatch
from gen2d.randomness.noise import Noise


class MultilevelDSM(Regression, Multilevel):
    """`Multilevel` by denoising score matching, of which it states the loss."""

    knobs: MultilevelDSMKnobs

    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        u, sigma, target = self.denoising(x, noise)
        return RegressionBatch((u, self.condition(sigma)), target)
