"""Sources of the error of score models: what each adds, decided by paired tests."""

from collections.abc import Sequence

import pandas as pd

from gen2d.metrics.verdicts import JUDGE
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, listed, p_cell, readable, thousandths

JUDGES = (JUDGE, "energy_distance")
"""Metrics that are split by source; sentences use the first."""
NAMES = {"network": "the network", "": "no source is shown"}
"""Names of sources in sentences, where they differ from the sources' own."""


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
    """Sources that the tests show to add error, per cell the largest first."""
    found = own[(own["metric"] == metric) & (own["p_holm"] < alpha) & (own["step"] > 0)]
    return found.sort_values("step", ascending=False, kind="stable")


def largest_sources(own: pd.DataFrame, metric: str, alpha: float) -> dict[tuple[str, str], str]:
    """The largest source that tests show, by (model, data set); "" if they show none."""
    tested = own[(own["metric"] == metric) & own["p_holm"].notna()]
    cells = dict.fromkeys(zip(tested["model"], tested["dataset"], strict=True), "")
    first = shown_sources(own, metric, alpha).drop_duplicates(["model", "dataset"])
    return cells | {(row.model, row.dataset): row.source for row in first.itertuples()}


def claim(largest: dict[tuple[str, str], str]) -> str:
    """The section's claim: the source that is the largest in most cells."""
    counts = pd.Series([source for source in largest.values() if source]).value_counts()
    if counts.empty:
        return "No source of error is shown"
    cells = f"{counts.iloc[0]} of {len(largest)} cells"
    name = NAMES.get(counts.index[0], counts.index[0])
    return f"{name[0].upper()}{name[1:]} is the largest source of error in {cells}"


def sentences(own: pd.DataFrame, alpha: float) -> list[dict[str, str]]:
    """Name and text per model: its largest source by data set, and other sources, by MMD².

    Sources that are the largest on some data set are not named again among the others.
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
    """Sources with their data sets, in words, from pairs (data set, source)."""
    by_source: dict[str, list[str]] = {}
    for dataset, source in pairs:
        by_source.setdefault(NAMES.get(source, source), []).append(dataset)
    return "; ".join(
        f"{source} {'everywhere' if on == datasets and len(on) > 1 else f'on {listed(on)}'}"
        for source, on in by_source.items()
    )


def difference(largest: dict[tuple[str, str], str], other: dict[tuple[str, str], str]) -> str:
    """A sentence on cells where the two metrics differ in the largest source."""
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
    """One group per model, one row per data set and source: error, what is added, and test."""
    groups: list[dict[str, object]] = []
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
    """Phrases on errors that are not split: models, data set and reason."""
    gone = every[every["total"].isna()].dropna(subset="note").drop_duplicates(["dataset", "model"])
    return [
        f"{listed(part['model'])} on {readable(str(dataset))} ({note})"
        for (dataset, note), part in gone.groupby(["dataset", "note"], sort=False)
    ]
