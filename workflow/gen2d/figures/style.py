"""The look that all figures share: colours, sizes, titles, ticks.

`method_looks` has the colours of methods.
"""

from collections.abc import Iterable, Sequence
from textwrap import fill

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, NullLocator

from gen2d.geometry import FAR, View

# Okabe and Ito's palette, which is colour-blind safe; yellow is darkened for white backgrounds.
ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE, BLACK = [
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#b5a300",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#000000",
]
GREY = "#8c8c8c"
CLASSES = [ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE, BLACK]
"""Colours of labelled points, by the labels' codes."""
HALO = withStroke(linewidth=2, foreground="white")
"""Outline of text over a drawing."""
VIOLET = "#6a5acd"
LABEL = 0.17, 0.09  # width and height of a tick's label, as shares of a small panel's
SHORT_LINE = 13  # letters per line over a small panel
FEW = 500  # points, below which dots grow
MASS = 0.95  # share of the data inside a contour
LONGEST = 1.3  # largest ratio of a figure's height to its width, with room for the caption

SIDES = [
    (5, 0, "left"),
    (-5, 0, "right"),
    (0, 8, "center"),
    (0, -8, "center"),
    (4, 7, "left"),
    (4, -7, "left"),
    (-4, 7, "right"),
    (-4, -7, "right"),
]
"""Places of a name beside its point: offset in points, and alignment."""
Box = tuple[float, float, float, float]

RC = {
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "savefig.bbox": None,
    "svg.hashsalt": "gen2d",
}


def configure_matplotlib() -> None:
    """Sets this look for all figures of the process, drawn without windows."""
    mpl.use("Agg")
    mpl.rcParams.update(RC)


def title(name: str) -> str:
    """A name of the configuration as text: gaussian_mixture becomes gaussian mixture.

    Names wider than a panel are shortened to both ends.
    """
    name = name.replace("_", " ")
    return name if len(name) <= 24 else f"{name[:12].strip()} … {name[-10:].strip()}"


def wrapped(name: str) -> str:
    """`title` of a name, broken into lines as long as a small panel is wide."""
    return fill(title(name), SHORT_LINE)


def panels(
    n: int,
    *,
    width: float,
    height: float,
    most: int,
    margin: float = 0.0,
    share_y: bool = False,
) -> tuple[Figure, list[plt.Axes]]:
    """A figure of n panels, at most one A4 page at the width of the text, and its axes.

    Args:
        width: width of a panel, inches.
        height: height of a panel with its title, inches.
        most: panels side by side, at most, unless the figure would be longer than a page.
        margin: width at the left for labels of rows, inches.
        share_y: whether the panels of a row share their vertical axis and its labels.
    """
    for columns in range(min(n, most), n + 1):
        rows = -(-n // columns)
        size = width * max(columns, 3) + margin, height * rows
        if size[1] <= LONGEST * size[0]:
            break
    size = size[0], min(size[1], LONGEST * size[0])
    figure, grid = plt.subplots(rows, columns, figsize=size, sharey=share_y, squeeze=False)
    for axes in grid.flat[n:]:
        axes.remove()
    return figure, list(np.ravel(grid)[:n])


def frame(axes: plt.Axes, shown: View, *, labelled: bool = True) -> None:
    """Sets the limits of axes to a view, without ticks unless the axes have unlike units."""
    axes.set(
        xlim=(shown.low[0], shown.high[0]),
        ylim=(shown.low[1], shown.high[1]),
        aspect="equal",
        xticks=[],
        yticks=[],
    )
    axes.spines[:].set_visible(False)
    if not shown.is_square:
        _scale(axes, labelled)


def _scale(axes: plt.Axes, labelled: bool) -> None:
    """Sets a few ticks on axes with unlike units, and stretches the panel to a square."""
    axes.set(aspect="auto", box_aspect=1)
    axes.spines[["left", "bottom"]].set_visible(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3))
        axis.get_offset_text().set_size(5)
    axes.tick_params(labelsize=5, length=2, pad=1, labelbottom=labelled, labelleft=labelled)


def outside(shown: View, true: np.ndarray) -> str:
    """The share of true points outside a view as text; empty if none lies far outside."""
    return f"{100 * shown.share_outside(true):.2g} % outside" if shown.hides(true) else ""


def true_points(reference: dict[str, np.ndarray], n: int) -> pd.DataFrame:
    """Columns x1, x2 of the first n true points, and label, a code, if they have labels."""
    shown = pd.DataFrame(reference["points"][:n], columns=["x1", "x2"])
    labels = reference.get("labels")
    return shown if labels is None else shown.assign(label=labels[:n].astype(object))


def by_label(labels: Iterable[float] | None) -> str | list[str]:
    """The colour of each point by its label, a code; grey for all points without labels."""
    if labels is None:
        return GREY
    return [CLASSES[int(label)] for label in labels]


def draw_points(
    axes: plt.Axes, x: np.ndarray, size: float, *, color: str | Sequence[str], alpha: float
) -> None:
    """Draws points x [N, 2] as dots with the area `size`, or larger if they are few.

    The colour is one for all, or one per point.
    """
    s = size * np.clip(FEW / max(1, len(x)), 1, 6)
    axes.scatter(*x.T, s=s, color=color, alpha=alpha, linewidths=0, rasterized=True)


