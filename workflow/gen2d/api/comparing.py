"""A fitted model beside baselines on the same points: a table of metrics, a figure of samples."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gen2d.api.fitting import BASELINES, Fitted
from gen2d.api.progress import Bar
from gen2d.metrics.status import SKIPPED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_SEEDS = 6  # drawn


def compare(models: Fitted, *, progress: bool = True) -> "pd.DataFrame":
    """Table of n_seeds, n_diverged, and mean, low and high over seeds, by metric and model.

    low and high are the ends of 95 % t-intervals; NaN for one seed. Models are the fitted one and
    `BASELINES`. Takes some seconds.
    """
    import pandas as pd  # here, since it takes longer than all else of this module

    from gen2d.stages.summary import summarise

    others = [models.beside(name) for name in BASELINES if name != models.name]
    every, tables = [models, *others], []
    # Two threads share the training points and the reference, which are made before. Torch, whose
    # settings are the process's, is used by the fitted model alone.
    len(models.true_points)
    with (
        Bar(f"measuring {models.name}, {', '.join(BASELINES)}", is_wanted=progress) as bar,
        ThreadPoolExecutor(2) as pool,
    ):
        for i, metrics in enumerate(pool.map(lambda each: each.metrics, every)):
            tables.append(metrics)
            bar.show(i + 1, len(every))
    table = pd.concat(tables, ignore_index=True)
    summary: pd.DataFrame = summarise(table[table["status"] != SKIPPED], 0.95)
    return summary.drop(columns=["dataset", "median"]).set_index(["metric", "model"])


def plot(models: Fitted) -> "Figure":
    """A figure of the first seeds' samples over true points."""
    from gen2d.figures.fitted import N_POINTS, draw  # here, since it imports matplotlib

    x = models.sample(N_POINTS)[:MOST_SEEDS]
    true, labels = models.true_points, models.true_labels
    return draw(true, labels, x, models.seeds[:MOST_SEEDS], models.name)
