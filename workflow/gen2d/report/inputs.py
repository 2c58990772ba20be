"""What the report is made of: the tables of the study, each read once."""

from collections.abc import Iterable
from functools import cached_property

import pandas as pd

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.report.words import readable


class Inputs:
    """The inputs of the report's job."""

    def __init__(self, job: Job[ReportKnobs]):
        self.job, self.knobs = job, job.knobs
        self.baselines = dict(job.knobs.baselines)
        self.alpha = round(1 - job.knobs.level, 10)
        self.models = {model.name: model for model in job.knobs.models}
        self.judged = [name for name, model in self.models.items() if model.group != "baselines"]

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row a data set, model, seed and metric."""
        return self.job.table("metrics")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a data set, model and metric."""
        return self.job.table("summary")

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """A row a data set, metric and pair of models."""
        return self.job.table("comparisons")

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a data set and model."""
        return self.job.table("verdicts")

    @cached_property
    def overall(self) -> pd.DataFrame:
        """A row a model."""
        return self.job.table("overall")

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """The curves of every model that is trained."""
        return {cell["model"]: table for cell, table in self.job.tables("figure_losses")}

    @cached_property
    def exacts(self) -> dict[str, pd.DataFrame]:
        """The exact quantities of every data set."""
        return {cell["dataset"]: table for cell, table in self.job.tables("exact")}

    def samples(self, models: Iterable[str]) -> list[dict[str, str]]:
        """Names of models, and the figures of their samples."""
        return [
            {"name": readable(model), "path": self.job.figure("figure_samples", model=model)}
            for model in models
        ]
