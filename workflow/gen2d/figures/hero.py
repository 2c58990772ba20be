"""Samples of the truth, of the models with the largest errors, and of each data set's best."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import (
    BLUE,
    GREY,
    HALO,
    LONGEST,
    VERMILION,
    YELLOW,
    by_label,
    draw_points,
    far,
    frame,
    outside,
    title,
    true_points,
)
from gen2d.geometry import View, view
from gen2d.job import Job
from gen2d.metrics.verdicts import JUDGE, WORSE
from gen2d.plan.figure_knobs import HeroFigureKnobs

TRUE = "the truth"
BEST = "least error"
N_WORST = 2
MOST = 5  # data sets side by side, at most
COLUMNS = ["dataset", "place", "row", "model", "skill", "outside", "colour", "x1", "x2"]


def chosen(
    verdicts: pd.DataFrame, judged: list[str], methods: Mapping[str, str]
) -> list[tuple[str, dict[str, str]]]:
    """Rows of the figure: the name of each, and its model by data set.

    First come the models with the largest mean rank over data sets, at most one per method. The
    last row is each data set's best model. Ranks are of MMD² at the smallest bandwidth; diverged
    models rank last.
    """
    means = verdicts.pivot(index="model", columns="dataset", values=JUDGE)
    means = means.reindex([model for model in judged if model in means.index])
    if means.empty:
        return []
    ranks = means.rank(na_option="bottom").mean(axis=1).sort_values(ascending=False, kind="stable")
    of_method = ranks.groupby([methods[model] for model in ranks.index], sort=False).head(1)
    worst = list(of_method.index[: min(N_WORST, len(ranks) - 1)])
    rest = means.drop(index=worst).fillna(np.inf)
    best = {str(dataset): str(rest[dataset].idxmin()) for dataset in rest}
    rows = [(model, dict.fromkeys(best, model)) for model in worst]
    name = set(best.values()).pop() if len(set(best.values())) == 1 else BEST
    return [*rows, (name, best)]


def colour(cell: pd.Series) -> str:
    """Colour of a cell by its tests: worse than one Gaussian, worse than kde, or neither."""
    if cell.get("against_gaussian") == WORSE:
        return VERMILION
    return YELLOW if cell.get(f"against_kde_{JUDGE}") == WORSE else BLUE


def table(job: Job[HeroFigureKnobs]) -> pd.DataFrame:
    """Points x1, x2 of the truth, place 0, and of each row's model, first seed.

    Further columns: the row's name, the model, its skill, its share of samples far from the data,
    and the colour, which is by label for true points and by `colour` for samples.
    """
    knobs, parts = job.knobs, []
    verdicts = job.table("verdicts")
    known = {(row["dataset"], row["model"]): row for _, row in verdicts.iterrows()}
    for cell in job.cells("reference"):
        shown = true_points(job.all_arrays("reference", **cell), knobs.n_points)
        row = {**cell, "place": 0, "row": TRUE, "model": "", "skill": np.nan, "outside": np.nan}
        parts.append(shown.assign(**row, colour=by_label(shown.get("label"))))
    for place, (name, models) in enumerate(
        chosen(verdicts, knobs.judged, dict(knobs.methods)), start=1
    ):
        for dataset, model in models.items():
            found = known[dataset, model]
            (samples,) = job.arrays("samples", "samples", dataset=dataset, model=model)
            row = {"dataset": dataset, "place": place, "row": name, "model": model}
            row |= {key: found.get(key, np.nan) for key in ("skill", "outside")}
            shown = pd.DataFrame(samples[0][: knobs.n_points], columns=["x1", "x2"])
            parts.append(shown.assign(**row, colour=colour(found)))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def draw(table: pd.DataFrame, knobs: HeroFigureKnobs) -> Figure:
    """One row per model, one column per data set: samples over grey true points.

    Samples have the colour of their tests; in the first row, true points have the colours of their
    labels, if any. The corner shows the skill and, above 1 %, the share of samples far from the
    data. Only the first `MOST` data sets are shown.
    """
    titles = dict(knobs.titles)
    datasets = list(table["dataset"].unique())[:MOST]
    places = sorted(table["place"].unique())
    side = 7.0 / max(len(datasets), 4)
    size = 7.0, min(0.66 * side * len(places) + 0.3, 7.0 * LONGEST)
    figure, grid = plt.subplots(len(places), len(datasets), figsize=size, squeeze=False)
    for column, dataset in zip(grid.T, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        true = part.loc[part["place"] == 0, ["x1", "x2"]].to_numpy()
        square = view(true)
        column[0].set_title(title(dataset))
        for axes, place in zip(column, places, strict=True):
            _draw_cell(axes, part[part["place"] == place], true, square, knobs.point_size)
            if place and (part["row"] == BEST)[part["place"] == place].any():
                model = part.loc[part["place"] == place, "model"].iloc[0]
                axes.set_xlabel(title(titles[model]), size=8, labelpad=2)
    for axes, place in zip(grid[:, 0], places, strict=True):
        name = table.loc[table["place"] == place, "row"].iloc[0]
        axes.set_ylabel(title(titles.get(name, name)))
    return figure


def _draw_cell(
    axes: plt.Axes, rows: pd.DataFrame, true: np.ndarray, square: View, point_size: float
) -> None:
    """Draws one model's samples over true points, with its skill and share far from the data."""
    first = rows.iloc[0]
    rows = rows[np.isfinite(rows[["x1", "x2"]]).all(axis=1)]
    x = rows[["x1", "x2"]].to_numpy()
    color = rows["colour"] if rows["colour"].nunique() > 1 else first["colour"]
    if first["place"]:
        draw_points(axes, true, point_size, color=GREY, alpha=0.3)
    draw_points(axes, x, point_size, color=color, alpha=0.6)
    frame(axes, square, labelled=not first["place"])
    words = [] if np.isnan(first["skill"]) else [f"{round(first['skill']):d} %".replace("-", "−")]
    words += filter(None, [far(first["outside"])])
    if not first["place"]:
        words = [text] if (text := outside(square, true)) else []
    if not len(x):
        words = ["every seed diverged" if first["place"] else "none finite"]
    place = {"xycoords": "axes fraction", "va": "bottom", "size": 8, "weight": "bold"}
    halo = {"path_effects": [HALO], "color": first["colour"] if first["place"] else GREY}
    axes.annotate("   ".join(words), (0.0, 0.0), **place, **halo)
