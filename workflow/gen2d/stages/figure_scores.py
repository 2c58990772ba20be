"""Draws learned scores against exact ones, by noise level."""

from types import SimpleNamespace

import pandas as pd

from gen2d import files
from gen2d.figures.scores import draw
from gen2d.stages.exact import LOSSES
from gen2d.stages.summary import with_intervals

COLUMNS = ["dataset", "series", "noise_level", "seed", "value"]


def run(spec: SimpleNamespace, metrics: str, exact: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: every value with the mean and interval that it joins.

    `exact` is the pattern of the data sets' tables.
    """
    paths = [exact.format(dataset=name) for name in spec.datasets]
    floors = [files.read_table(path, sealed=True) for path in paths]
    files.check_specs(paths, spec.inputs.exact)
    floors = [part.assign(dataset=name) for part, name in zip(floors, spec.datasets, strict=True)]
    floors = pd.concat(floors).rename(columns={"quantity": "series"})
    floors = floors[floors["series"].isin(LOSSES) & floors["noise_level"].isin(spec.noise_levels)]
    measured = files.read_table(metrics, spec=spec.inputs.metrics)
    parts = []
    for level in spec.noise_levels:
        rows = measured[measured["metric"] == f"fisher_divergence_{level:g}"]
        excess = level**2 * rows["value"].astype(float)
        parts.append(rows.assign(series=rows["model"], noise_level=level, value=excess))
    shown = pd.concat([floors.assign(seed=None), *parts], ignore_index=True)[COLUMNS]
    shown = shown.astype({"value": float})
    drawn = with_intervals(shown, ["dataset", "series", "noise_level"], "value", spec.level)
    files.write_table(table, drawn, spec=spec.digest)
    files.write_figure(draw(drawn, vars(spec.methods), spec.style.marker_size), svg, png)
