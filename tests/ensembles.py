"""Ensembles of every method, untrained or briefly trained, on points of one Gaussian."""

from pkgutil import resolve_name

import numpy as np

from gen2d.config import METHODS
from gen2d.config.methods.base import OfModel
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.methods.base import Task
from gen2d.methods.training import train
from gen2d.randomness.seeding import seed_sequence

SEEDS = (0, 1, 2)
DENSITY = GaussianMixture(n_components=1, radius=0.0, sd=0.5)


def streams(purpose, seeds):
    return [seed_sequence(0, purpose, seed) for seed in seeds]


def knobs(name, **training):
    """A method's default knobs, with some training knobs replaced."""
    if issubclass(METHODS[name], OfModel):
        members = {"members": 2} if name == "ensemble" else {}
        chosen = METHODS[name](method=name, of="target", **members)
        chosen._target = knobs("dsm_multilevel", **training)
        return chosen
    sections = {"training": training, "sampling": {"n_steps": 20}}
    given = {key: values for key, values in sections.items() if key in METHODS[name].model_fields}
    return METHODS[name].model_validate({"method": name, **given})


def put(method, section, **values):
    """Puts other values into one section of a method's knobs."""
    changed = getattr(method.knobs, section).model_copy(update=values)
    method.knobs = method.knobs.model_copy(update={section: changed})


def points(purpose, n, seeds):
    return np.stack([DENSITY.sample(n, np.random.default_rng(s)) for s in streams(purpose, seeds)])


def build(name, seeds=SEEDS, **training):
    chosen = knobs(name, **training)
    x_train, x_holdout = points("data", 200, seeds), points("holdout", 50, seeds)
    task = Task(DENSITY, x_train, x_holdout, streams("initialise", seeds))
    return resolve_name(METHODS[name].implementation)(chosen, task)


def trained(name, seeds=SEEDS, n_steps=100, **training):
    chosen = {"batch_size": 32, "log_every": 20, "n_steps": n_steps} | training
    method = build(name, seeds, **chosen)
    task = method.task
    record = train(
        method, task.x_train, task.x_holdout, method.knobs.training, streams("train", seeds)
    )
    return method, record


TRAINED = [name for name, knobs_class in METHODS.items() if knobs_class.trained]
STEPPED = [
    name
    for name in TRAINED
    if resolve_name(METHODS[name].implementation).sampling_time  # others sample in one step
]
