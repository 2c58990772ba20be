"""Denoising score matching at many noise levels."""

from torch import Tensor

from gen2d.config.methods.scores import MultilevelDSMKnobs
from gen2d.methods.multilevel import Multilevel
from gen2d.methods.regression import Question, Regression
from gen2d.randomness.noise import Noise


class MultilevelDSM(Regression, Multilevel):
    """`Multilevel` by denoising score matching, of which it states the loss."""

    knobs: MultilevelDSMKnobs

    def question(self, x: Tensor, noise: Noise) -> Question:
        u, sigma, target = self.denoising(x, noise)
        return Question((u, self.condition(sigma)), target)
