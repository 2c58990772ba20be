"""Stacks the metrics of every cell and block into one table."""

import pandas as pd

from gen2d.job import Job
from gen2d.plan.knobs import JobKnobs


def run(job: Job[JobKnobs]) -> None:
    """Writes results/metrics.csv: per cell, the metrics of its samples, then of its density."""
    tables = []
    densities = {tuple(cell.items()): table for cell, table in job.tables("likelihoods")}
    for cell, table in job.tables("metrics"):
        tables.append(table)
        if (key := tuple(cell.items())) in densities:
            tables.append(densities[key])
    job.write_table("table", pd.concat(tables, ignore_index=True))
