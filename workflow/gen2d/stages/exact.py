"""Computes the exact quantities of a data set: entropies, Fisher information, least losses."""

from gen2d.densities.base import Density, law_of
from gen2d.job import Job
from gen2d.plan.knobs import ExactKnobs

LOSSES = ("dsm_loss_floor", "v_loss_floor", "flow_matching_loss_floor")


def run(job: Job[ExactKnobs]) -> None:
    """Writes the table (quantity, noise_level, value, note), in nats and units of the data.

    Quantities: `entropy` at each noise level and at 0; `fisher_information` and the `LOSSES` at
    each noise level. Without a known density the values are missing, and the note says so.
    """
    law = law_of(job.knobs.dataset)
    density = law if isinstance(law, Density) else None
    rows = [("entropy", 0.0, density.entropy() if density else None)]
    for sigma in job.knobs.noise_levels:
        rows += [
            ("entropy", sigma, density.smoothed_entropy(sigma) if density else None),
            ("fisher_information", sigma, density.fisher_information(sigma) if density else None),
            *((loss, sigma, getattr(density, loss)(sigma) if density else None) for loss in LOSSES),
        ]
    names = ("quantity", "noise_level", "value")
    table = dict(zip(names, zip(*rows, strict=True), strict=True))
    note = "" if density else "no density is known"
    table["note"] = (note,) * len(rows)
    job.write_table("exact", table)
