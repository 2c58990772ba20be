"""Draws a data set's reference: true points, against which all samples are measured."""

import numpy as np

from gen2d.densities.base import law_of
from gen2d.densities.points import Rows
from gen2d.job import Job
from gen2d.metrics.two_sample import N_FIRST, median_distance
from gen2d.plan.knobs import ReferenceKnobs
from gen2d.randomness.seeding import seed_sequence


def run(job: Job[ReferenceKnobs]) -> None:
    """Writes the points [M, 2], the median distance [] between the first N_FIRST, and labels [M].

    Labels are codes from 0 on; only data sets with labels have them.
    """
    knobs = job.knobs
    stream = seed_sequence(knobs.study_seed, "reference", knobs.dataset.name)
    law = law_of(knobs.dataset)
    points = law.reference_points(knobs.n_points, np.random.default_rng(stream))
    median = np.array(median_distance(points[:N_FIRST]))
    labels = law.reference_labels(knobs.n_points) if isinstance(law, Rows) else None
    more = {} if labels is None else {"labels": labels}
    job.write_arrays("reference", points=points, median_distance=median, **more)
