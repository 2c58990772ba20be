"""Learned densities beside the exact ones, on one page."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gen2d.figures.style import HALO, LONGEST, VERMILION, frame, title
from gen2d.geometry import FINE, View
from gen2d.job import Job
from gen2d.plan.figure_knobs import DensitiesFigureKnobs

EXACT = "exact"
PEAK = 0.995  # quantile of the exact density at the end of the colour scale
MOST = 10  # columns on a page, at most
LETTER = 0.066  # width of a letter, inches
COLUMNS = ["dataset", "place", "model", "loss", "x1", "x2", "value"]


def table(job: Job[DensitiesFigureKnobs]) -> pd.DataFrame:
    """Tidy table: dataset, place (0 for exact), model, loss, x1, x2, and value, the density there.

    Densities are the first seed's. The loss is a mean over seeds: the KL divergence, or the
    negative log-likelihood if no density is known. Models are ordered by their mean rank in it.
    """
    summary, titles = job.table("summary"), dict(job.knobs.titles)
    loss = summary[summary["metric"].isin(("kl", "nll"))]
    loss = loss.pivot_table(index="model", columns="dataset", values="mean")
    models = [model for model in titles if model in loss.index]
    order = loss.reindex(models).rank(na_option="bottom").mean(axis=1).sort_values(kind="stable")
    parts = []
    for cell in job.cells("grids"):
        dataset = cell["dataset"]
        corners, log_prob = job.arrays("grids", "view", "log_prob", **cell)
        grid, exact = View(*corners).grid(FINE), np.exp(log_prob)
        parts.append(_rows(grid, exact, dataset, 0, EXACT, np.nan))
        for place, model in enumerate(order.index[: MOST - 1], start=1):
            history = job.all_arrays("histories", model=model)
            if f"{dataset}.log_prob" in history:
                learned = np.exp(history[f"{dataset}.log_prob"])
                at = loss.at[model, dataset] if dataset in loss else np.nan
                parts.append(_rows(grid, learned, dataset, place, model, at))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _rows(
    grid: np.ndarray, values: np.ndarray, dataset: str, place: int, model: str, loss: float
) -> pd.DataFrame:
    columns = {"dataset": dataset, "place": place, "model": model, "loss": loss, "value": values}
    return pd.DataFrame(grid, columns=["x1", "x2"]).assign(**columns)


def draw(table: pd.DataFrame, knobs: DensitiesFigureKnobs) -> Figure:
    """One row per data set, one column per model; dark is high, on the exact density's scale.

    The corner of a panel shows the loss in nats.
    """
    datasets, titles = list(table["dataset"].unique()), dict(knobs.titles)
    names = table.drop_duplicates("place").set_index("place")["model"].sort_index()
    side = 7.0 / max(len(names), 5)
    size = 7.0, min(side * len(datasets) + 0.4, 7.0 * LONGEST)
    figure, grid = plt.subplots(len(datasets), len(names), figsize=size, squeeze=False)
    for row, dataset in zip(grid, datasets, strict=True):
        part = table[table["dataset"] == dataset]
        exact = part.loc[part["place"] == 0, "value"]
        known = exact if exact.notna().any() else part["value"]
        most = np.nanquantile(known[np.isfinite(known)], PEAK) if known.notna().any() else 1.0
        first = part.loc[part["value"].notna(), "place"].min()
        for axes, place in zip(row, names.index, strict=True):
            _draw_cell(axes, part[part["place"] == place], most, labelled=place == first)
        row[0].set_ylabel(_lines(dataset, side), size=8)
    for axes, name in zip(grid[0], names, strict=True):
        axes.set_title(_lines(titles.get(name, name), side), size=8)
    return figure


def _lines(name: str, side: float) -> str:
    """The title of a name, broken into lines as long as a panel's side [inches]."""
    return fill(title(name), int(side / LETTER), break_long_words=False)


def _draw_cell(axes: plt.Axes, rows: pd.DataFrame, most: float, *, labelled: bool) -> None:
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)
    if rows.empty or rows["value"].isna().all():
        axes.text(0.5, 0.5, "not known", ha="center", size=8, transform=axes.transAxes)
        return
    values = rows["value"].to_numpy().reshape(FINE, FINE)
    style = {"cmap": "Blues", "vmin": 0, "vmax": most, "interpolation": "bilinear"}
    shown = View.of_grid(rows[["x1", "x2"]].to_numpy(), FINE)
    if shown.is_square:
        axes.imshow(values, origin="lower", **style)
    else:
        extent = (shown.low[0], shown.high[0], shown.low[1], shown.high[1])
        axes.imshow(values, origin="lower", extent=extent, **style)
        frame(axes, shown, labelled=labelled)
    loss = rows["loss"].iloc[0]
    if not np.isnan(loss):
        text = f"{loss:.2f}".replace("-", "−")
        place = {"transform": axes.transAxes, "size": 8, "color": VERMILION}
        axes.text(0.02, 0.02, text, **place, path_effects=[HALO])
