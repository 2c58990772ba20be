"""Texts of figures."""

from itertools import combinations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

SLACK = 1.0  # pixels that two texts may share, for their descenders


def texts(drawing: Figure | plt.Axes) -> list[str]:
    """All texts of a figure or of axes."""
    return [text.get_text() for text in drawing.findobj(plt.Text)]


def check_texts(figure: Figure) -> None:
    """Asserts that all texts of a figure are legible: 8 pt at least, inside, without overlaps."""
    figure.draw_without_rendering()
    every = set(figure.findobj(Text)) - _beyond_limits(figure)
    shown = [text for text in every if text.get_text().strip() and text.get_visible()]
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown]
    width, height = figure.bbox.size
    for text, (words, box) in zip(shown, boxes, strict=True):
        assert text.get_fontsize() >= 8, words
        inside = box.x0 >= -SLACK and box.x1 <= width + SLACK
        assert inside and box.y0 >= -SLACK and box.y1 <= height + SLACK, words
    for (one, a), (other, b) in combinations(boxes, 2):
        meet = min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK
        assert not (meet and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK), (one, other)


def _beyond_limits(figure: Figure) -> set[Text]:
    """Labels of ticks outside the limits of their axes, which are not drawn."""
    found: set[Text] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if not low <= tick.get_loc() <= high:
                found |= {tick.label1, tick.label2}
    return found
