"""How far a denoising loss comes: from no score at all to the least that any function reaches."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import BLACK, BLUE, GREEN, GREY, HALO, ORANGE, title
from gen2d.job import Job
from gen2d.plan.figure_knobs import LearningFigureKnobs

NOTHING = 2.0  # the loss of no score at all, in the plane
LOWEST = -10.0  # percent at the lower end of an axis, at least
COLUMNS = ["dataset", "seed", "step", "loss", "floor", "share", "gaussian", "best", "best_model"]


def table(job: Job[LearningFigureKnobs]) -> pd.DataFrame:
    """dataset, seed and step; the hold-out loss, its floor, and the share of the score learned.

    The share is (2 - loss) / (2 - floor), in percent. Beside it stand those of one fitted Gaussian
    and of the model with the largest at this noise level, from the exact scores.
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
        told = {
            "dataset": dataset,
            "floor": floor,
            "loss": loss,
            "share": 100 * (NOTHING - loss) / (NOTHING - floor),
            "gaussian": 100 * here.get(knobs.gaussian, np.nan),
            "best": 100 * rivals.max() if len(rivals) else np.nan,
            "best_model": rivals.idxmax() if rivals.notna().any() else "",
        }
        parts.append(losses.assign(**told)[COLUMNS])
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, knobs: LearningFigureKnobs) -> Figure:
    """A column a data set: the loss, on one axis for all, and below it the share of the score.

    The band is the middle 80 % of the seeds, the line their median, smoothed over a twentieth of
    the records. What is known beside it is a line with its name.
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
        _line(above, NOTHING, "nothing learned: 2", GREY)
        above.set_title(title(dataset))
        if np.isnan(first["floor"]):
            below.text(0.5, 0.5, "no floor is known", ha="center", transform=below.transAxes)
        else:
            _line(above, first["floor"], f"floor: {first['floor']:.2f}", BLACK)
            _draw_seeds(below, part, "share")
            _line(below, 100, "all of it", BLACK)
            _line(below, first["gaussian"], f"one Gaussian: {first['gaussian']:.0f}", ORANGE)
            best = title(titles.get(first["best_model"], ""))
            _line(below, first["best"], f"{best}: {first['best']:.0f}", GREEN, "top")
        below.set_xlabel("optimiser step")
    floors = table["floor"].dropna()
    lowest = floors.min() if len(floors) else table["loss"].min()
    grid[0, 0].set_ylim(lowest - 0.12, NOTHING + 0.12)
    grid[1, 0].set_ylim(LOWEST, 115)
    grid[0, 0].set_ylabel("hold-out loss")
    grid[1, 0].set_ylabel("share of the score\nlearned, %")
    return figure


def _draw_seeds(axes: plt.Axes, part: pd.DataFrame, column: str) -> None:
    """The median of the seeds and their middle 80 %."""
    wide = part.pivot(index="step", columns="seed", values=column)
    smooth = wide.rolling(max(1, len(wide) // 20), min_periods=1, center=True).mean()
    low, middle, high = (smooth.quantile(q, axis=1) for q in (0.1, 0.5, 0.9))
    axes.fill_between(smooth.index, low, high, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(smooth.index, middle, color=BLUE, linewidth=1.2)
    if len(middle.dropna()) and column == "share":
        place = {"xytext": (2, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(
            f"{middle.iloc[-1]:.0f}".replace("-", "−"),
            (smooth.index[-1], middle.iloc[-1]),
            **place,
            color=BLUE,
            weight="bold",
            annotation_clip=False,
        )


def _line(axes: plt.Axes, at: float, name: str, colour: str, side: str = "bottom") -> None:
    """A horizontal line with its name on it, or below it at the side "top" of the text."""
    if not np.isnan(at):
        axes.axhline(at, color=colour, linewidth=0.8, linestyle="--")
        place = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
        style = {"color": colour, "size": 8, "va": side, "path_effects": [HALO]}
        offset = (0, 1 if side == "bottom" else -1)
        axes.annotate(name.replace("-", "−"), (0.02, at), offset, **place, **style)
