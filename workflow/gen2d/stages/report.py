"""Typesets the report from the workflow's own tables and figures."""

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.report.content import content
from gen2d.report.typesetting import typeset


def run(job: Job[ReportKnobs]) -> None:
    """Writes the PDF and the one-file HTML page."""
    shown = content(job)
    for form in ("pdf", "html"):
        job.write_page(form, typeset(shown, form, job.results))
