"""Computes what is known of a data set without sampling it."""

from types import SimpleNamespace

from gen2d import files
from gen2d.plugins import resolve


def run(spec: SimpleNamespace, exact: str) -> None:
    """Writes the table (quantity, noise_level, value), in nats and units of the data.

    Quantities: `entropy` at each noise level and at 0; `fisher_information` and `dsm_loss_floor`
    at each noise level.
    """
    density = resolve(spec.dataset.implementation)(**vars(spec.dataset.parameters))
    rows = [("entropy", 0.0, density.entropy())]
    for sigma in spec.noise_levels:
        rows += [
            ("entropy", sigma, density.smoothed_entropy(sigma)),
            ("fisher_information", sigma, density.fisher_information(sigma)),
            ("dsm_loss_floor", sigma, density.dsm_loss_floor(sigma)),
        ]
    names = ("quantity", "noise_level", "value")
    files.write_table(exact, dict(zip(names, zip(*rows, strict=True), strict=True)))
