"""Methods of cells, built or restored; a cell of the study is a model on a data set."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import asdict

from gen2d.config.methods.base import Model
from gen2d.densities.base import law_of
from gen2d.job import Job
from gen2d.methods.base import Method, Task
from gen2d.plan.knobs import JobKnobs, ModelKnobs
from gen2d.plugins import resolve
from gen2d.randomness.seeding import streams


def build(
    job: Job[JobKnobs], knobs: ModelKnobs, members: Sequence[int] | None = None, **cell: str
) -> Method:
    """The cell's method, not yet trained.

    Args:
        job: a job whose input `points` holds the cell's points.
        knobs: the cell's knobs.
        members: indices into the block's seeds, repeats allowed; by default all.
        cell: wildcards of the cell's points, if the job reads points of several cells.
    """
    if knobs.device:
        from gen2d.networks.arithmetic import (
            configure_torch,
        )  # here, since baselines do without torch

        configure_torch(knobs.device)
    shape = (len(knobs.seeds), None, 2)
    x_train, x_holdout = job.points("points", {"x_train": shape, "x_holdout": shape}, **cell)
    rows = list(range(len(knobs.seeds)) if members is None else members)
    sequences = streams(knobs, "initialise")
    task = Task(
        law_of(knobs.dataset), x_train[rows], x_holdout[rows], [sequences[row] for row in rows]
    )
    made: Method = resolve(knobs.model.implementation)(Model.of_spec(asdict(knobs.model)), task)
    return made


def restore(job: Job[JobKnobs], knobs: ModelKnobs) -> tuple[Method, np.ndarray]:
    """The cell's trained method, and the step [K] at which training diverged, 0 for never.

    The parameters are the job's input `weights`; methods without training have none.
    """
    method = build(job, knobs)
    diverged_at = np.zeros(len(knobs.seeds), dtype=np.int64)
    if job.has("weights"):
        from torch.nn import Module  # here, since baselines do without torch

        if not isinstance(method, Module):
            raise TypeError(f"expected a torch module; got a {type(method).__name__}")
        state, metadata = job.weights("weights")
        try:
            method.load_state_dict(state)
        except RuntimeError as error:
            job.refuse("weights", "the parameters of the model", error)
        diverged_at[:] = [metadata["diverged_at"].get(str(seed), 0) for seed in knobs.seeds]
    return method, diverged_at
