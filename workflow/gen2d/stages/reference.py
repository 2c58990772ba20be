"""Draws the true points of a data set that every model's samples are measured against."""

import numpy as np

from gen2d.densities.base import law_of
from gen2d.densities.points import Rows
from gen2d.job import Job
from gen2d.metrics.two_sample import N_FIRST, median_distance
from gen2d.plan.knobs import ReferenceKnobs
from gen2d.randomness.seeding import seed_sequence


def run(job: Job[ReferenceKnobs]) -> None:
    """Writes the points [M, 2], and the median distance between the first of them [].

    With them go their labels [M], codes from 0 on, where they have some.
    """
    knobs = job.knobs
    stream = seed_sequence(knobs.study_seed, "reference", knobs.dataset.name)
    law = law_of(knobs.dataset)
    points = law.reference_points(knobs.n_points, np.random.default_rng(stream))
    median = np.array(median_distance(points[:N_FIRST]))
    labels = law.reference_labels(knobs.n_points) if isinstance(law, Rows) else None
    told = {} if labels is None else {"labels": labels}
    job.write_arrays("reference", points=points, median_distance=median, **told)
