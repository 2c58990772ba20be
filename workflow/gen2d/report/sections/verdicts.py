"""The report's tables of verdicts, as text: grouped rows of what results/verdicts.csv holds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from gen2d.metrics.catalogue import METRICS
from gen2d.report.inputs import Inputs
from gen2d.report.verdicts import GRADES
from gen2d.report.words import factor, interval, nats, p_value, readable, thousandths


def content(inputs: Inputs) -> dict[str, object]:
    metrics = inputs.metrics
    kl_errors = metrics.loc[metrics["metric"] == "kl", "error"].dropna()
    return {
        "verdicts": long_tables(inputs.verdicts),
        "n_likelihood": inputs.knobs.n_likelihood,
        "kl_error": f"{kl_errors.max():.2g}" if len(kl_errors) else None,
    }


Groups = list[dict[str, Any]]
"""Rows under the name of their group: [{"name": ..., "rows": [...]}, ...]."""


def _grouped(table: pd.DataFrame, row: Callable[[Any], Any]) -> Groups:
    return [
        {"name": name, "rows": [row(cell) for _, cell in part.iterrows()]}
        for name, part in table.groupby("group", sort=False)
    ]


def matrix(verdicts: pd.DataFrame, overall: pd.DataFrame) -> Groups:
    """A row a model: grade and MMD at the smallest bandwidth on every data set; then overall."""
    pooled = {row.model: factor(row.iqm, row.low, row.high) for row in overall.itertuples()}
    datasets = verdicts["dataset"].unique()

    def cell(grade: str, value: float) -> dict[str, str]:
        text = GRADES[grade] + ("" if np.isnan(value) else f" {thousandths(value)}")
        return {"grade": grade, "text": text}

    def row(model: str, part: pd.DataFrame) -> list[Any]:
        # A model has no row where it states nothing, such as an oracle without a density.
        known = part.set_index("dataset")[["grade", "mmd2_small"]].reindex(datasets)
        known = known.fillna({"grade": "untested"})
        shown = [cell(*values) for values in known.itertuples(index=False)]
        return [readable(model), *shown, *([pooled.get(model, "–")] if pooled else [])]

    return [
        {"name": name, "rows": [row(*part) for part in of_group.groupby("model", sort=False)]}
        for name, of_group in verdicts.groupby("group", sort=False)
    ]


def _mean(metric: str, shown: Callable[[float], str] = thousandths) -> Callable[[pd.Series], str]:
    def text(cell: pd.Series) -> str:
        mean = interval(cell[metric], cell[f"{metric}_low"], cell[f"{metric}_high"], shown)
        infinite = cell.get(f"{metric}_infinite", 0)
        return f"∞ in {infinite:.0f}; {mean}" if infinite > 0 else mean

    return text


def _number(column: str, form: Callable[[float], str]) -> Callable[[pd.Series], str]:
    return lambda cell: "–" if pd.isna(cell[column]) else form(cell[column])


def _excess(cell: pd.Series) -> str:
    if pd.isna(cell["excess"]):
        return "–"
    p = cell["excess_p_holm"]
    return f"{thousandths(cell['excess'])} ({'no test' if np.isnan(p) else p_value(p)})"


def _accepted(cell: pd.Series) -> str:
    """Langevin proposals, and jumps where there are any."""
    shares = [cell.get(f"acceptance_{kind}") for kind in ("langevin", "jumps")]
    return " / ".join(f"{share:.0%}" for share in shares if pd.notna(share)) or "–"


COLUMNS = {
    "energy_distance": (f"{METRICS['energy_distance'].title} × 10³", _mean("energy_distance")),
    "excess": ("excess × 10³", _excess),
    "mmd2_small": (f"{METRICS['mmd2_small'].short} × 10³", _mean("mmd2_small")),
    "kl": (f"{METRICS['kl'].short}, nats", _mean("kl", nats)),
    "nll": (f"{METRICS['nll'].short}, nats", _mean("nll", nats)),
    "generalisation_gap": (
        f"{METRICS['generalisation_gap'].short}, nats",
        _number("generalisation_gap", nats),
    ),
    "in_support": ("in support", _number("in_support", "{:.1%}".format)),
    "acceptance_langevin": ("accepted", _accepted),
    "evaluations": ("NFE", _number("evaluations", "{:.0f}".format)),
    "seconds": ("s", _number("seconds", "{:.3g}".format)),
    "verdict": ("verdict", lambda cell: cell["verdict"] if pd.notna(cell["verdict"]) else "–"),
}
"""Column of the verdicts -> its heading, and its text for a cell."""


def long_tables(verdicts: pd.DataFrame) -> list[dict[str, Any]]:
    """A table a data set, of the columns in which any model has something to state."""
    tables = []
    for dataset, part in verdicts.groupby("dataset", sort=False):
        columns = [COLUMNS[name] for name in COLUMNS if name in part and part[name].notna().any()]

        def row(cell: pd.Series, columns: list = columns) -> list[str]:
            return [readable(cell["model"]), *(text(cell) for _, text in columns)]

        header = ["model", *(heading for heading, _ in columns)]
        name = readable(str(dataset))
        tables.append({"name": name, "header": header, "groups": _grouped(part, row)})
    return tables
