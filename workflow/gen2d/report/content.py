"""The report's content, section by section, as plain text and tables."""

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.report.inputs import Inputs
from gen2d.report.sections import (
    appendix,
    cause_tables,
    causes,
    coursework,
    defects,
    error_sources,
    ladders,
    learned,
    metrics,
    setup,
    summary,
    takes,
    verdicts,
    works,
)
from gen2d.report.words import readable

SECTIONS = (
    summary,
    coursework,
    causes,
    defects,
    ladders,
    works,
    learned,
    takes,
    error_sources,
    setup,
    verdicts,
    cause_tables,
    metrics,
    appendix,
)


def content(job: Job[ReportKnobs]) -> dict[str, object]:
    """The content that study.typ and its sections read, by name."""
    inputs, knobs = Inputs(job), job.knobs
    shown: dict[str, object] = {
        "title": knobs.title,
        "author": knobs.author,
        "introduction": knobs.introduction,
        "judged_by": {method: readable(name) for method, name in inputs.baselines.items()},
        "n_seeds": knobs.n_seeds,
        "n_samples": knobs.n_samples,
        "alpha": f"{inputs.alpha:.2g}",
        "confidence": f"{100 * knobs.confidence:g} %",
        "exact": inputs.exact,
    }
    for section in SECTIONS:
        shown |= section.content(inputs)
    return shown
