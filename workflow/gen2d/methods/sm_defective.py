"""Implicit score matching with the mistake that the coursework's submission made."""

from torch import Tensor

from gen2d.config.methods.scores import DefectiveSMKnobs
from gen2d.methods.sm import SM
from gen2d.randomness.noise import Noise


class DefectiveSM(SM):
    """`SM`, with a defect that its knobs switch on: the loss summed over the batch, not averaged.

    The loss is then B times larger, and depends on the batch's size. Adam, whose steps do not
    depend on the scale of the loss, hardly notices.
    """

    knobs: DefectiveSMKnobs

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        factor = x.shape[1] if self.knobs.training.summed else 1
        return factor * super().losses(x, noise)
