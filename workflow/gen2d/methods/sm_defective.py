"""Implicit score matching with the mistake that the coursework's submission made."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gen2d.config.methods.scores import DefectiveSMKnobs
from gen2d.methods.sm import SM
from gen2d.randomness.noise import Noise


class DefectiveSM(SM):
    """`SM`, with a defect that its knobs switch on: it descends the batch's summed loss.

    The gradient is then B times larger. Adam, whose steps do not depend on the scale of the loss,
    hardly notices. Losses are recorded as means over points all the same: those of batches and of
    the hold-out points, which are of unlike number, can be compared.
    """

    knobs: DefectiveSMKnobs

    def descent(self, x: Tensor, noise: Noise) -> tuple[Tensor, Sequence[Tensor]]:
        losses, gradients = super().descent(x, noise)
        if self.knobs.training.summed:
            gradients = torch._foreach_mul(gradients, x.shape[1])
        return losses, gradients
