"""Ladders as their figures show them: rungs, their cells, and the changes of each."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gen2d.plan.sweeps import label

if TYPE_CHECKING:
    from gen2d.config import Model, Study

BASELINES = ("gaussian", "kde")
"""Methods of the baselines that are shown beside a ladder."""


class Change(Struct, frozen=True):
    """A key and its values before and after, as people read them; None where the key is absent."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.after is None:
            return f"no {self.key}"
        start = "" if self.before is None else f"{self.before} → "
        return f"{self.key} {start}{self.after}"


class ShownRung(Struct, frozen=True):
    """A rung of a ladder's figure, and the model of its cells."""

    name: str
    model: str
    group: str
    changes: list[Change]
    """Changes from the rung before; empty for the first."""
    along: str


class ShownLadder(Struct, frozen=True):
    """A ladder as its figure and the report show it."""

    datasets: list[str]
    rungs: list[ShownRung]


def shown_ladder(study: "Study", name: str) -> ShownLadder:
    """A ladder with what each rung changes."""
    steps = study.steps(name)
    rungs = [
        ShownRung(
            name=step.name,
            model=step.model,
            group=step.knobs.listed_in,
            changes=changed(before.knobs, step.knobs) if before else [],
            along=step.along,
        )
        for before, step in zip([None, *steps], steps, strict=False)
    ]
    return ShownLadder(sorted(study.ladders[name].datasets or study.datasets), rungs)


def changed(before: "Model", after: "Model") -> list[Change]:
    """The keys whose values differ: in the order of `after`, then keys that only `before` has."""
    old, new = (
        {"method": knobs.method, **dict(_flat(knobs.spec()["knobs"]))} for knobs in (before, after)
    )
    return [
        Change(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Pairs of a key with its sections, such as training.n_steps, and its value as text."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", label(value)
