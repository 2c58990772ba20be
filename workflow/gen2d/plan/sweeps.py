"""Sweeps as their figures show them, with the cells that they are made of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from gen2d.config import Study

BASELINES = ("truth", "resample", "kde", "gaussian")
"""Methods of the baselines that a sweep's models are compared with."""
JUDGED, SKILL = "mmd2_small", "skill"
"""The metric that is tested, and its skill: the share closed from one Gaussian to the truth."""
BESIDE = ("kl", "nll", "energy_distance")
"""Metrics to show beside the skill: the first that a swept model has on a data set."""
COUNTED = {
    "n_train": "training points",
    "training.n_steps": "training steps",
    "sampling.n_steps": "sampler steps",
}
"""{key: what it counts, in words}."""


class ShownCell(Struct, frozen=True):
    """A cell of a sweep's figure: a value and a data set, and the names of the cell itself.

    A baseline without the key is repeated at every value.
    """

    place: int
    """Index of the value."""
    value: str
    """The value as people read it; for `factors`, each model's own number times the factor."""
    dataset: str
    model: str
    cell_dataset: str
    cell_model: str
    shows_density: bool


class Swept(Struct, frozen=True):
    """A sweep as its figure and the report show it."""

    models: list[str]
    key: str
    labels: list[str]
    """The values, or the multiples, as people read them."""
    values: list[Any]
    is_multiple: bool
    cells: list[ShownCell]

    @property
    def noun(self) -> str:
        """What the key counts, in words; the key itself if it is not in `COUNTED`."""
        return COUNTED.get(self.key, self.key)


def label(value: Any) -> str:
    """A value of a sweep as people read it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def swept(study: "Study", name: str, baselines: Mapping[str, str]) -> Swept:
    """A sweep, with the baselines that its models are compared with."""
    sweep, cells = study.sweeps[name], study.swept(name)
    # Sampling does not change a learned density: it would be the same at every value.
    has_densities = not sweep.key.startswith("sampling.") and any(
        not study.models[model].why_no_density for model in sweep.models
    )
    shown = []
    for cell in cells:
        beside = [baselines[method] for method in BASELINES if method in baselines]
        for model in [cell.model, *(beside if cell.model == sweep.models[0] else [])]:
            knobs = study.models[model]
            shown.append(
                ShownCell(
                    place=cell.place,
                    value=label(cell.value),
                    dataset=cell.dataset,
                    model=model,
                    cell_dataset=cell.dataset if knobs.method == "truth" else cell.cell_dataset,
                    cell_model=cell.cell_model if model == cell.model else model,
                    shows_density=has_densities
                    and not knobs.why_no_density
                    and knobs.method != "gaussian",
                )
            )
    values = [cell.value for cell in cells[: len(sweep.given)]]
    return Swept(
        models=sweep.models,
        key=sweep.key,
        labels=[label(value) for value in sweep.factors or values],
        values=sweep.factors or values,
        is_multiple=sweep.factors is not None,
        cells=shown,
    )
