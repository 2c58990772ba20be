"""What the figure of a ladder shows: its rungs, their cells, and what each changes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gen2d.plan.sweeps import label

if TYPE_CHECKING:
    from gen2d.config import Model, Study

BASELINES = ("gaussian", "kde")
"""That are shown beside a ladder, by their methods."""


class Change(Struct, frozen=True):
    """A key with its value before and after, as people read them; None where there is no key."""

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
    """Against the rung before; none of the first."""
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
    """The keys whose values differ, in the order of the model after, and then those it lacks."""
    old, new = (
        {"method": knobs.method, **dict(_flat(knobs.spec()["knobs"]))} for knobs in (before, after)
    )
    return [
        Change(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every key with the names of its sections before it, and its value as people read it."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", label(value)
