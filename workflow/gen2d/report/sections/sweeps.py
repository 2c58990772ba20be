"""What sweeps found: tables, and sentences decided by paired tests over seeds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from msgspec.structs import replace

from gen2d.metrics.statistics import holm, paired_test
from gen2d.report.inputs import Inputs
from gen2d.report.words import interval, listed, p_value, readable

JUDGED = "mmd2_small"


def content(inputs: Inputs) -> dict[str, object]:
    swept, told = dict(inputs.knobs.sweeps), []
    for cell, table in inputs.job.tables("figure_sweep"):
        name = cell["sweep"]
        sweep = replace(swept[name], model=inputs.titles[swept[name].model])
        said = section(name, inputs.titled(table), sweep, inputs.baselines, inputs.alpha)
        told.append({**said, "path": inputs.job.figure("figure_sweep", **cell)})
    return {"sweeps": told}


def tests(table: pd.DataFrame, model: str, own: str, truth: str) -> pd.DataFrame:
    """Paired t-tests over seeds, by MMD² at the smallest bandwidth: a row a data set and value.

    Each value is tested against one of them, `to_own`, and against the truth, `to_truth`: mean
    differences, with p-values adjusted by Holm's method over the sweep.

    Args:
        table: dataset, model, value, seed, metric, score, as the figure's.
        own: that value, as in the table: the study's own, where it has one of them.
        truth: the baseline's name, or empty.
    """
    judged = table[table["metric"] == JUDGED]
    rows = []
    for dataset, part in judged.groupby("dataset", sort=False):
        swept = part[part["model"] == model]
        wide = swept.pivot(index="seed", columns="value", values="score").astype(float)
        true = part[part["model"] == truth].set_index("seed")["score"].astype(float)
        for value in swept["value"].unique():
            found = {"dataset": dataset, "value": value}
            for name, other in (("own", wide.get(own)), ("truth", true)):
                pairs = pd.DataFrame({"a": wide[value], "b": other}).dropna()
                test = paired_test(pairs["a"].to_numpy(), pairs["b"].to_numpy())
                is_made = name == "truth" or value != own
                found[f"to_{name}"] = test.mean_difference if is_made else np.nan
                found[f"p_{name}"] = test.p_value if is_made else np.nan
            rows.append(found)
    found = pd.DataFrame(rows)
    return found.assign(**{p: holm(found[p].to_numpy()) for p in ("p_own", "p_truth")})


def sentences(found: pd.DataFrame, own: str, alpha: float) -> list[str]:
    """What the tests say of each data set."""
    told = []
    for dataset, rows in found.groupby("dataset", sort=False):
        decided = rows["p_own"] < alpha
        parts = [
            f"{word} at {listed(chosen)}"
            for word, chosen in (
                ("lower", rows["value"][decided & (rows["to_own"] < 0)]),
                ("higher", rows["value"][decided & (rows["to_own"] > 0)]),
                ("not different", rows["value"][~decided & rows["p_own"].notna()]),
            )
            if len(chosen)
        ]
        compared = [f"beside {own} it is {', '.join(parts)}"] if parts else []
        tested = rows[rows["p_truth"].notna()]
        reached = tested["value"][tested["p_truth"] >= alpha]
        if len(reached):
            compared.append(f"it cannot be told from fresh true points at {listed(reached)}")
        elif len(tested):
            where = "every value" if len(tested) == len(rows) else listed(tested["value"])
            compared.append(f"it differs from fresh true points at {where}")
        if compared:
            told.append(f"On {readable(dataset)}, {'; '.join(compared)}.")
    return told


def section(
    name: str, table: pd.DataFrame, sweep: Any, baselines: Mapping[str, str], alpha: float
) -> dict[str, Any]:
    """The content of one sweep's section.

    Args:
        table: the figure's.
        sweep: its model, key, labels of its values, and which one the study itself has, or None.
        baselines: name of the baseline of each method.
    """
    table = table.assign(value=table["place"].map(dict(enumerate(sweep.labels))))
    swept = table[table["model"] == sweep.model]
    own = sweep.labels[sweep.own or 0]
    found = tests(table, sweep.model, own, baselines.get("truth", ""))
    rows = []
    for row in found.itertuples():
        at = swept[(swept["dataset"] == row.dataset) & (swept["value"] == row.value)]
        cells = at.drop_duplicates("metric").set_index("metric")
        means = [
            interval(*cells.loc[metric, ["mean", "low", "high"]])
            for metric in ("energy_distance", JUDGED)
        ]
        p_values = [
            "–" if np.isnan(p) else p_value(p).removeprefix("p = ").removeprefix("p ")
            for p in (row.p_own, row.p_truth)
        ]
        rows.append([readable(row.dataset), row.value, *means, *p_values])
    floors = [baselines[m] for m in ("resample", "kde") if m in baselines]
    return {
        "name": readable(name),
        "model": readable(sweep.model),
        "key": sweep.key,
        "own": own,
        "whose": "the first value" if sweep.own is None else "the study's own value",
        "floors": [readable(f) for f in floors if f in set(table["model"])],
        "rows": rows,
        "sentences": sentences(found, own, alpha),
    }
