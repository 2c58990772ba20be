"""A ladder from one model to another: the skill of each rung, beside baselines and the truth."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gen2d.figures.style import BLUE, GREY, HALO, far, panels, title
from gen2d.job import Job
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.statistics import holm, paired_test, skill, t_interval
from gen2d.plan.figure_knobs import LadderFigureKnobs
from gen2d.plan.sweeps import JUDGED, SKILL

MEASURED = ("energy_distance", "outside", JUDGED)
LOWEST = -100.0  # least skill at the left end of an axis
MOST = 4.0  # largest MMD² at the right end of an axis, in medians of the seeds
LONGEST = 30  # characters per line of a rung's name
NEAR = 0.25  # share of an axis between two lines, below which their names would meet
NAMES = {"gaussian": "one Gaussian", "kde": "kde"}
"""Names of the baselines' lines, by method."""
IN_POINTS: dict[str, Any] = {"textcoords": "offset points", "size": 8, "path_effects": [HALO]}


def table(job: Job[LadderFigureKnobs]) -> pd.DataFrame:
    """One row per data set, rung and seed; baselines have rows without a place.

    A rung's rows repeat its name, model, changes, n_seeds and n_diverged; skill, energy distance
    and MMD² at the smallest bandwidth with intervals; and its gain over the rung before with
    interval, p, and p_holm, adjusted over data sets. Gains and seeds' scores are in skill or, if
    one Gaussian cannot be its unit, in that MMD²; `unit` names which.
    """
    parts = [_of_dataset(job, dataset) for dataset in job.knobs.ladder.datasets]
    found = pd.concat(parts, ignore_index=True)
    once = found.drop_duplicates(["dataset", "place", "model"])
    adjusted = once.groupby("place")["p"].transform(lambda p: holm(p.to_numpy()))
    key = ["dataset", "place", "model"]
    found = found.merge(once[key].assign(p_holm=adjusted), "left", key)
    seeds = ["seed", "score"]
    return found.assign(ladder=job.cell["ladder"])[
        ["ladder", *(name for name in found if name not in seeds), *seeds]
    ]


def _of_dataset(job: Job[LadderFigureKnobs], dataset: str) -> pd.DataFrame:
    """The rows of a data set, without p_holm, which needs all data sets."""
    knobs, baselines = job.knobs, dict(job.knobs.baselines)
    measured = pd.concat([part for _, part in job.tables("metrics", dataset=dataset)])
    measured = measured[measured["metric"].isin(MEASURED)].astype({"value": float})
    values = measured.pivot(index="seed", columns=["metric", "model"], values="value")
    judged = values[JUDGED]
    n_runs = measured.loc[measured["metric"] == JUDGED, "model"].value_counts()
    gaussian = judged.get(baselines.get("gaussian"))
    if gaussian is not None and np.isnan(skill(gaussian, gaussian).mean):
        gaussian = None
    shown: list[tuple[int | None, str, str, str, str]] = [
        (place, rung.name, rung.model, "; ".join(map(str, rung.changes)), rung.along)
        for place, rung in enumerate(knobs.ladder.rungs)
    ]
    shown += [(None, NAMES[method], model, "", "") for method, model in knobs.baselines]
    rows = []
    for place, name, model, changes, along in shown:
        own = judged[model]
        n_seeds = n_runs[model]  # fewer where the ladder trains fewer
        before = judged[knobs.ladder.rungs[place - 1].model] if place else None
        row = {
            "dataset": dataset,
            "place": place,
            "rung": name,
            "model": model,
            "changes": changes,
            "along": along,
            "n_seeds": n_seeds,
            "n_diverged": n_seeds - int(own.notna().sum()),
            "unit": JUDGED if gaussian is None else SKILL,
            **_named(SKILL, _skill(own, gaussian, knobs.confidence)),
        }
        for metric in MEASURED:
            known = values[metric][model].dropna().to_numpy()
            row |= _named(metric, t_interval(known, knobs.confidence))
        row |= _gain(before, own, gaussian, knobs.confidence)
        rows += [
            {**row, "seed": seed, "score": score} for seed, score in _scores(own, gaussian).items()
        ]
    return pd.DataFrame(rows).astype({"place": float})


def _named(name: str, interval: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), interval, strict=True))


def _skill(
    own: pd.Series, gaussian: pd.Series | None, confidence: float
) -> tuple[float, float, float]:
    if gaussian is None:
        return np.nan, np.nan, np.nan
    pairs = pd.DataFrame({"own": own, "gaussian": gaussian}).dropna()
    return skill(pairs["own"].to_numpy(), pairs["gaussian"].to_numpy(), confidence)


def _scores(own: pd.Series, gaussian: pd.Series | None) -> pd.Series:
    """Per seed: the skill relative to one Gaussian's mean, or the MMD² without a Gaussian."""
    return own if gaussian is None else 100 * (1 - own / gaussian[own.notna()].mean())


