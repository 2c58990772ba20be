"""Takes the exact density and score of a data set on a grid, for the explorer."""

import numpy as np

from gen2d.densities.base import Density, law_of
from gen2d.geometry import FINE, view
from gen2d.job import Job
from gen2d.plan.knobs import DatasetKnobs


def run(job: Job[DatasetKnobs]) -> None:
    """Writes the view [2, 2], its corners, and log p [FINE^2] in it; NaN where none is known."""
    law = law_of(job.knobs.dataset)
    shown = view(*job.arrays("reference", "points"))
    log_prob = np.full(FINE * FINE, np.nan)
    if isinstance(law, Density):
        log_prob = law.log_prob(shown.grid(FINE))
    job.write_arrays("fields", view=np.array(shown), log_prob=log_prob)
