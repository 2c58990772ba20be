"""Effects of the mistakes in the coursework's submission: variants beside healthy forms."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gen2d.metrics.verdicts import JUDGE
from gen2d.plan.page_knobs import ModelFacts
from gen2d.report.inputs import Inputs
from gen2d.report.judging import judge
from gen2d.report.words import readable

MISTAKES = ("mean_energy_gradient", "energy_as_score", "summed")
"""Knobs that switch mistakes on, in the order of the report."""
MENDED = ("ebm_persistent", "ebm_multilevel")


def content(inputs: Inputs) -> dict[str, object]:
    every = [*inputs.models.values()]
    return {"defects": section(every, inputs.comparisons, inputs.alpha)}


def healthy_form(variant: ModelFacts, models: Sequence[ModelFacts]) -> str | None:
    """The coursework's model of the method without the mistake, if the study has one."""
    sound = {m.method: m.name for m in models if m.group == "coursework" and not m.mistakes}
    return sound.get(variant.method)


def section(
    models: Sequence[ModelFacts],
    comparisons: pd.DataFrame,
    alpha: float,
) -> dict[str, Any] | None:
    """The section's content; None if the study has no variants with mistakes.

    Every variant is compared with its healthy form, mended variants with the healthy energy-based
    model, by the paired tests of MMD² at the smallest bandwidth.

    Args:
        models: in the order of the report.
    """
    methods = {model.name: model.method for model in models}
    mistakes = {model.name: model.mistakes for model in models}
    variants = [name for name, made in mistakes.items() if made]
    if not variants:
        return None
    healthy = {m.name: healthy_form(m, models) for m in models if m.name in variants}
    energy_form = next((healthy[v] for v in variants if methods[v] == "ebm_single"), None)
    mended = [name for name, method in methods.items() if method in MENDED and energy_form]
    against = healthy | dict.fromkeys(mended, energy_form)

    def entry(name: str) -> dict[str, Any]:
        other = against[name]
        judged = judge(comparisons, name, other, JUDGE, alpha) if other else []
        return {
            "name": readable(name),
            "mistakes": [readable(mistake) for mistake in mistakes[name]],
            "sentences": judged
            or ["The study has no coursework model of its method to compare it with."],
        }

    made = {mistake for name in variants for mistake in mistakes[name]}
    return {
        "mistakes": [name for name in MISTAKES if name in made],
        "batches": sorted({model.batch_size for model in models if model.name in variants}),
        "variants": [entry(name) for name in variants],
        "mended": [entry(name) for name in mended],
    }
