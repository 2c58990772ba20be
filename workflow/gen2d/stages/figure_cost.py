"""Draws what the samples of every model are worth against what they cost."""

from types import SimpleNamespace

from gen2d import files
from gen2d.figures.cost import COLUMNS, draw


def run(spec: SimpleNamespace, verdicts: str, svg: str, png: str, table: str) -> None:
    """Writes the figure, and its table: the verdicts' columns that it shows."""
    shown = files.read_table(verdicts, spec=spec.inputs.verdicts)[COLUMNS]
    files.write_table(table, shown, spec=spec.digest)
    files.write_figure(draw(shown, vars(spec.methods), spec.style.marker_size), svg, png)
