"""The question, the data sets with their exact quantities, and the methods."""

from collections.abc import Sequence

import pandas as pd

from gen2d.metrics.two_sample import bandwidth_ladder
from gen2d.plan.page_knobs import DatasetFacts
from gen2d.report.inputs import Inputs
from gen2d.report.words import listed, nats, readable


def content(inputs: Inputs) -> dict[str, object]:
    models = inputs.models.values()
    methods: dict[str, list[str]] = {}
    for model in models:
        methods.setdefault(model.method, []).append(model.name)
    return {
        "datasets": _dataset_rows(inputs),
        "n_reference": reference_sizes(inputs.knobs.datasets),
        "files": [f"{readable(d.name)}: {d.source}." for d in inputs.knobs.datasets if d.source],
        "methods": [(name, listed(methods[name])) for name in methods],
        "why_no_density": _without_density(
            {inputs.titles[name]: reason for name, reason in inputs.knobs.why_no_density}
        ),
        "n_baselines": len(models) - len(inputs.judged),
        "n_elsewhere": sum(model.group == "made elsewhere" for model in models),
    }


def reference_sizes(datasets: Sequence[DatasetFacts]) -> str:
    """Numbers of reference points, by data set if they differ."""
    names: dict[int, list[str]] = {}
    for dataset in datasets:
        names.setdefault(dataset.n_reference, []).append(readable(dataset.name))
    if len(names) == 1:
        return str(*names)
    return ", ".join(f"{n} ({listed(names[n])})" for n in sorted(names, reverse=True))


def _dataset_rows(inputs: Inputs) -> list[list[str]]:
    job, rows = inputs.job, []
    for dataset in job.knobs.datasets:
        exact = inputs.exacts[dataset.name]
        (median,) = job.arrays("reference", "median_distance", dataset=dataset.name)
        bandwidths = bandwidth_ladder(float(median), job.knobs.n_bandwidths)
        entropy = exact.query("quantity == 'entropy' and noise_level == 0").iloc[0]
        floors = exact[exact["quantity"] == "dsm_loss_floor"]
        floors = floors[floors["noise_level"].isin(job.knobs.noise_levels)]
        known = pd.notna(entropy["value"])
        rows.append(
            [
                readable(dataset.name),
                f"{dataset.n_train} / {dataset.n_holdout}",
                nats(entropy["value"]) if known else entropy["note"],
                ", ".join(f"{r.value:.3f} (σ = {r.noise_level:g})" for r in floors.itertuples())
                or "none asked for"
                if known
                else entropy["note"],
                f"{bandwidths[0]:.2g} to {bandwidths[-1]:.2g}",
            ]
        )
    return rows


def _without_density(reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of models' names and the reason why they have no density, one per reason."""
    names: dict[str, list[str]] = {}
    for model in reasons:
        names.setdefault(reasons[model], []).append(model)
    return [(listed(models), reason) for reason, models in names.items()]
