"""Packs the study's results into the explorer, one interactive page."""

from gen2d.explorer.content import content
from gen2d.explorer.page import render
from gen2d.job import Job
from gen2d.plan.page_knobs import ExplorerPageKnobs


def run(job: Job[ExplorerPageKnobs]) -> None:
    """Writes the page."""
    job.write_page("page", render(content(job)).encode())
