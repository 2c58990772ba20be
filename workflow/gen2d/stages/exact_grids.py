"""Takes the exact density and score of a data set on a grid, for the explorer."""

import numpy as np

from gen2d.densities.base import Density, law_of
from gen2d.geometry import FINE, view
from gen2d.job import Job
from gen2d.plan.knobs import ExactGridsKnobs


def run(job: Job[ExactGridsKnobs]) -> None:
    """Writes the view [2, 2], its corners, and log p [FINE^2] in it; NaN where none is known.

    Of a law of separate modes also their means, `modes` [M, 2], their `weights` [M], and `scores`
    [FINE^2, 2], exact, with noise of the level that is asked for.
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
