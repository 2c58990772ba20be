"""Draws what one model learned beside what is true, on every data set."""

import numpy as np
import pandas as pd

from gen2d.figures.fields import draw
from gen2d.geometry import View
from gen2d.job import Job
from gen2d.plan.knobs import FieldsFigureKnobs


def known_fields(
    explored: dict[str, np.ndarray], dataset: str, view: np.ndarray, log_prob: np.ndarray
) -> dict[str, np.ndarray]:
    """The fields of one data set after training, by the names of `gen2d.figures.fields.draw`.

    Of a model that states neither a density nor a score nor an energy, `view` alone.
    """
    own = {
        name.removeprefix(f"{dataset}."): array
        for name, array in explored.items()
        if name.startswith(f"{dataset}.")
    }
    known: dict[str, np.ndarray] = {
        name: own[name][-1] for name in ("scores", "exact_scores") if name in own
    }
    if "scores" in own:
        known["typical_score"] = own["typical_score"]
    if "log_prob" in own:
        known["learned"] = np.exp(own["log_prob"])
    elif "energies" in own:
        known["energy"] = own["energies"][-1]
    if known and np.isfinite(log_prob).any():
        known["exact"] = np.exp(log_prob)
    return {"view": view, **known}


def table_of(fields: dict[str, dict[str, np.ndarray]]) -> pd.DataFrame:
    """Every value that is drawn: dataset, quantity, x1, x2 and its value there."""
    parts = []
    for dataset, known in fields.items():
        view = View(*known["view"])
        for name, values in known.items():
            if name in ("view", "typical_score"):
                continue
            grid = view.grid(int(np.sqrt(len(values))))
            for i, column in enumerate(values.reshape(len(grid), -1).T, start=1):
                quantity = name if values.ndim == 1 else f"{name}_{i}"
                of = {"dataset": dataset, "quantity": quantity, "x1": grid[:, 0], "x2": grid[:, 1]}
                parts.append(pd.DataFrame(of | {"value": column}))
    columns = ["dataset", "quantity", "x1", "x2", "value"]
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)


def run(job: Job[FieldsFigureKnobs]) -> None:
    """Writes the figure, and the fields that it shows."""
    explored = job.all_arrays("explored")
    shown = {}
    for cell in job.cells("fields"):
        exact = job.arrays("fields", "view", "log_prob", **cell)
        shown[cell["dataset"]] = known_fields(explored, cell["dataset"], *exact)
    job.write_table("table", table_of(shown))
    job.write_figure(draw(shown, job.knobs.model))
