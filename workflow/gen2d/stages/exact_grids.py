"""Evaluates the exact density and score of a data set on a grid, for the explorer."""

import numpy as np

from gen2d.densities.base import Density, law_of
from gen2d.geometry import FINE, view
from gen2d.job import Job
from gen2d.plan.knobs import ExactGridsKnobs


def run(job: Job[ExactGridsKnobs]) -> None:
    """Writes the view's corners [2, 2], and log p [FINE^2] on its grid, NaN if unknown.

    A law with separate modes adds their means `modes` [M, 2], their `weights` [M], and the exact
    `scores` [FINE^2, 2] at the configured noise level.
    """
    law = law_of(job.knobs.dataset)
    shown = view(*job.arrays("reference", "points"))
    grid, log_prob = shown.grid(FINE), np.full(FINE * FINE, np.nan)
    if isinstance(law, Density):
        log_prob = law.log_prob(grid)
    more: dict[str, np.ndarray] = {}
    if isinstance(law, Density) and law.modes is not None and job.knobs.noise_level:
        means, weights = law.modes
        scores = law.smoothed_score(grid, job.knobs.noise_level)
        more = {"modes": means, "weights": weights, "scores": scores}
    job.write_arrays("grids", view=np.array(shown), log_prob=log_prob, **more)
