"""Fits models in this process: runs the jobs of a cell, without a study."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from gen2d.api.densities import ExactDensity, study_of, values_of
from gen2d.api.models import Models
from gen2d.api.points import as_finite_points
from gen2d.api.progress import Bar
from gen2d.config import METHODS, ConfigError
from gen2d.config.base import with_changes
from gen2d.config.recipes import recipes
from gen2d.job import Progress
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Cell
from gen2d.plan.stages import STAGES
from gen2d.runner import make, unwatched
from gen2d.storage import files
from gen2d.storage.points import LABEL, PointsFile

if TYPE_CHECKING:
    from gen2d.api.points import Points


BASELINES = {"kde": {"method": "kde"}, "truth": {"method": "truth"}}
"""Entries of the baselines that a fitted model is compared with."""


class Fitted(Models):
    """Models that `gen2d.fit` trained; their results are computed on demand."""

    def __init__(self, plan: Plan, name: str, dataset: str, kept: "TemporaryDirectory[str]"):
        super().__init__(plan, Path(kept.name), name, dataset)
        self._kept = kept  # the folder is deleted with the last reference to it
        plugins = plan.catalogue.study.plugins
        self._plugins = {path: Path(path).read_bytes() for path in plugins}

    def _file(self, stage: str, output: str, cell: Cell, progress: Progress = unwatched) -> Path:
        path = super()._file(stage, output, cell)
        if path.exists():
            return path
        for plugin, content in self._plugins.items():
            if Path(plugin).read_bytes() != content:
                expected = f"{plugin}: expected the code that was fitted"
                raise ConfigError(f"{expected}; got an edit since; fit again")
        with self._configured():
            make(self._plan, STAGES[stage], cell, self._folder, progress)
        return path

    def beside(self, name: str) -> "Fitted":
        """One of `BASELINES` on the same points; it needs no training."""
        return Fitted(self._plan, name, self.dataset, self._kept)

    @property
    def true_points(self) -> np.ndarray:
        """The reference: true points [M, 2] that models are measured against."""
        return self._reference["points"]

    @property
    def true_labels(self) -> np.ndarray | None:
        """The labels [M] of `true_points`, as codes from 0; None if they have none."""
        return self._reference.get("labels")

    @property
    def _reference(self) -> dict[str, np.ndarray]:
        path = self._file("reference", "reference", self._cell(self._names[0]))
        return files.read_all_arrays(path)

    def train(self, progress: Progress) -> None:
        """Draws the points, trains the model if its method is trained, and loads it."""
        cell = self._cell(self._names[0])
        stage, output = ("train", "weights") if self._knobs.trained else ("data", "points")
        self._file(stage, output, cell, progress)
        len(self._blocks)


def fit(
    model: str,
    data: "str | ExactDensity | Points | PointsFile",
    *,
    seeds: int = 3,
    plugins: Sequence[str] = (),
    progress: bool = True,
    **knobs: Any,
) -> Fitted:
    """Trains a model on a data set, once per seed, as the study does.

    Each seed has its own points, initial parameters, minibatches and noise. They are the study's:
    seed 0 here is seed 0 there. Torch computes on one thread meanwhile; its settings are restored
    afterwards. Jobs of the workflow also set GLIBC_TUNABLES (`gen2d.plan.stage` has the
    value): a process that starts with it trains wide networks up to a tenth faster.

    Args:
        model: a model of config.yaml, such as dsm; or a method, also of a plug-in, with its
            defaults.
        data: a name of `gen2d.list_densities`, or the kind of a plug-in's density; a
            `gen2d.density`; or points [N, 2], some of which are kept as the reference; or the
            result of `gen2d.storage.points.read_points`.
        seeds: number of seeds.
        plugins: Python files with methods and densities of your own.
        progress: whether to show a progress bar in a terminal or notebook.
        knobs: changes to the model's entry, such as training={"n_steps": 1000}.

    Returns:
        `sample`, `log_prob`, `score`, `losses`, `metrics`, `seconds`, `save` and `animate`.

    Raises:
        ValueError: there is no such model, data set or knob, or a value is out of bounds.

    >>> import gen2d
    >>> models = gen2d.fit("vae", "moons", seeds=2, training={"n_steps": 20})
    >>> models.sample(100).shape
    (2, 100, 2)
    """
    kept = TemporaryDirectory(prefix="gen2d-")
    name, values = _dataset(data, Path(kept.name), bool(plugins))
    models = _models(model, knobs, bool(plugins))
    study = study_of({name: values}, models, plugins, seeds=seeds, seeds_per_job=10_000)
    fitted = Fitted(Plan(STAGES, study), model, name, kept)
    many = f"{len(fitted.seeds)} seed{'s' * (len(fitted.seeds) > 1)}"
    with Bar(f"{model} on {name}, {many}", is_wanted=progress) as bar:
        fitted.train(bar.show)
    return fitted


def _dataset(
    data: "str | ExactDensity | Points | PointsFile", folder: Path, is_extended: bool
) -> tuple[str, dict[str, Any]]:
    """The name and the entry of a data set; points are written to a file in the folder."""
    if isinstance(data, ExactDensity):
        return data.name, data.values
    if isinstance(data, str):
        return data, values_of(data, is_extended, {})
    points, labels = (data.points, data.labels) if isinstance(data, PointsFile) else (data, None)
    x, y = as_finite_points(points, "data").T
    path, n = folder / "points.npz", len(x)
    more: dict[str, Any] = {} if labels is None else {LABEL: labels}
    files.write_arrays(path, x=x, y=y, **more)
    shares = {"n_train": max(3, int(0.45 * n)), "n_holdout": max(1, n // 10)}
    return "points", {"kind": "points", "path": str(path), **shares}


def _models(name: str, knobs: dict[str, Any], is_extended: bool) -> dict[str, Any]:
    """Entries of the model, of the model that it is made from, if any, and of `BASELINES`."""
    known = recipes()["models"]
    if not isinstance(name, str) or not (is_extended or name in {**known, **METHODS}):
        names = ", ".join(dict.fromkeys([*known, *METHODS]))
        raise ConfigError(f"model: expected one of {names}, or the file of a plug-in; got {name!r}")
    entry = with_changes(known.get(name, {"method": name}), knobs)
    target = {of: known[of] for of in known if of == entry.get("of")}
    return {**BASELINES, **target, name: entry}
