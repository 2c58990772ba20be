"""Two interleaving half circles."""

import numpy as np

from gen2d.densities.noisy_curve import NoisyCurve, around


class Moons(NoisyCurve):
    """x = radius c(t) + sd eps, t ~ U(0, pi), on one of two half circles, equally likely:

    c(t) = (cos t - 1/2, sin t - 1/10) and c(t) = (1/2 - cos t, 2/5 - sin t)

    `radius` and `sd` are in the units of x. With radius 2 and sd 0.2 they are FFJORD's moons:
    scikit-learn's `make_moons(noise=0.1)`, times 2, moved by (-1, -0.2).

    Source: Grathwohl et al., FFJORD, ICLR 2019; lib/toy_data.py of its repository.
    """

    def __init__(self, radius: float = 2.0, sd: float = 0.2):
        self.radius = radius
        super().__init__((0.0, np.pi), radius, sd)

    def curve(self, t: np.ndarray) -> np.ndarray:
        half = around(t)
        return self.radius * np.stack([half - [0.5, 0.1], [0.5, 0.4] - half])
