"""Takes the exact density and score of a data set on a grid, for the explorer."""

from types import SimpleNamespace

import numpy as np

from gen2d import files
from gen2d.densities.base import Density
from gen2d.plugins import resolve
from gen2d.views import FINE, view


def run(spec: SimpleNamespace, reference: str, fields: str) -> None:
    """Writes the view [2, 2], its corners, and log p [FINE^2] in it; NaN where none is known."""
    law = resolve(spec.dataset.implementation)(**vars(spec.dataset.parameters))
    shown = view(*files.read_arrays(reference, "points", spec=spec.inputs.reference))
    log_prob = np.full(FINE * FINE, np.nan)
    if isinstance(law, Density):
        log_prob = law.log_prob(shown.grid(FINE))
    files.write_arrays(fields, spec=spec.digest, view=np.array(shown), log_prob=log_prob)
