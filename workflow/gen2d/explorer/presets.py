"""Views of a study worth opening, chosen by its results; each is an address of the page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from gen2d.metrics.aggregates import by_error
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.verdicts import JUDGE, UNDECIDED, WORSE
from gen2d.plan.page_knobs import ExplorerPageKnobs

STRAYS = 0.1
"""Models with this share of samples far from the data, or more, are left out of `apart`."""


class Preset(NamedTuple):
    """A view: the label of its button, what to look at, and its address in the page."""

    title: str
    look: str
    address: str


@dataclass(frozen=True)
class Study:
    """The results that views are chosen by.

    Args:
        labels: titles of the models.
        seen: the arrays of `record_history.look` by data set and model, where there are any.
        exact: data sets whose density is known.
    """

    knobs: ExplorerPageKnobs
    labels: Mapping[str, str]
    summary: pd.DataFrame
    verdicts: pd.DataFrame
    overall: pd.DataFrame
    causes: pd.DataFrame
    seen: Mapping[tuple[str, str], Mapping[str, np.ndarray]]
    exact: list[str]

    def sound(self) -> pd.DataFrame:
        """The verdicts of models other than baselines, where no seed diverged."""
        rows = self.verdicts
        is_sound = rows["n_diverged"].eq(0) & rows[JUDGE].notna()
        return rows[rows["model"].isin(self.knobs.judged) & is_sound]

    def n_times(self, dataset: str, model: str) -> int:
        return len(self.seen.get((dataset, model), {}).get("times", ()))

    def relative(self, dataset: str, model: str, others: Iterable[str]) -> str:
        """The best on a data set of the other models of the same family; empty if there is none."""
        methods = dict(self.knobs.methods)
        kin = [name for name in others if _family(methods[name]) == _family(methods[model])]
        return self.best(dataset, [name for name in kin if name != model])

    def best(self, dataset: str, models: Iterable[str]) -> str:
        """The best on a data set of these models that are `sound` there; empty if there is none."""
        rows = self.sound()
        rows = rows[rows["dataset"].eq(dataset) & rows["model"].isin([*models])]
        return "" if rows.empty else str(rows.set_index("model")[JUDGE].idxmin())

    def preset(
        self, title: str, look: str, cell: tuple[str, str, str], *, at: float = 1.0, layers: str
    ) -> Preset:
        """A view of sampling, or else training, of the cell: data set, left model, right model.

        Args:
            at: the share of sampling that is done.
        """
        dataset, *sides = cell
        n_times = max(self.n_times(dataset, side) for side in sides)
        state = {
            "data": dataset,
            "seed": self.knobs.seeds[0],  # the seed of snapshots and paths
            "left": sides[0],
            "right": sides[1],
            "field": self.field(dataset, sides),
            "moving": "sampling" if n_times else "training",
            "layers": layers,
            "at": round(at * n_times) if at < 1 else "end",
        }
        return Preset(title, look, urlencode(state))

    def field(self, dataset: str, sides: list[str]) -> str:
        """The field that both sides have; "none" if there is none."""
        for field, array in (("density", "log_prob"), ("energy", "energies")):
            if all(
                array in self.seen.get((dataset, side), {})
                or (side == self.knobs.truth and dataset in self.exact)
                for side in sides
            ):
                return field
        return "none"


def presets(study: Study) -> list[Preset]:
    """The views that the study's results support; the page opens on the first."""
    makers: list[Callable[[Study], Preset | None]] = [apart, run_away, across_gaps, best_model]
    return [made for make in makers if (made := make(study))]


def apart(study: Study) -> Preset | None:
    """A model beside a better one, late in sampling, where they differ most.

    If some models are not shown better than one Gaussian, it is one of them. The better model is
    of the same family, if possible.
    """
    cells = study.sound()
    on_the_way = [study.n_times(row.dataset, row.model) > 0 for row in cells.itertuples()]
    cells = cells[np.array(on_the_way, dtype=bool) & cells["outside"].lt(STRAYS)]
    by_skill = "skill" in cells and cells["skill"].notna().all()
    error = -cells["skill"] if by_skill else cells[JUDGE]
    none = pd.Series("", index=cells.index)
    fails = cells.get("against_gaussian", none).isin((WORSE, UNDECIDED))
    found = {}
    for index, row in (cells[fails] if fails.any() else cells).iterrows():
        dataset, model = row["dataset"], row["model"]
        others = cells[cells["dataset"].eq(dataset) & ~fails & cells["model"].ne(model)]
        other = study.relative(dataset, model, others["model"])
        other = other or study.best(dataset, others["model"])
        if other:
            its = others.index[others["model"].eq(other)][0]
            found[error[index] - error[its]] = (index, its)
    if not found or max(found) <= 0:
        return None
    worse, better = (cells.loc[index] for index in found[max(found)])
    cell = (worse["dataset"], worse["model"], better["model"])
    left, right = study.labels[cell[1]], study.labels[cell[2]]
    arrows = "Arrows are scores that were learned. Sampling plays on from here."
    if fails.any() and by_skill:
        shown = (
            "shown worse than" if worse["against_gaussian"] == WORSE else "not shown better than"
        )
        title = f"Watch {left} miss what {right} finds"
        look = (
            f"On {readable(cell[0])}, {left} is {shown} one fitted Gaussian; {right} closes"
            f" {better['skill']:.0f} % of the squared distance from that to the truth."
        )
    else:
        title = f"Watch {left} and {right} sample"
        look = (
            f"On {readable(cell[0])}, the {METRICS[JUDGE].title} of {left} is"
            f" {_short(worse[JUDGE])}, that of {right} {_short(better[JUDGE])}."
        )
    return study.preset(title, f"{look} {arrows}", cell, at=0.75, layers="true,model,score")


