"""Figures of metrics."""

from gen2d.metrics.catalogue import METRICS
from gen2d.report.inputs import Inputs


def content(inputs: Inputs) -> dict[str, object]:
    measured = set(inputs.summary["metric"])
    return {
        "metrics": [
            {
                "name": METRICS[metric].heading,
                "path": inputs.job.figure("figure_metrics", metric=metric),
            }
            for metric in inputs.knobs.metrics
            if metric in measured
        ],
    }
