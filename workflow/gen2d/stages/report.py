"""Typesets the report from the workflow's own tables and figures."""

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.report.content import content
from gen2d.report.pictures import pictures
from gen2d.report.typesetting import typeset


def run(job: Job[ReportKnobs]) -> None:
    """Writes the PDF, with vector figures, and the one-file HTML page, with raster figures."""
    shown = content(job)
    job.write_page("pdf", typeset(shown, "pdf", job.results))
    page = {**shown, "pictures": pictures(job)}
    job.write_page("html", typeset(page, "html", job.results))
