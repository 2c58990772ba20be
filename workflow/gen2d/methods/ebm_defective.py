"""The energy-based model with the mistakes that the coursework's submission made, one by one."""

from torch import Tensor

from gen2d.config.methods.energies import DefectiveEBMKnobs
from gen2d.methods.ebm import EBM
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import Score, Visit, unseen
from gen2d.samplers.langevin import langevin_chains


class DefectiveEBM(EBM):
    """`EBM`, with defects that its knobs switch on; for experiments on what they do.

    With the gradient of the batch's *mean* energy, each of its B negatives drifts 1/B of what it
    should, next to noise of the right size: the chains are random walks. With the energy in place
    of the score, sampling adds the same number, step E(x), to both coordinates of a point.
    """

    knobs: DefectiveEBMKnobs

    def negatives_score(self, n: int) -> Score:
        part = 1 / n if self.knobs.training.mean_energy_gradient else 1.0
        return self.network.gradient_field(-part)

    def draw(self, n: int, noise: Noise, visit: Visit = unseen) -> Tensor:
        knobs = dict(vars(self.knobs.sampling))
        drift = self._energy_twice if knobs.pop("energy_as_score") else self.score()
        return langevin_chains(drift, n, noise, visit, **knobs)

    def _energy_twice(self, x: Tensor) -> Tensor:
        return self.energy(x).unsqueeze(-1).expand_as(x)
