"""The report's tables of verdicts: grouped rows of verdicts.csv, as text."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from gen2d.geometry import FAR
from gen2d.metrics.aggregates import by_error
from gen2d.metrics.catalogue import METRICS
from gen2d.metrics.verdicts import AS_GOOD, BETTER, NO_TEST, UNDECIDED, WORSE
from gen2d.report.inputs import Inputs
from gen2d.report.words import factor, interval, nats, percent, readable, thousandths

COSTS = {"seconds": "{:.2g}".format, "evaluations": "{:.0f}".format}
"""Columns of costs, and their number formats."""
MARKS = {BETTER: "▲", UNDECIDED: "●", WORSE: "▼"}


def content(inputs: Inputs) -> dict[str, object]:
    metrics = inputs.metrics
    kl_errors = metrics.loc[metrics["metric"] == "kl", "error"].dropna()
    return {
        "verdicts": long_tables(inputs.verdicts),
        "n_likelihood": inputs.knobs.n_likelihood,
        "kl_error": f"{kl_errors.max():.2g}" if len(kl_errors) else None,
        "bar": f"{1 + inputs.knobs.margin:g}",
        "margin": f"{inputs.knobs.margin:.0%}".replace("%", " %"),
    }


Groups = list[dict[str, Any]]
"""Rows under the name of their group: [{"name": ..., "rows": [...]}, ...]."""


def _grouped(table: pd.DataFrame, row: Callable[[Any], Any]) -> Groups:
    return [
        {"name": name, "rows": [row(cell) for _, cell in part.iterrows()]}
        for name, part in table.groupby("group", sort=False)
    ]


def cell_of(row: "pd.Series | None") -> dict[str, str]:
    """A cell of the matrix: its answer against kde, and its skill, or its MMD² without one."""
    if row is None:
        return {"tint": "plain", "text": "–"}
    if row["n_diverged"] == row["n_seeds"]:
        return {"tint": "diverged", "text": "×"}
    verdict = row.get("against_kde_mmd2_small", NO_TEST)
    mark = MARKS.get(verdict, "")
    value = row.get("skill")
    shown = percent(value) if pd.notna(value) else thousandths(row["mmd2_small"])
    text = f"{mark} {shown}".strip() + ("*" if row["n_diverged"] else "")
    far = row.get("outside", 0.0)
    text += f", {100 * far:.0f} % far" if far > FAR else ""
    return {"tint": verdict if verdict in MARKS else "plain", "text": text}


def matrix(verdicts: pd.DataFrame, overall: pd.DataFrame, kde: str | None) -> Groups:
    """One row per model, sorted by error: cells, error in units of kde's, and costs.

    Costs are means over data sets: seconds per seed, network evaluations per sample.
    """
    pooled = {row.model: row for row in overall.itertuples()}
    datasets = verdicts["dataset"].unique()
    names = [*pooled] or [*verdicts["model"].unique()]
    order = by_error(names, overall)
    known = {(row["dataset"], row["model"]): row for _, row in verdicts.iterrows()}
    costs = verdicts.groupby("model")[list(COSTS)].mean()

    def row(model: str) -> list[Any]:
        cells = [cell_of(known.get((dataset, model))) for dataset in datasets]
        cost = [_number(name, form)(costs.loc[model]) for name, form in COSTS.items()]
        if not pooled:
            return [readable(model), *cells, *cost]
        own = pooled[model]
        total = "–" if pd.isna(own.ratio) else factor(own.ratio, own.low, own.high)
        kept = [known.get((dataset, model)) for dataset in datasets]
        n_good = sum(cell is not None and cell.get("as_good_as_kde") == AS_GOOD for cell in kept)
        good = f"{n_good} of {len(datasets)}" if model != kde else "–"
        return [readable(model), *cells, total, good, *cost]

    return [
        {"name": name, "rows": [row(model) for model in order if model in set(part["model"])]}
        for name, part in verdicts.groupby("group", sort=False)
    ]


def _mean(metric: str, shown: Callable[[float], str] = thousandths) -> Callable[[pd.Series], str]:
    def text(cell: pd.Series) -> str:
        mean = interval(cell[metric], cell[f"{metric}_low"], cell[f"{metric}_high"], shown)
        infinite = cell.get(f"{metric}_infinite", 0)
        return f"∞ in {infinite:.0f}; {mean}" if infinite > 0 else mean

    return text


def _number(column: str, form: Callable[[float], str]) -> Callable[[pd.Series], str]:
    return lambda cell: "–" if pd.isna(cell[column]) else form(cell[column])


COLUMNS = {
    "skill": ("skill, %", _mean("skill", percent)),
    "mmd2_small": (f"{METRICS['mmd2_small'].short} × 10³", _mean("mmd2_small")),
    "energy_distance": (f"{METRICS['energy_distance'].title} × 10³", _mean("energy_distance")),
    "kl": (f"{METRICS['kl'].short}, nats", _mean("kl", nats)),
    "nll": (f"{METRICS['nll'].short}, nats", _mean("nll", nats)),
    "generalisation_gap": (
        f"{METRICS['generalisation_gap'].short}, nats",
        _number("generalisation_gap", nats),
    ),
    "in_support": ("in support", _number("in_support", "{:.1%}".format)),
    "evaluations": ("NFE", _number("evaluations", COSTS["evaluations"])),
    "seconds": ("s", _number("seconds", COSTS["seconds"])),
    "verdict": ("verdict", lambda cell: cell["verdict"] if pd.notna(cell["verdict"]) else "–"),
}
"""Column of the verdicts -> its heading, and a function from a cell to its text."""


def long_tables(verdicts: pd.DataFrame) -> list[dict[str, Any]]:
    """One table per data set, with the columns that are not empty."""
    tables = []
    for dataset, part in verdicts.groupby("dataset", sort=False):
        columns = [COLUMNS[name] for name in COLUMNS if name in part and part[name].notna().any()]

        def row(cell: pd.Series, columns: list[Any] = columns) -> list[str]:
            return [readable(cell["model"]), *(text(cell) for _, text in columns)]

        header = ["model", *(heading for heading, _ in columns)]
        name = readable(str(dataset))
        tables.append({"name": name, "header": header, "groups": _grouped(part, row)})
    return tables
