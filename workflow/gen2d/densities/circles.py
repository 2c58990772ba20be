"""Concentric circles."""

from collections.abc import Sequence

import numpy as np

from gen2d.densities.noisy_curve import NoisyCurve, around


class Circles(NoisyCurve):
    """x = r_s (cos t, sin t) + sd eps, with t ~ U(0, 2 pi) on equally likely circles s.

    `radii` r_s and `sd` are in the units of x. FFJORD's circles have radii 1.5 and 3 and sd 0.24,
    which is scikit-learn's `make_circles(factor=0.5, noise=0.08)` times 3.

    Source: Grathwohl et al., FFJORD, ICLR 2019; lib/toy_data.py of its repository.
    """

    def __init__(self, radii: Sequence[float], sd: float):
        self.radii = np.asarray(radii, dtype=float)
        super().__init__((0.0, 2.0 * np.pi), self.radii.max(), sd)

    def curve(self, t: np.ndarray) -> np.ndarray:
        return self.radii[:, None, None] * around(t)
