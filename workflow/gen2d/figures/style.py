"""The look that all figures share: one colour and marker a method, everywhere."""

import matplotlib as mpl

# Okabe and Ito's palette, which colour-blind readers can tell apart; yellow darkened for white.
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
COLORS = {
    "cnf": GREEN,
    "ddpm": ORANGE,
    "dsm": BLUE,
    "dsm_multilevel": SKY,
    "ebm": VERMILION,
    "gan": YELLOW,
    "sm": "#6a5acd",
    "vae": PURPLE,
    "gaussian": GREY,
    "kde": GREY,
    "resample": BLACK,
    "truth": GREY,
}
MARKERS = {
    "cnf": "^",
    "ddpm": "v",
    "dsm": "o",
    "dsm_multilevel": "P",
    "ebm": "s",
    "gan": "X",
    "sm": "h",
    "vae": "p",
    "gaussian": "<",
    "kde": ">",
    "resample": "D",
    "truth": "d",
}

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
mpl.use("Agg")
mpl.rcParams.update(RC)


def title(name: str) -> str:
    """A name of the config as people read it: gaussian_mixture becomes gaussian mixture."""
    return name.replace("_", " ")
