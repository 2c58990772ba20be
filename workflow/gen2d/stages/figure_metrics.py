"""Draws one metric of every model on every data set."""

from types import SimpleNamespace

from gen2d import files
from gen2d.figures.metrics import draw


def run(spec: SimpleNamespace, metrics: str, summary: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: every seed's value with the mean and interval it joins."""
    seeds, cells = (
        stacked[stacked["metric"] == spec.metric]
        for stacked in map(files.read_table, (metrics, summary))
    )
    methods = {model: getattr(spec.methods, model) for model in spec.models}
    files.write_table(table, seeds.merge(cells, on=["dataset", "model", "metric"]))
    files.write_figure(draw(seeds, cells, methods, spec.style.marker_size), svg, png)
