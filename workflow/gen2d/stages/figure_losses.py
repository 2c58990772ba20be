"""Draws the losses of one model on every data set."""

import math
from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.figures.losses import draw

# method -> the least loss of all functions, from the exact quantities at the model's noise level
FLOORS = {
    "dsm": lambda known: known.get("dsm_loss_floor", math.nan),
    "sm": lambda known: -known.get("fisher_information", math.nan),
}


def run(spec: SimpleNamespace, losses: str, exact: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and the table of losses with the exact floor of each data set.

    `losses` and `exact` are the patterns of the cells' files.
    """
    parts, known_at, losses_at = [], [], []
    for dataset in spec.datasets:
        known_at.append(exact.format(dataset=dataset))
        known = files.read_table(known_at[-1], sealed=True)
        known = known[known["noise_level"] == spec.noise_level].set_index("quantity")["value"]
        paths = [losses.format(dataset=dataset, seeds=seeds) for seeds in spec.blocks]
        losses_at += paths
        blocks = [files.read_table(path, sealed=True) for path in paths]
        floor = FLOORS.get(spec.method, lambda known: math.nan)(known)
        parts.append(pd.concat(blocks).assign(dataset=dataset, floor=floor))
    files.check_specs(known_at, spec.inputs.exact)
    files.check_specs(losses_at, spec.inputs.losses)
    columns = ["dataset", "seed", "step", "loss_train", "loss_holdout", "floor"]
    drawn = pd.concat(parts, ignore_index=True)[columns].astype({"floor": float})
    files.write_table(table, drawn, spec=spec.digest)
    files.write_figure(draw(drawn, spec.style.seed_opacity), svg, png)
