"""The report's inputs: the tables of the study, each read once, with titles of models."""

from functools import cached_property

import pandas as pd
from msgspec.structs import replace

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs


class Inputs:
    """The inputs of the report's job, in which models have their titles as names.

    `names` maps titles back to names, which files have in their paths.
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
        """The table with models' titles in place of their names."""
        columns = [column for column in ("model", "other") if column in table]
        return table.assign(**{column: table[column].map(self.titles) for column in columns})

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """One row per data set, model, seed and metric."""
        return self.titled(self.job.table("metrics"))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per data set, model and metric."""
        return self.titled(self.job.table("summary"))

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row per data set, metric and pair of models."""
        return self.titled(self.job.table("comparisons"))

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row per data set and model."""
        return self.titled(self.job.table("verdicts"))

    @cached_property
    def overall(self) -> pd.DataFrame:
        """One row per model."""
        return self.titled(self.job.table("overall"))

    @cached_property
    def causes(self) -> pd.DataFrame:
        """One row per data set, model, cause and place."""
        return self.titled(self.job.table("causes"))

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per data set, score model, metric, error source and seed, for its own samples."""
        table = self.titled(self.job.table("figure_error_sources"))
        return table[table["own"].astype(bool)]

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """Training curves of every trained model."""
        tables = self.job.tables("figure_losses")
        return {self.titles[cell["model"]]: table for cell, table in tables}

    @cached_property
    def exacts(self) -> dict[str, pd.DataFrame]:
        """Exact quantities of every data set."""
        return {cell["dataset"]: table for cell, table in self.job.tables("exact")}

    @cached_property
    def exact(self) -> bool:
        """Whether any data set has a known density."""
        return any(exact["value"].notna().any() for exact in self.exacts.values())