def _gain(
    before: pd.Series | None, own: pd.Series, gaussian: pd.Series | None, confidence: float
) -> dict[str, float]:
    """Gain of a rung over the one before with interval and p, over the seeds that both have."""
    if before is None:
        return {**_named("gain", (np.nan, np.nan, np.nan)), "p": np.nan}
    both = before.notna() & own.notna()
    test = paired_test(before[both].to_numpy(), own[both].to_numpy(), confidence)
    scale = 1.0 if gaussian is None else 100 / gaussian[both].mean()
    gain = (scale * test.mean_difference, scale * test.low, scale * test.high)
    return {**_named("gain", gain), "p": test.p_value}


def draw(table: pd.DataFrame, knobs: LadderFigureKnobs) -> Figure:
    """One panel per data set, one row per rung: skill, or MMD² if one Gaussian cannot be its unit.

    Ticks are seeds, marks and bars are means with t-intervals. The number above a mark is the gain
    over the rung before: bold if the paired test decides it, else grey. A mean beyond the axis is
    an arrow at its end with the value beside it; seeds beyond the axis are not shown.
    """
    rungs = [rung.name for rung in knobs.ladder.rungs]
    datasets = table["dataset"].unique()
    figure, grid = panels(
        len(datasets), width=1.6, height=0.35 * len(rungs) + 0.7, most=2, margin=1.9, share_y=True
    )
    for axes, dataset in zip(grid, datasets, strict=True):
        _draw_panel(axes, table[table["dataset"] == dataset], knobs)
        axes.set_title(title(dataset), pad=16)
        axes.set_yticks(range(len(rungs)), [fill(rung, LONGEST) for rung in rungs])
        axes.set_ylim(len(rungs) - 0.4, -0.7)
        axes.tick_params(axis="y", length=0)
    return figure


def _draw_panel(axes: Axes, part: pd.DataFrame, knobs: LadderFigureKnobs) -> None:
    """Draws the rungs on one data set, and lines for the baselines and the truth."""
    unit, alone = part["unit"].iloc[0], part["place"].isna()
    lines = part[alone].drop_duplicates("rung").set_index("rung")[unit].dropna().to_dict()
    lines["truth"] = 100.0 if unit == SKILL else 0.0
    low, high = _ends(part[~alone]["score"].dropna(), unit, lines)
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.set_xlabel("skill, %" if unit == SKILL else METRICS[JUDGED].axis)
    _draw_lines(axes, lines)
    for place, rows in part[~alone].groupby("place"):
        rung = rows.iloc[0]
        mean, seen = rung[unit], rows["score"][rows["score"].between(low, high)]
        axes.plot(seen, np.full(len(seen), place), "|", color=BLUE, alpha=0.5)
        at = (low + high) / 2 if np.isnan(mean) else float(np.clip(mean, low, high))
        edge = 0.08 * (high - low)  # within it, a centred number would leave the axes
        side = "left" if at < low + edge else "right" if at > high - edge else "center"
        below = []
        if at == mean:
            bars = [[mean - rung[f"{unit}_low"]], [rung[f"{unit}_high"] - mean]]
            style: dict[str, Any] = {"marker": "o", "markersize": knobs.marker_size, "color": BLUE}
            axes.errorbar(mean, place, xerr=bars, **style)
        elif not np.isnan(mean):
            axes.plot(at, place, "<" if mean < low else ">", color=BLUE)
            below.append(_number(mean))
        if rung["n_diverged"]:
            below.append(f"{rung['n_diverged']} of {rung['n_seeds']} diverged")
        text = ", ".join(filter(None, [*below, far(rung["outside"])]))
        last = np.nanmax([at, seen.max(), rung[f"{unit}_high"] if at == mean else at])
        axes.annotate(text, (last, place), (5, 0), va="center", color=GREY, **IN_POINTS)
        if not np.isnan(rung["gain"]):
            is_decided = rung["p_holm"] < 1 - knobs.confidence
            style = {"weight": "bold"} if is_decided else {"color": GREY}
            text = _number(rung["gain"], "+")
            axes.annotate(text, (at, place), (0, 3), va="bottom", ha=side, **IN_POINTS, **style)


def _ends(scores: pd.Series, unit: str, lines: dict[str, float]) -> tuple[float, float]:
    """The ends of an axis that includes all lines, and all seeds except outliers."""
    low, high = scores.min(), scores.max()
    if unit == SKILL:
        low = max(low, LOWEST)
    else:
        high = min(high, MOST * scores.median())
    return np.nanmin([low, *lines.values()]), np.nanmax([high, *lines.values()])


def _draw_lines(axes: Axes, lines: dict[str, float]) -> None:
    """Draws dashed lines, named above the panel; names are placed away from close neighbours."""
    before, right = axes.get_xlim()
    near = NEAR * (right - before)
    for name, at in sorted(lines.items(), key=lambda line: line[1]):
        axes.axvline(at, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
        after = min((other for other in lines.values() if other > at), default=np.inf)
        turned = "left" if at - before < near else "right" if after - at < near else "center"
        place: dict[str, Any] = {"xycoords": axes.get_xaxis_transform(), "ha": turned}
        axes.annotate(name, (at, 1), (0, 2), **place, **IN_POINTS)
        before = at


def _number(value: float, sign: str = "") -> str:
    """A number as a label: whole, or two digits if it is small, with a true minus sign."""
    return f"{value:{sign}{'.0f' if abs(value) >= 10 else '.2g'}}".replace("-", "−")