def saying(text: str) -> Figure:
    """A low figure with a text, the reason why there is nothing to draw."""
    figure = plt.figure(figsize=(7.0, 1.0))
    figure.text(0.5, 0.5, text, ha="center")
    return figure


def far(share: float) -> str:
    """The share of samples far from the data as text; empty if it is small."""
    return f"{100 * share:.0f} % far" if share > FAR else ""


def contour_level(density: np.ndarray) -> float:
    """The density, given on a grid, at the contour that holds `MASS` of the data."""
    ordered = np.sort(density)[::-1]
    return float(ordered[np.searchsorted(np.cumsum(ordered), MASS * ordered.sum())])


def mark_noise_levels(axes: plt.Axes, levels: Sequence[float]) -> None:
    """Sets ticks at three of these noise levels, including both ends, on a logarithmic axis."""
    shown = sorted({levels[round(i)] for i in np.linspace(0, len(levels) - 1, 3)})
    axes.set_xticks(shown, [f"{level:g}" for level in shown])
    axes.minorticks_off()


def name_points(axes: plt.Axes, names: Sequence[str], x: np.ndarray, y: np.ndarray) -> None:
    """Writes names beside points [N], each on the side where it covers fewest points and names.

    The limits and scales of the axes must be set before.
    """
    size = 8  # points
    axes.get_figure().draw_without_rendering()  # fixes the position of the axes
    scale = axes.get_figure().dpi / 72
    points = axes.transData.transform(np.column_stack([x, y])) / scale
    left, bottom = axes.transAxes.transform((0, 0)) / scale
    right, top = axes.transAxes.transform((1, 1)) / scale
    half = np.array([3.0, 3.0])
    taken = [(*(point - half), *(point + half)) for point in points]
    for name, (at_x, at_y) in sorted(zip(names, points.tolist(), strict=True), key=lambda n: n[1]):
        width, height = 0.6 * size * len(name), 1.1 * size
        best = None
        for dx, dy, ha in SIDES:
            start = at_x + dx - {"left": 0, "center": width / 2, "right": width}[ha]
            box = start, at_y + dy - height / 2, start + width, at_y + dy + height / 2
            beyond = max(left - box[0], 0) + max(box[2] - right, 0)
            beyond += max(bottom - box[1], 0) + max(box[3] - top, 0)
            covered = sum(_overlap(box, other) for other in taken) + height * beyond
            if best is None or covered < best[0]:
                best = covered, box, (dx, dy), ha
        assert best
        _, box, offset, ha = best
        taken.append(box)
        at = axes.transData.inverted().transform((at_x * scale, at_y * scale))
        axes.annotate(
            name, at, offset, textcoords="offset points", ha=ha, va="center", size=size
        ).set_in_layout(False)


def _overlap(one: Box, other: Box) -> float:
    """The area that two boxes (left, bottom, right, top) share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def few_ticks(low: float, high: float) -> list[float]:
    """At most 3 round numbers for a logarithmic part of an axis, spaced so that labels fit."""
    exponents = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    round_numbers = [round(m * 10.0**e, 12) for e in exponents for m in (1, 2, 5)]
    fine = [t for t in round_numbers if low <= t <= high] or [float(f"{high:.1g}")]
    decades = [10.0**e for e in exponents if low <= 10.0**e <= high]
    chosen = fine if len(fine) <= 3 else decades if len(decades) > 1 else fine[::2]
    return chosen[:: -(-len(chosen) // 3)]


def ticks_about_0(linear: float, low: float, high: float) -> list[float]:
    """0, and a few round numbers on each side where values exceed the linear part of an axis."""
    below = few_ticks(linear, -low) if low < -linear else []
    return [*(-tick for tick in reversed(below)), 0, *few_ticks(linear, np.fmax(high, linear))]


def set_ticks(axis: Axis, ticks: list[float]) -> None:
    """Sets the ticks of an axis, with plain numbers as labels; its scale must be set before.

    Where labels would overlap, 0 and the ticks farthest from it are kept.
    """
    ticks = _apart(axis, ticks)
    axis.set_ticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    axis.set_minor_locator(NullLocator())
    axis.set_tick_params(labelsize=6)


def _apart(axis: Axis, ticks: list[float]) -> list[float]:
    """The ticks that are kept so that no labels overlap."""
    axis.get_view_interval()  # makes the axes update their limits from the data
    along, to_axes = int(axis is axis.axes.yaxis), axis.axes.transScale + axis.axes.transLimits
    places = {
        tick: to_axes.transform(np.where([along == 0, along == 1], tick, 1.0))[along]
        for tick in ticks
    }
    kept: list[float] = []
    for tick in sorted(ticks, key=lambda tick: (tick != 0, -abs(tick))):
        if all(abs(places[tick] - places[other]) >= LABEL[along] for other in kept):
            kept.append(tick)
    return sorted(kept)
