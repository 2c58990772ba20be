"""What is wrong with a file, in one line."""

from pathlib import Path, PurePath
from typing import Any

MAKERS = {
    "models/*/*/*": "train_model",
    "samples/*/*/*": "sample_model",
    "metrics/*/*/*.likelihood.csv": "measure_likelihood",
    "metrics/*/*/*": "evaluate_samples",
    "data/*/seeds*": "draw_points",
    "data/*/reference.npz": "draw_reference",
    "data/*/exact.csv": "compute_exact",
    "data/*/fields.npz": "compute_fields",
    "explored/*": "explore_model",
    "figures/losses-*": "figure_losses",
    "figures/samples-*": "figure_samples",
    "figures/fields-*": "figure_fields",
    "figures/metrics-*": "figure_metrics",
    "figures/cost.*": "figure_cost",
    "figures/scores.*": "figure_scores",
    "figures/sweep-*": "figure_sweep",
    "figures/split-*": "figure_split",
    "splits/*/*/*": "split_error",
    "metrics.csv*": "collect",
    "summary.csv*": "summary",
    "comparisons.csv*": "summary",
    "verdicts.csv*": "verdicts",
    "overall.csv*": "verdicts",
}
"""How paths in the results end, and the rule that makes such files; the first that fits."""


class FileError(ValueError):
    """A file is not what its reader expects; names the file, the expectation and the finding."""

    @classmethod
    def of(cls, path: str | Path, expected: str, got: Any) -> "FileError":
        """For a file that the workflow made and can make again."""
        got = " ".join(str(got).split())
        makers = [f" (rule {MAKERS[end]})" for end in MAKERS if PurePath(path).match(end)]
        remade = f"delete it, and the next run that needs it remakes it{''.join(makers[:1])}"
        return cls(f"{path}: expected {expected}; got {got}; {remade}")
