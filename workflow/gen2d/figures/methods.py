"""One colour and marker a method, in every figure that tells methods apart."""

from collections import Counter
from collections.abc import Mapping

from gen2d.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    VIOLET,
    YELLOW,
)

COLORS = {
    "cnf": GREEN,
    "ddpm": ORANGE,
    "dsm": BLUE,
    "dsm_multilevel": SKY,
    "ebm": VERMILION,
    "ebm_defective": VERMILION,
    "ebm_multilevel": VERMILION,
    "ebm_persistent": VERMILION,
    "gan": YELLOW,
    "sm": VIOLET,
    "sm_defective": VIOLET,
    "sm_multilevel": VIOLET,
    "vae": PURPLE,
    "gaussian": GREY,
    "kde": GREY,
    "oracle": GREY,
    "resample": BLACK,
    "truth": GREY,
}
MARKERS = {
    "cnf": "^",
    "ddpm": "v",
    "dsm": "o",
    "dsm_multilevel": "P",
    "ebm": "s",
    "ebm_defective": "X",
    "ebm_multilevel": "*",
    "ebm_persistent": "H",
    "gan": "X",
    "sm": "h",
    "sm_defective": "P",
    "sm_multilevel": "8",
    "vae": "p",
    "gaussian": "<",
    "kde": ">",
    "oracle": "p",
    "resample": "D",
    "truth": "d",
}


FILLS = ("full", "none", "left", "right", "bottom", "top")
"""Of the markers of models that have one colour and marker, in turn."""


def look(method: str) -> tuple[str, str]:
    """Colour and marker of a method; black circles are the user's own."""
    return COLORS.get(method, BLACK), MARKERS.get(method, "o")


def markers(methods: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What matplotlib draws each model's marker with, so that a legend tells models apart.

    Of one method as many as there are `FILLS`, and then they repeat.

    Args:
        methods: method of each model.
    """
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for model, method in methods.items():
        color, marker = look(method)
        fill = FILLS[seen[color, marker] % len(FILLS)]
        seen[color, marker] += 1
        found[model] = {"color": color, "marker": marker, "fillstyle": fill}
    return found
