"""Noisy Archimedean spirals: one, two, and the swiss roll.

Densities, smoothed densities and scores are mixtures of Gaussians along the curve: `node_mixture`.
"""

import numpy as np

from gen2d.densities.noisy_curve import NoisyCurve, around


class Spiral(NoisyCurve):
    """x = pitch t (cos t, sin t) + sd eps, with t ~ U(0, 2 pi n_turns).

    `sd` is in the units of x and `pitch` is radius per radian, so that neighbouring arms are
    2 pi pitch apart.
    """

    inner_turns = 0.0

    def __init__(self, n_turns: float = 3.0, pitch: float = 0.05, sd: float = 0.04):
        self.pitch = pitch
        start = 2.0 * np.pi * self.inner_turns
        stop = start + 2.0 * np.pi * n_turns
        super().__init__((start, stop), pitch * np.hypot(stop, 2.0), sd)

    def curve(self, t: np.ndarray) -> np.ndarray:
        return (self.pitch * t[:, None] * around(t))[None]


class SwissRoll(Spiral):
    """The spiral of scikit-learn's `make_swiss_roll`, without the first 3/4 of a turn.

    With 1.5 turns, pitch 1/5 and sd 1/5 it is FFJORD's swiss roll: the first and third coordinates
    of `make_swiss_roll(noise=1)`, over 5.

    Source: Grathwohl et al., FFJORD, ICLR 2019; lib/toy_data.py of its repository.
    """

    inner_turns = 0.75


class TwoSpirals(Spiral):
    """x = +-pitch t (-cos t, sin t) + sd eps, with t = 2 pi n_turns sqrt(U).

    Points are spread about evenly along the arms. With 1.5 turns, pitch 1/3 and sd 0.1 these are
    FFJORD's spirals, without its shift of each point by +-U(0, 1/6) in both coordinates.

    Source: Grathwohl et al., FFJORD, ICLR 2019; lib/toy_data.py of its repository.
    """

    power = 1

    def curve(self, t: np.ndarray) -> np.ndarray:
        arm = self.pitch * t[:, None] * around(np.pi - t)
        return np.stack([arm, -arm])
