"""The coursework's claims, each with a verdict that tests decide."""

import pandas as pd
from msgspec.structs import replace

from gen2d.plan.page_knobs import ClaimFacts
from gen2d.report.inputs import Inputs
from gen2d.report.sections.findings import loss_trends
from gen2d.report.words import listed, readable


def content(inputs: Inputs) -> dict[str, object]:
    floor = inputs.baselines.get("resample", "")
    told = []
    for stated in inputs.knobs.claims:
        claim = replace(stated, model=inputs.titles.get(stated.model, stated.model))
        if claim.refuted_by == "loss" and claim.model in inputs.losses:
            told += judged_by_loss(claim, inputs.losses[claim.model], inputs.alpha)
        elif claim.refuted_by == "samples":
            told += judged_by_samples(claim, inputs.comparisons, floor, inputs.alpha)
    return {"claims": told}


def judged_by_samples(
    claim: ClaimFacts, comparisons: pd.DataFrame, floor: str, alpha: float
) -> list[dict[str, str]]:
    """The claim, its verdict and the evidence; nothing where no test can refute it.

    Args:
        floor: the model of the training points.
    """
    rows = comparisons[
        (comparisons["model"] == claim.model)
        & (comparisons["other"] == floor)
        & (comparisons["metric"] == "mmd2_small")
    ]
    tested = rows[rows["p_holm"].notna()]
    named = dict.fromkeys(claim.works_on, True) | dict.fromkeys(claim.fails_on, False)
    known = {name: well for name, well in named.items() if name in set(tested["dataset"])}
    if not known:
        return []
    missed = set(tested.loc[(tested["p_holm"] < alpha) & (tested["difference"] > 0), "dataset"])
    agree = [name for name, well in known.items() if (name not in missed) == well]
    words = f"{len(agree)} of {len(known)} data sets"
    words += f", {listed(agree)}" if agree else ""
    return [
        {
            "claim": claim.text,
            "verdict": "Holds here." if len(agree) == len(known) else "Does not hold here.",
            "evidence": "Going well means that MMD² at the smallest bandwidth is not higher than"
            f" that of {readable(floor)} (paired t-test over seeds, Holm-adjusted p < {alpha:.2g});"
            f" with that the claim holds on {words}.",
        }
    ]


def judged_by_loss(claim: ClaimFacts, losses: pd.DataFrame, alpha: float) -> list[dict[str, str]]:
    """The claim, its verdict and the evidence; nothing where no test can refute it."""
    trends = loss_trends(losses, alpha)
    if not any(trends.values()):
        return []
    falling = [name for name, _ in trends["falls"]]
    words = f"falls on {listed(falling)}" if falling else "falls on no data set"
    verdict = "Not refuted here." if trends["does not change"] else "Holds here."
    verdict = "Does not hold here." if falling else verdict
    return [
        {
            "claim": claim.text,
            "verdict": verdict,
            "evidence": f"From the first to the last tenth of training the loss {words} (paired"
            f" t-test over seeds, p < {alpha:.2g}). The loss contrasts data with the model's own"
            " negatives: it is 0 where both have one law, as for any constant energy, so it need"
            " not fall, and falling it would prove nothing; the metrics are what judges.",
        }
    ]
