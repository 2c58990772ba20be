"""Draws what one model learned beside what is true, on every data set."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from gen2d import files
from gen2d.figures.fields import draw
from gen2d.views import View


def read(explored: dict[str, np.ndarray], dataset: str, fields: str) -> dict[str, np.ndarray]:
    """The fields of one data set after training, by the names of `gen2d.figures.fields.draw`.

    Of a model that states neither a density nor a score nor an energy, `view` alone.
    """
    view, log_prob = files.read_arrays(fields, "view", "log_prob")
    own = {
        name.removeprefix(f"{dataset}."): array
        for name, array in explored.items()
        if name.startswith(f"{dataset}.")
    }
    known = {name: own[name][-1] for name in ("scores", "exact_scores") if name in own}
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


def run(spec: SimpleNamespace, explored: str, fields: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and the fields that it shows; `fields` is a pattern."""
    paths = {dataset: fields.format(dataset=dataset) for dataset in spec.datasets}
    files.check_specs(paths.values(), spec.inputs.fields)
    arrays = files.read_all_arrays(explored, spec=spec.inputs.explored)
    shown = {dataset: read(arrays, dataset, path) for dataset, path in paths.items()}
    files.write_table(table, table_of(shown), spec=spec.digest)
    files.write_figure(draw(shown, spec.model), svg, png)
