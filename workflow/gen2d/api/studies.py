"""Loads finished studies, from the files that Snakemake made."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from gen2d import config
from gen2d.api.models import Models, table_at, there
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES
from gen2d.storage import files

if TYPE_CHECKING:
    import pandas as pd


class LoadedStudy:
    """The results of a study; `gen2d.load` reads them.

    Attributes:
        folder: where they are.
        datasets: the names of its data sets.
        models: the names of its models.
    """

    def __init__(self, folder: Path, study: config.Study):
        self.folder, self._plan = folder, Plan(STAGES, study)
        self.datasets, self.models = self._plan.catalogue.datasets, self._plan.catalogue.models

    def __repr__(self) -> str:
        found = f"{len(self.models)} models on {len(self.datasets)} data sets"
        return f"<study in {self.folder}: {found}, {self._plan.catalogue.study.seeds} seeds>"

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """Table of dataset, model, seed, metric, value, error, status, note: one row per value."""
        return table_at(self.folder / "metrics.csv")

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """Table of means over seeds, with t-intervals: one row per data set, model and metric."""
        return table_at(self.folder / "summary.csv")

    @cached_property
    def verdicts(self) -> "pd.DataFrame":
        """Table of paired tests, skill and cost: one row per data set and model."""
        return table_at(self.folder / "verdicts.csv")

    def model(self, name: str, dataset: str) -> Models:
        """The models of one name on one data set, one per seed.

        Raises:
            ValueError: the study has no such model or data set.
        """
        names = (("model", name, self.models), ("dataset", dataset, self.datasets))
        for what, got, known in names:
            if got not in known:
                expected = f"{what}: expected one of {', '.join(known)}"
                raise config.ConfigError(f"{expected}; got {got!r}")
        return Models(self._plan, self.folder, name, dataset)


def load(folder: str | Path) -> LoadedStudy:
    """A finished study, from the folder of its results.

    Files are read on demand, and may come from earlier code with the same keys of configuration.
    Call it in the folder where the study ran if plug-ins or files of points have relative paths.

    Raises:
        ValueError: there is no such folder, or a file in it is missing or damaged.

    >>> import gen2d
    >>> gen2d.load("nowhere")
    Traceback (most recent call last):
    ...
    gen2d.storage.errors.FileError: nowhere/config.yaml: expected a file of a finished study; \
got No such file or directory
    """
    path = Path(folder) / "config.yaml"
    with there(path):
        values = yaml.safe_load(files.read_text(path))
    return LoadedStudy(Path(folder), config.load(values))
