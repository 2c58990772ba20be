"""One colour and marker a method, in every figure that tells methods apart."""

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
    "ebm_defective": "x",
    "ebm_multilevel": "*",
    "ebm_persistent": "H",
    "gan": "X",
    "sm": "h",
    "sm_defective": "+",
    "sm_multilevel": "8",
    "vae": "p",
    "gaussian": "<",
    "kde": ">",
    "oracle": "1",
    "resample": "D",
    "truth": "d",
}


def look(method: str) -> tuple[str, str]:
    """Colour and marker of a method; black circles are the user's own."""
    return COLORS.get(method, BLACK), MARKERS.get(method, "o")
