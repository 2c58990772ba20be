"""Where the error of score models comes from: what each source adds, decided by paired tests."""

from collections.abc import Sequence

import pandas as pd

from gen2d.metrics.verdicts import JUDGE
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, listed, p_cell, readable, thousandths

JUDGES = (JUDGE, "energy_distance")
"""The metrics that errors are split in: that of the sentences first, and then the other."""
NAMES = {"network": "the network", "": "no source is shown"}
"""How sources are called in sentences; others by their own names."""


def content(inputs: Inputs) -> dict[str, object]:
    every = inputs.sources
    own = every.drop_duplicates(["dataset", "model", "metric", "source"])
    largest = {metric: largest_sources(own, metric, inputs.alpha) for metric in JUDGES}
    return {
        "sources_figure": inputs.job.figure("figure_error_sources"),
        "sources_claim": claim(largest[JUDGE]),
        "error_sources": sentences(own, inputs.alpha),
        "sources_difference": difference(*largest.values()),
        "sources_rows": rows(own),
        "sources_missing": missing(every),
        "n_split": inputs.knobs.n_split,
        "in_units_of_kde": bool(own["unit"].notna().any()),
    }


def shown_sources(own: pd.DataFrame, metric: str, alpha: float) -> pd.DataFrame:
    """The sources that the tests show to add error, the largest of each cell first."""
    found = own[(own["metric"] == metric) & (own["p_holm"] < alpha) & (own["step"] > 0)]
    return found.sort_values("step", ascending=False, kind="stable")


def largest_sources(own: pd.DataFrame, metric: str, alpha: float) -> dict[tuple[str, str], str]:
    """The largest source that is shown, by model and data set; empty where none is."""
    tested = own[(own["metric"] == metric) & own["p_holm"].notna()]
    cells = dict.fromkeys(zip(tested["model"], tested["dataset"], strict=True), "")
    first = shown_sources(own, metric, alpha).drop_duplicates(["model", "dataset"])
    return cells | {(row.model, row.dataset): row.source for row in first.itertuples()}


def claim(largest: dict[tuple[str, str], str]) -> str:
    """Which source is the largest in most cells."""
    counts = pd.Series([source for source in largest.values() if source]).value_counts()
    if counts.empty:
        return "No source of error is shown"
    cells = f"{counts.iloc[0]} of {len(largest)} cells"
    name = NAMES.get(counts.index[0], counts.index[0])
    return f"{name[0].upper()}{name[1:]} is the largest source of error in {cells}"


def sentences(own: pd.DataFrame, alpha: float) -> list[dict[str, str]]:
    """Of each model the largest source by data set, and which others are shown, by MMD².

    Those that are the largest on one data set are not named again on others.
    """
    (metric, *_), entries = JUDGES, []
    largest = largest_sources(own, metric, alpha)
    shown = shown_sources(own, metric, alpha)
    for model in dict.fromkeys(name for name, _ in largest):
        datasets = [dataset for name, dataset in largest if name == model]
        first = {dataset: largest[model, dataset] for dataset in datasets}
        others = shown[(shown["model"] == model) & ~shown["source"].isin(first.values())]
        pairs = sorted(zip(others["dataset"], others["source"], strict=True))
        text, also = where(list(first.items()), datasets), where(pairs, datasets)
        entries.append({"name": readable(model), "text": f"{text}; also {also}" if also else text})
    return entries


def where(pairs: Sequence[tuple[str, str]], datasets: list[str]) -> str:
    """Sources, each with its data sets, of pairs of a data set and a source."""
    by_source: dict[str, list[str]] = {}
    for dataset, source in pairs:
        by_source.setdefault(NAMES.get(source, source), []).append(dataset)
    return "; ".join(
        f"{source} {'everywhere' if on == datasets and len(on) > 1 else f'on {listed(on)}'}"
        for source, on in by_source.items()
    )


def difference(largest: dict[tuple[str, str], str], other: dict[tuple[str, str], str]) -> str:
    """Where the two metrics answer differently which source is the largest."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for cell in largest:
        if largest[cell] != other.get(cell, ""):
            key = (cell[0], largest[cell] or "none", other.get(cell, "") or "none")
            cells.setdefault(key, []).append(cell[1])
    if not cells:
        return ""
    parts = [
        f"{readable(model)} on {listed(datasets)} ({one} by MMD², {two} by energy distance)"
        for (model, one, two), datasets in cells.items()
    ]
    return f"The two metrics disagree on the largest source of {'; '.join(parts)}."


def rows(own: pd.DataFrame) -> list[dict[str, object]]:
    """A group per model, a row per data set and source: the error, what is added, and the test."""
    groups = []
    known = own.dropna(subset="total")
    for model, of_model in known.groupby("model", sort=False):
        lines = []
        for (dataset, source), part in of_model.groupby(["dataset", "source"], sort=False):
            by_metric = part.set_index("metric")
            cells = []
            for row in (by_metric.loc[metric] for metric in JUDGES):
                added = interval(row["step"], row["low"], row["high"])
                cells += [thousandths(row["total"]), added, p_cell(row["p_holm"])]
            lines.append([readable(dataset), source, *cells])
        groups.append({"name": readable(str(model)), "rows": lines})
    return groups


def missing(every: pd.DataFrame) -> list[str]:
    """Of which models the error is not split, where and why."""
    gone = every[every["total"].isna()].dropna(subset="note").drop_duplicates(["dataset", "model"])
    return [
        f"{listed(part['model'])} on {readable(str(dataset))} ({note})"
        for (dataset, note), part in gone.groupby(["dataset", "note"], sort=False)
    ]
