"""Links from figures to the explorer: the state that shows the same, as an address of its page.

The explorer's state.js reads the keys.
"""

from urllib.parse import urlencode

from gen2d.job import Job
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.plan.stage import Cell
from gen2d.report.words import readable

TRAINING = {"moving": "training", "field": "none", "layers": "true,model"}
SAMPLING = {"moving": "sampling", "field": "none", "layers": "true,model"}
SCORES = {"field": "score_error", "layers": "true,model,score"}
STATES = {
    "losses": TRAINING,
    "originals": TRAINING,
    "learning": TRAINING | SCORES,
    "error_sources": SAMPLING | SCORES,
    "fields": SAMPLING,
    "hero": SAMPLING,
    "samples": SAMPLING,
    "chains": SAMPLING,
    "densities": SAMPLING,
}
"""The explorer's keys by figure: at the end of training or of sampling, and the layers shown."""
OF_FIELDS = {"learned": "density", "energy": "energy", "scores_1": "score_error"}
"""Quantities in the table of the figure of fields -> the explorer's names of these fields."""


def state(job: Job[ReportKnobs], figure: str, cell: Cell) -> dict[str, str] | None:
    """The address of a figure's state and the text of its link; None if it has no state.

    The state shows the figure's first data set, and its first model beside the truth; for the hero,
    its first model beside the last, which is the best.
    """
    if figure not in STATES:
        return None
    titles, truth = dict(job.knobs.titles), dict(job.knobs.baselines).get("truth", "")
    dataset = job.knobs.datasets[0].name
    models = [cell["model"]] if "model" in cell else _models(job, figure, dataset)
    if not models:
        return None
    left, right = models[0], models[-1] if figure == "hero" else truth
    keys = {"data": dataset, "left": left, "right": right, **STATES[figure], "at": "end"}
    if figure in ("fields", "chains", "densities"):
        keys["field"] = _field(job, left)
    beside = "the truth" if right == truth else readable(titles[right])
    return {
        "address": f"explorer.html#{urlencode(keys, safe=',')}",
        "words": f"Explore {readable(titles[left])} beside {beside}",
    }


def _models(job: Job[ReportKnobs], figure: str, dataset: str) -> list[str]:
    """Models of a figure on a data set, in its order; of chains, only models with an energy."""
    table, known = job.table(f"figure_{figure}"), dict(job.knobs.titles)
    if figure == "chains":
        table = table[table["quantity"] == "energy"]
    shown = table.loc[table["dataset"] == dataset, "model"].unique()
    return [model for model in shown if model in known]


def _field(job: Job[ReportKnobs], model: str) -> str:
    """The explorer's field of a model: its learned density, else its energy or score."""
    if {"model": model} not in job.cells("figure_fields"):
        return "none"
    known = set(job.table("figure_fields", model=model)["quantity"])
    return next((field for quantity, field in OF_FIELDS.items() if quantity in known), "none")
