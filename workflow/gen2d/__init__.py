"""gen2d: generative models in two dimensions, measured against exact truth."""

from importlib import import_module

_HOMES = {
    "animate": "animation",
    "density": "densities",
    "fit": "fitting",
    "list_densities": "densities",
    "load": "studies",
    "score": "scoring",
}
"""Module of gen2d.api that defines each name; `__init__.pyi` lists them for type checkers."""
__all__ = ["animate", "density", "fit", "list_densities", "load", "score"]


def __getattr__(name: str) -> object:
    """A public name, imported on access, since numpy, scipy and torch take long to import."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.api.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