def run_away(study: Study) -> Preset | None:
    """The model whose share of points far from the data grows most along sampling, if any does."""
    rows = study.causes[study.causes["model"].isin(study.knobs.judged)]
    gained = rows[rows["cause"].eq("outside_gained") & rows["mean"].gt(0)]
    gained = gained[gained["p_holm"].lt(1 - study.knobs.confidence)]
    if gained.empty:
        return None
    dataset, model = gained.loc[gained["mean"].astype(float).idxmax(), ["dataset", "model"]]
    own = rows[rows["dataset"].eq(dataset) & rows["model"].eq(model) & rows["cause"].eq("outside")]
    first, *_, last = own.sort_values("at")["mean"]
    other = study.relative(dataset, model, study.knobs.judged) or study.knobs.truth
    look = (
        f"On {readable(dataset)}, {_percent(first)} of its points are outside the picture when"
        f" sampling starts and {_percent(last)} when it ends. Lines are the paths of 16 points."
    )
    title = f"Watch {study.labels[model]} run away"
    cell = (dataset, model, other)
    return study.preset(title, look, cell, at=0.75, layers="true,model,paths")


def across_gaps(study: Study) -> Preset | None:
    """The model of one noise level whose modes get the most uneven shares, if any are uneven."""
    rows = study.summary.set_index(["metric", "dataset", "model"]).sort_index()
    found = {}
    for dataset, model in study.sound().set_index(["dataset", "model"]).index:
        key = ("least_mode", dataset, model)
        if model not in study.knobs.single_levels or key not in rows.index:
            continue
        truth = ("least_mode", dataset, study.knobs.truth)
        due = rows.loc[truth, "low"] if truth in rows.index else 1.0
        if rows.loc[key, "high"] < due:
            found[rows.loc[key, "mean"]] = (dataset, model)
    if not found:
        return None
    dataset, model = found[min(found)]
    most = rows.loc[("largest_mode", dataset, model), "mean"]
    look = (
        f"On {readable(dataset)}, {study.labels[model]} gives one mode {_percent(min(found))} of"
        f" its due and another {_percent(most)}: between modes, the score at one noise level"
        " hardly depends on their weights."
    )
    other = study.relative(dataset, model, study.knobs.judged) or study.knobs.truth
    title = "A score that does not see across gaps"
    return study.preset(title, look, (dataset, model, other), layers="true,model,score")


def best_model(study: Study) -> Preset | None:
    """The model of the least error over all data sets, where it is furthest from the truth."""
    cells = study.sound()
    everywhere = cells.groupby("model")[JUDGE].agg(["size", "mean"])
    everywhere = everywhere[everywhere["size"].eq(len(study.knobs.datasets))]
    if everywhere.empty:
        return None
    ratios = study.overall.set_index("model")["ratio"].reindex(everywhere.index).astype(float)
    if ratios.notna().all():
        best = by_error([*everywhere.index], study.overall)[0]
        least = f"{_short(ratios[best])} times the error of a kernel density estimate"
    else:
        best = str(everywhere["mean"].idxmin())
        least = f"a mean {METRICS[JUDGE].title} of {_short(everywhere['mean'][best])}"
    own = cells[cells["model"].eq(best)].set_index("dataset")
    error = -own["skill"] if "skill" in own and own["skill"].notna().all() else own[JUDGE]
    dataset = str(error.idxmax())
    label = study.labels[best]
    of_all = ", the least of all models" if len(everywhere) > 1 else ""
    title = "The best model beside the truth" if of_all else f"{label} beside the truth"
    look = f"{label} has {least} over all data sets{of_all}."
    if len(own) > 1:
        look += f" On {readable(dataset)} it is furthest from the truth."
    cell = (dataset, best, study.knobs.truth)
    return study.preset(title, look, cell, layers="model")


def readable(name: str) -> str:
    """A name of the configuration as people read it."""
    return name.replace("_", " ")


def _family(method: str) -> str:
    """The family of a method, its first word: dsm for dsm_single and dsm_multilevel."""
    return method.removeprefix("ensemble of ").split("_")[0]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _short(x: float) -> str:
    """A number to two digits, with a true minus sign instead of a hyphen."""
    return np.format_float_positional(x, 2, fractional=False, trim="-").replace("-", "−")
