"""Draws one metric of every model on every data set."""

from types import SimpleNamespace

from gen2d import files
from gen2d.figures.metrics import draw


def run(spec: SimpleNamespace, metrics: str, summary: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: every seed's value with the mean and interval it joins."""
    stacked = (
        files.read_table(metrics, spec=spec.inputs.metrics),
        files.read_table(summary, spec=spec.inputs.summary),
    )
    seeds, cells = (rows[rows["metric"] == spec.metric] for rows in stacked)
    methods = {model: getattr(spec.methods, model) for model in spec.models}
    merged = seeds.merge(cells, on=["dataset", "model", "metric"])
    files.write_table(table, merged, spec=spec.digest)
    files.write_figure(draw(seeds, cells, methods, spec.style.marker_size), svg, png)
