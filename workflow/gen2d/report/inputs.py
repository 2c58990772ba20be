"""What the report is made of: the tables of the study, each read once, with titles of models."""

from functools import cached_property

import pandas as pd
from msgspec.structs import replace

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs


class Inputs:
    """The inputs of the report's job; wherever a model is named here, it is by its title.

    `names` has the name of each title, which files are found by.
    """

    def __init__(self, job: Job[ReportKnobs]):
        self.job, self.knobs = job, job.knobs
        self.titles = dict(job.knobs.titles)
        self.names = {title: name for name, title in self.titles.items()}
        self.baselines = {method: self.titles[name] for method, name in job.knobs.baselines}
        self.alpha = round(1 - job.knobs.confidence, 10)
        titled = [replace(model, name=self.titles[model.name]) for model in job.knobs.models]
        self.models = {model.name: model for model in titled}
        self.judged = [name for name, model in self.models.items() if model.group != "baselines"]

    def titled(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with titles in place of names."""
        columns = [column for column in ("model", "other") if column in table]
        return table.assign(**{column: table[column].map(self.titles) for column in columns})

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row a data set, model, seed and metric."""
        return self.titled(self.job.table("metrics"))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a data set, model and metric."""
        return self.titled(self.job.table("summary"))

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """A row a data set, metric and pair of models."""
        return self.titled(self.job.table("comparisons"))

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a data set and model."""
        return self.titled(self.job.table("verdicts"))

    @cached_property
    def overall(self) -> pd.DataFrame:
        """A row a model."""
        return self.titled(self.job.table("overall"))

    @cached_property
    def causes(self) -> pd.DataFrame:
        """A row a data set, model, cause and place."""
        return self.titled(self.job.table("causes"))

    @cached_property
    def sources(self) -> pd.DataFrame:
        """A row a data set, score model, metric, source of error and seed, of its own samples."""
        table = self.titled(self.job.table("figure_error_sources"))
        return table[table["own"].astype(bool)]

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """The curves of every model that is trained."""
        tables = self.job.tables("figure_losses")
        return {self.titles[cell["model"]]: table for cell, table in tables}

    @cached_property
    def exacts(self) -> dict[str, pd.DataFrame]:
        """The exact quantities of every data set."""
        return {cell["dataset"]: table for cell, table in self.job.tables("exact")}

    @cached_property
    def exact(self) -> bool:
        """Whether a density is known, so that there is more than points to compare with."""
        return any(exact["value"].notna().any() for exact in self.exacts.values())
