"""What the figure of a sweep shows, and the cells that it is made of."""

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from gen2d.config import Study

FLOORS = ("truth", "resample", "kde")
"""The baselines that are shown beside a sweep, by their methods."""


class ShownCell(Struct, frozen=True):
    """A cell of a sweep's figure: a value on a data set, and the names of the cell that has it."""

    place: int | None
    """Index of the value; None for baselines that have none."""
    dataset: str
    model: str
    cell_dataset: str
    cell_model: str


class Swept(Struct, frozen=True):
    """A sweep as its figure and the report show it."""

    model: str
    key: str
    labels: list[str]
    """Of the values, as people read them."""
    values: list[Any]
    own: int | None
    """Index of the value that the study has anyway; None if it has none of them."""
    cells: list[ShownCell]


def label(value: Any) -> str:
    """A value of a sweep as people read it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def swept(study: "Study", name: str, baselines: Mapping[str, str]) -> Swept:
    """A sweep, with the baselines that are its floors.

    These have no value of their own unless the data sets are swept.
    """
    sweep, cells = study.sweeps[name], study.swept(name)
    values = [cell.value for cell in cells[: len(sweep.values)]]  # of the first data set
    shown = [
        ShownCell(values.index(c.value), c.dataset, sweep.model, c.cell_dataset, c.cell_model)
        for c in cells
    ]
    floors = [baselines[method] for method in FLOORS if method in baselines]
    for cell, floor in product(cells, floors):
        if sweep.key == "n_train" and study.models[floor].method != "truth":
            entry = ShownCell(
                values.index(cell.value), cell.dataset, floor, cell.cell_dataset, floor
            )
        else:
            entry = ShownCell(None, cell.dataset, floor, cell.dataset, floor)
        if entry not in shown:
            shown.append(entry)
    known = study.datasets | study.models
    own = [c.cell_dataset in known and c.cell_model in known for c in cells[: len(values)]]
    return Swept(
        model=sweep.model,
        key=sweep.key,
        labels=[label(value) for value in values],
        values=values,
        own=own.index(True) if any(own) else None,
        cells=shown,
    )
