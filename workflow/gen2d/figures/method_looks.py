"""The colour and marker of each method, in every figure that tells methods apart."""

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

LOOKS = {
    "cnf": (GREEN, "^"),
    "ddpm": (ORANGE, "v"),
    "dsm": (BLUE, "o"),
    "dsm_multilevel": (SKY, "P"),
    "ebm": (VERMILION, "s"),
    "ebm_multilevel": (VERMILION, "*"),
    "ebm_persistent": (VERMILION, "H"),
    "gan": (YELLOW, "X"),
    "sm": (VIOLET, "h"),
    "sm_multilevel": (VIOLET, "8"),
    "vae": (PURPLE, "p"),
    "gaussian": (GREY, "<"),
    "kde": (GREY, ">"),
    "oracle": (GREY, "p"),
    "resample": (BLACK, "D"),
    "truth": (GREY, "d"),
}
"""Colour and marker of each method."""
ENSEMBLE = "d"
"""The marker of ensembles, which have the colour of their members' method."""
FILLS = ("full", "none", "left", "right", "bottom", "top")
"""Of the markers of models that have one colour and marker, in turn."""


def look(method: str) -> tuple[str, str]:
    """Colour and marker of a method, or of `ensemble of` it; black circles are the user's own."""
    if method.startswith("ensemble of "):
        return look(method.removeprefix("ensemble of "))[0], ENSEMBLE
    return LOOKS.get(method, (BLACK, "o"))


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
