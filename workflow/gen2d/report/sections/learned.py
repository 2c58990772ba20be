"""What models learned: the figures of their losses, densities and scores."""

from gen2d.report.inputs import Inputs
from gen2d.report.words import readable


def content(inputs: Inputs) -> dict[str, object]:
    job = inputs.job
    return {
        "losses": [
            {
                "name": readable(model),
                "path": job.figure("figure_losses", model=inputs.names[model]),
                "floor": bool(table["floor"].notna().any()),
                "stable": inputs.models[model].stable_targets,
            }
            for model, table in inputs.losses.items()
        ],
        "fields": [
            {
                "name": readable(inputs.titles[cell["model"]]),
                "path": job.figure("figure_fields", **cell),
            }
            for cell, table in job.tables("figure_fields")
            if table["x1"].notna().any()  # of a density or a score
        ],
        "scores": job.figure("figure_scores"),
        "densities": job.figure("figure_densities"),
        "with_densities": set(inputs.summary["metric"]) & {"kl", "nll"} != set(),
    }
