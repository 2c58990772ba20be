"""The colour and marker of each method, the same in every figure."""

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
    "dsm_single": (BLUE, "o"),
    "dsm_multilevel": (SKY, "P"),
    "ebm_single": (VERMILION, "s"),
    "ebm_multilevel": (VERMILION, "*"),
    "ebm_persistent": (VERMILION, "H"),
    "gan": (YELLOW, "X"),
    "sm_single": (VIOLET, "h"),
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
"""Marker of ensembles, whose colour is that of their members' method."""
FILLS = ("full", "none", "left", "right", "bottom", "top")
"""Fill styles of markers, in turn, for models with the same colour and marker."""


def look(method: str) -> tuple[str, str]:
    """Colour and marker of a method, or of an ensemble of it; black circles for users' methods."""
    if method.startswith("ensemble of "):
        return look(method.removeprefix("ensemble of "))[0], ENSEMBLE
    return LOOKS.get(method, (BLACK, "o"))


def markers(methods: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Matplotlib's marker arguments of each model, so that a legend distinguishes models.

    Models of one method have different `FILLS`, which repeat if there are more models.

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
