"""Denoising losses by step, between the loss of s = 0 and the least possible loss."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.naming import Named, name_ends
from gen2d.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import LearningFigureKnobs

NOTHING = 2.0  # the loss of s = 0, in two dimensions
LOWEST = -10.0  # least percentage at the lower end of an axis
HEIGHT = 1.2  # approximate height of a panel, inches
OF_ALL = ["floor", "learned", "gaussian", "best", "best_model"]
COLUMNS = ["dataset", "seed", "step", "loss", "share", *OF_ALL]


def table(job: Job[LearningFigureKnobs]) -> pd.DataFrame:
    """One row per dataset, seed and step: hold-out loss, its floor, and the share learned.

    The share of the score learned is (2 - loss) / (2 - floor), in percent. Further columns are the
    final shares, measured against exact scores: of the model itself (`learned`), of one fitted
    Gaussian, and of the best other model.
    """
    knobs, parts = job.knobs, []
    causes = job.table("causes")
    known = causes[(causes["cause"] == "score_learned") & (causes["at"] == knobs.noise_level)]
    for cell, exact in job.tables("exact"):
        dataset = cell["dataset"]
        at = exact[exact["noise_level"] == knobs.noise_level].set_index("quantity")["value"]
        floor = float(at.get("dsm_loss_floor", np.nan))
        here = known[known["dataset"] == dataset].set_index("model")["mean"].astype(float)
        rivals = here.reindex([m for m in knobs.judged if m in here and m != job.cell["model"]])
        losses = pd.concat([blocks for _, blocks in job.tables("losses", **cell)])
        loss = losses["loss_holdout"].astype(float)
        row = {
            "dataset": dataset,
            "floor": floor,
            "loss": loss,
            "share": 100 * (NOTHING - loss) / (NOTHING - floor),
            "learned": 100 * here.get(job.cell["model"], np.nan),
            "gaussian": 100 * here.get(knobs.gaussian, np.nan),
            "best": 100 * rivals.max() if len(rivals) else np.nan,
            "best_model": rivals.idxmax() if rivals.notna().any() else "",
        }
        parts.append(losses.assign(**row)[COLUMNS])
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, knobs: LearningFigureKnobs) -> Figure:
    """One column per data set: the loss, on a shared axis, and below it the share learned.

    The band is the middle 80 % of the seeds, the line their median, smoothed over a twentieth of
    the records. Dashed lines are known values, which the last column names in full.
    """
    datasets, titles = list(table["dataset"].unique()), dict(knobs.titles)
    size = 1.75 * max(len(datasets), 4), 3.6
    figure, grid = plt.subplots(
        2, len(datasets), figsize=size, sharex=True, sharey="row", squeeze=False
    )
    for (above, below), dataset in zip(grid.T, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        first = part.iloc[0]
        _draw_seeds(above, part, "loss")
        above.set_title(title(dataset))
        if np.isnan(first["floor"]):
            below.text(0.5, 0.5, "no floor is known", ha="center", transform=below.transAxes)
        else:
            _draw_seeds(below, part, "share")
        below.set_xlabel("optimiser step")
    floors = table["floor"].dropna()
    lowest = floors.min() if len(floors) else table["loss"].min()
    grid[0, 0].set_ylim(lowest - 0.12, NOTHING + 0.12)
    grid[1, 0].set_ylim(LOWEST, 115)
    grid[0, 0].set_ylabel("hold-out loss")
    grid[1, 0].set_ylabel("share of the score\nlearned, %")
    for (above, below), dataset in zip(grid.T, datasets, strict=True):
        first = table[table["dataset"] == dataset].iloc[0]
        is_last = dataset == datasets[-1]
        _draw_lines(above, _of_losses(first["floor"]), is_last)
        if not np.isnan(first["floor"]):
            _draw_lines(below, _of_shares(first, titles), is_last, first["learned"])
    return figure


def _draw_seeds(axes: plt.Axes, part: pd.DataFrame, column: str) -> None:
    """Draws the median of the seeds and their middle 80 %."""
    wide = part.pivot(index="step", columns="seed", values=column)
    smooth = wide.rolling(max(1, len(wide) // 20), min_periods=1, center=True).mean()
    low, middle, high = (smooth.quantile(q, axis=1) for q in (0.1, 0.5, 0.9))
    axes.fill_between(smooth.index, low, high, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(smooth.index, middle, color=BLUE, linewidth=1.2)


class Line(NamedTuple):
    """A dashed line: its height, its short and full name, its colour."""

    at: float
    short: str
    full: str
    colour: str


def _of_losses(floor: float) -> list[Line]:
    """Lines of losses: of s = 0, and the least possible loss."""
    return [
        Line(NOTHING, f"{NOTHING:.0f}", f"nothing learned: {NOTHING:.0f}", GREY),
        Line(floor, f"{floor:.2f}", f"floor: {floor:.2f}", BLACK),
    ]


def _of_shares(of_dataset: pd.Series, titles: Mapping[str, str]) -> list[Line]:
    """Lines of shares: the whole score, the best model's share, and one Gaussian's."""
    gaussian, best = (f"{of_dataset[name]:.0f}".replace("-", "−") for name in ("gaussian", "best"))
    best = f"{title(titles.get(of_dataset['best_model'], ''))}: {best}"
    return [
        Line(100.0, "all", "all of it", BLACK),
        Line(of_dataset["best"], best, best, GREEN),
        Line(of_dataset["gaussian"], gaussian, f"one Gaussian: {gaussian}", ORANGE),
    ]


def _draw_lines(
    axes: plt.Axes, lines: Sequence[Line], in_full: bool, learned: float = np.nan
) -> None:
    """Draws lines, named at the right, where the model's own share is written too."""
    right, named = axes.get_xlim()[1], []
    if not np.isnan(learned):
        named.append(Named(right, learned, f"{learned:.0f}".replace("-", "−"), BLUE))
    for line in lines:
        if not np.isnan(line.at):
            axes.axhline(line.at, color=line.colour, linewidth=0.8, linestyle="--", zorder=1)
            named.append(Named(right, line.at, line.full if in_full else line.short, line.colour))
    name_ends(axes, named, HEIGHT)
