"""What figures say."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def texts(drawing: Figure | plt.Axes) -> list[str]:
    """Every text of a figure or of axes."""
    return [text.get_text() for text in drawing.findobj(plt.Text)]
