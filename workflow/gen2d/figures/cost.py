"""Quality against cost: the error of a model's samples, their time and network evaluations."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from gen2d.figures.errors import LINES
from gen2d.figures.method_looks import look
from gen2d.figures.style import GREY, name_points, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.verdicts import JUDGE
from gen2d.plan.figure_knobs import CostFigureKnobs

COSTS = {"seconds": "seconds per seed", "evaluations": "network evaluations per sample"}
WIDE = 30  # ratio of the ends of an axis, above which only decades have ticks
COLUMNS = ["model", "error", "low", "high", *COSTS]


def table(job: Job[CostFigureKnobs]) -> pd.DataFrame:
    """One row per model: error with its interval, and costs, as means over data sets.

    The error is the geometric mean of MMD² at the smallest bandwidth, in units of a kernel density
    estimate's if the study has one. Models without a positive error on every data set are left out.
    """
    verdicts, overall = job.table("verdicts"), job.table("overall")
    by_model = verdicts.groupby("model", sort=False)
    found = by_model[list(COSTS)].mean()
    if len(overall):
        pooled = overall.set_index("model")
        found[["error", "low", "high"]] = pooled[["ratio", "low", "high"]].astype(float)
    else:
        errors = verdicts[JUDGE].astype(float)
        logs = np.log(errors.where(errors > 0))
        found["error"] = np.exp(
            logs.groupby(verdicts["model"]).agg(lambda part: part.mean(skipna=False))
        )
        found[["low", "high"]] = np.nan
    return found.dropna(subset="error").reset_index()[COLUMNS]


def draw(table: pd.DataFrame, knobs: CostFigureKnobs) -> Figure:
    """One panel per cost, one marker per model, on log axes; lower and further left is better.

    Baselines are horizontal lines. Models without a cost are left out of its panel.
    """
    methods, titles = dict(knobs.methods), dict(knobs.titles)
    figure, row = plt.subplots(1, len(COSTS), figsize=(7.0, 2.9), sharey=True)
    is_line = table["model"].map(methods).isin(LINES)
    lines = table[is_line].set_index("model")["error"]
    for axes, (cost, label) in zip(row, COSTS.items(), strict=True):
        shown = table[~is_line & (table[cost] > 0)]
        axes.set(xscale="log", yscale="log", xlabel=label)
        for model, error in lines.items():
            axes.axhline(error, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
            if axes is row[-1]:
                name = LINES[methods[model]]
                place = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
                axes.annotate(name, (1, error), (3, 0), va="center", color=GREY, size=8, **place)
        for cell in shown.itertuples():
            color, marker = look(methods[cell.model])
            ends = (
                None if np.isnan(cell.low) else [[cell.error - cell.low], [cell.high - cell.error]]
            )
            axes.errorbar(
                getattr(cell, cost),
                cell.error,
                yerr=ends,
                color=color,
                marker=marker,
                markersize=knobs.marker_size,
            )
        axes.margins(x=0.18)
        for axis in (axes.xaxis, axes.yaxis):
            low, high = axis.get_view_interval()
            steps = (1.0, 2.0, 5.0) if high < WIDE * low else (1.0,)
            axis.set_major_locator(LogLocator(subs=steps, numticks=8))
            axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
            axis.set_minor_formatter(NullFormatter())
        names = [title(titles[model]) for model in shown["model"]]
        name_points(axes, names, shown[cost].to_numpy(), shown["error"].to_numpy())
    row[0].set_ylabel("error, as a multiple of kde's" if len(lines) else METRICS[JUDGE].axis)
    return figure
