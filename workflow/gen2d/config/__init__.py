"""Every knob of the study: typed, bounded and documented.

The registries `DATASETS` and `METHODS` map the `kind` of a data set and the `method` of a model to
the class of its knobs; that class names its implementation as "module:Class", which is imported
only by the jobs that need it. Users' files add to both (`plugins`). This package imports no torch,
and numpy only to check a file of points. Names are imported on access, since a job needs only the
knobs of its own model.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen2d.config.base import (
        ConfigError,
        Count,
        Fraction,
        Knobs,
        Name,
        NonNegative,
        Positive,
        Real,
    )
    from gen2d.config.datasets import DATASETS, Dataset
    from gen2d.config.methods.base import LangevinSampling, Model, Network, Training
    from gen2d.config.methods.catalogue import METHODS
    from gen2d.config.reading import (
        check_files,
        json_schema,
        load,
        read_file,
        retyped,
        to_yaml,
    )
    from gen2d.config.study import Study

__all__ = [
    "DATASETS",
    "METHODS",
    "ConfigError",
    "Count",
    "Dataset",
    "Fraction",
    "Knobs",
    "LangevinSampling",
    "Model",
    "Name",
    "Network",
    "NonNegative",
    "Positive",
    "Real",
    "Study",
    "Training",
    "check_files",
    "json_schema",
    "load",
    "read_file",
    "retyped",
    "to_yaml",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in ("base", "methods.base", "methods.catalogue", "datasets", "reading", "study"):
            if name in (known := vars(import_module(f"{__name__}.{module}"))):
                return known[name]
    raise AttributeError(f"module {__name__} has no attribute {name}")
