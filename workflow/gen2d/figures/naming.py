"""Names of lines in the right margin of axes, spread so that they do not overlap."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

LINE = 0.135  # height of a line of text, inches


class Named(NamedTuple):
    """A named line: its end in the units of the axes, its name and its colour."""

    x: float
    y: float
    name: str
    colour: str


def spread(places: np.ndarray, gap: float) -> np.ndarray:
    """Ascending places in [0, 1], moved as little as possible to be `gap` apart, in order.

    Without room for all they exceed 1.
    """
    up, down = places.astype(float), places.astype(float)
    for i in range(1, len(places)):
        up[i] = max(up[i], up[i - 1] + gap)
        down[-i - 1] = min(down[-i - 1], down[-i] - gap)
    middle = (up + down) / 2
    steps = gap * np.arange(len(places))
    return np.maximum(np.minimum(middle, 1 - steps[::-1]), steps)


def name_ends(axes: plt.Axes, ends: Sequence[Named], height: float) -> None:
    """Writes the names of lines at the right of the axes, each joined to the end of its line.

    The limits of the axes must be set before.

    Args:
        height: height of the axes, inches.
    """
    to_axes = axes.transScale + axes.transLimits
    placed = [(to_axes.transform((end.x, end.y))[1], end) for end in ends]
    placed.sort(key=lambda pair: pair[0])
    places = spread(np.clip([place for place, _ in placed], 0, 1), LINE / height)
    for at, (_, end) in zip(places, placed, strict=True):
        line = {"arrowstyle": "-", "color": end.colour, "linewidth": 0.5, "shrinkA": 1}
        axes.annotate(
            end.name,
            (end.x, end.y),
            (1.06, at),
            textcoords="axes fraction",
            color=end.colour,
            size=8,
            va="center",
            arrowprops={**line, "shrinkB": 2, "relpos": (0, 0.5)},
            annotation_clip=False,
        )
