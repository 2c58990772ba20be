"""A synthetic study with a ladder, from a broken model to a tuned one."""

from typing import Any

from studies import values_of

TINY = {"training": {"n_steps": 2, "log_every": 1}, "sampling": {"n_steps": 5}}
MODELS = {
    "broken": {"method": "sm_single", **TINY, "group": "coursework"},
    "mended": {"method": "dsm_single", **TINY, "title": "Mended"},
    "tuned": {"method": "dsm_multilevel", "network": {"hidden": [8]}},
    **{name: {"method": name} for name in ("gaussian", "kde", "truth")},
}
DATASETS = {name: {"kind": "moons", "n_train": 40, "n_holdout": 30} for name in ("east", "west")}
RUNGS = [
    {"model": "broken"},
    {"name": "method", "changes": {"method": "dsm_single"}},
    {"name": "rate, of 1e-2", "changes": {"training": {"learning_rate": "1e-2"}}, "along": "luck"},
    {
        "name": "many levels",
        "changes": {"method": "dsm_multilevel", "sampling": {"sampler": "sde"}},
    },
    {"name": "the rest", "model": "tuned"},
]
RATE, LEVELS = "up__rate__of_1e_2", "up__many_levels"


def laddered() -> dict[str, Any]:
    """A new copy of the study's configuration, to edit."""
    return values_of(
        {name: dict(model) for name, model in MODELS.items()},
        seeds=10,
        datasets=dict(DATASETS),
        ladders={"up": {"rungs": [dict(rung) for rung in RUNGS]}},
    )
