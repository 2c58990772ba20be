"""Draws the losses of one model on every data set."""

import math
from collections.abc import Callable

import pandas as pd

from gen2d.figures.losses import draw
from gen2d.job import Job
from gen2d.plan.knobs import LossesFigureKnobs

# method -> the least loss of all functions, from the exact quantities at the model's noise level
FLOORS: dict[str, Callable[[pd.Series], float]] = {
    "dsm": lambda known: known.get("dsm_loss_floor", math.nan),
    "sm": lambda known: -known.get("fisher_information", math.nan),
}


def run(job: Job[LossesFigureKnobs]) -> None:
    """Writes the figure, and the table of losses with the exact floor of each data set."""
    parts = []
    floor_of = FLOORS.get(job.knobs.method, lambda known: math.nan)
    for cell, known in job.tables("exact"):
        known = known[known["noise_level"] == job.knobs.noise_level].set_index("quantity")["value"]
        blocks = [losses for _, losses in job.tables("losses", **cell)]
        parts.append(pd.concat(blocks).assign(**cell, floor=floor_of(known)))
    columns = ["dataset", "seed", "step", "loss_train", "loss_holdout", "floor"]
    drawn = pd.concat(parts, ignore_index=True)[columns].astype({"floor": float})
    job.write_table("table", drawn)
    job.write_figure(draw(drawn, job.knobs.seed_opacity))
