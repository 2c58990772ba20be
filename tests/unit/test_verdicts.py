"""Verdicts are the words of the tests, whatever baselines, seeds and metrics there are."""

import numpy as np
import pandas as pd
import pytest

from gen2d.metrics.statistics import holm, interquartile_mean
from gen2d.report.aggregates import aggregates
from gen2d.report.sections import verdicts as tables
from gen2d.report.verdicts import grade, paired, verdicts, word
from gen2d.stages.summary import compare, summarise

GROUPS = {
    "good": "tuned",
    "bad": "coursework",
    "kde": "baselines",
    "resample": "baselines",
    "truth": "baselines",
}
BASELINES = {name: name for name, group in GROUPS.items() if group == "baselines"}
ENERGY = {"good": 0.0, "bad": 1.0, "kde": 0.5, "resample": 0.0, "truth": 0.0}
SMALL = {"good": 0.0, "bad": 2.0, "kde": 1.0, "resample": 0.0, "truth": 0.0}
KL = {"good": 1.0, "kde": 0.5}


def measured(n_seeds=8, missing=(), metrics=None, leave_out=()):
    """Metrics of one data set: a level each, and noise that the models of a seed share in part.

    `missing` holds (model, seed, metric) without a value.
    """
    rng = np.random.default_rng(0)
    metrics = metrics or {"energy_distance": ENERGY, "mmd2_small": SMALL, "kl": KL}
    rows = []
    for seed in range(n_seeds):
        shared = rng.normal()
        for metric, levels in metrics.items():
            for model, level in levels.items():
                value = level + 0.1 * shared + 0.02 * rng.normal()
                value = np.nan if (model, seed, metric) in missing else value
                if model not in leave_out:
                    rows.append(("here", model, seed, metric, value))
    return pd.DataFrame(rows, columns=["dataset", "model", "seed", "metric", "value"])


def judged(table):
    models = [model for model in GROUPS if model in set(table["model"])]
    baselines = {method: name for method, name in BASELINES.items() if name in models}
    arguments = summarise(table, 0.95), compare(table, models, 0.95), GROUPS, baselines, 0.05
    return verdicts(*arguments).set_index("model")


def test_words_are_those_of_the_tests():
    table = judged(measured())
    assert table["against_points"].dropna().to_dict() == {
        "good": "not distinguishable",
        "bad": "worse",
        "kde": "worse",
        "truth": "not distinguishable",
    }
    assert (
        table.loc["good", "verdict"] == "not distinguishable; beats kde (MMD²); kde is better (KL)"
    )
    assert table.loc["bad", "verdict"] == "worse; kde is better (MMD²)"
    assert table.loc["kde", "verdict"] == "worse"
    assert table["grade"].to_dict() == {
        "good": "all",
        "bad": "neither",
        "kde": "neither",
        "resample": "all",
        "truth": "all",
    }


def test_the_excess_is_the_median_difference_of_seeds():
    metrics = measured()
    wide = metrics.query("metric == 'energy_distance'").pivot(index="seed", columns="model")[
        "value"
    ]
    expected = (wide["bad"] - wide["resample"]).median()
    assert judged(metrics).loc["bad", "excess"] == pytest.approx(expected)


def test_better_than_its_training_points_is_said():
    lower = {**ENERGY, "good": -1.0}
    table = judged(measured(metrics={"energy_distance": lower, "mmd2_small": SMALL}))
    assert table.loc["good", "verdict"] == "better; beats kde (MMD²)"


def test_a_p_value_at_the_level_decides_nothing():
    assert [word(1.0, p, 0.05, ("lower", "same", "higher")) for p in (0.04, 0.05)] == [
        "higher",
        "same",
    ]


def test_the_share_in_the_support_is_what_is_not_off_it():
    metrics = {"energy_distance": ENERGY, "mmd2_small": SMALL, "off_support": {"good": 0.25}}
    table = measured(metrics=metrics)
    off = table.query("metric == 'off_support'")["value"].mean()
    assert judged(table).loc["good", "in_support"] == pytest.approx(1 - off)


def test_no_difference_from_kde_is_none_that_passes():
    row = {"n_seeds": 3, "n_diverged": 0, "against_points": "worse"}
    assert grade(pd.Series(row | {"kde_mmd2_small": "no difference"})) == "neither"


def test_one_seed_is_no_test():
    table = judged(measured(n_seeds=1))
    assert set(table["against_points"].dropna()) == {"no test"}
    assert set(table["grade"]) == {"untested"}
    assert table.loc["good", "verdict"] == "no test; no test (MMD², KL)"


def test_diverged_seeds_are_said_and_left_out():
    missing = {("good", seed, metric) for seed in (1, 4) for metric in ("energy_distance", "kl")}
    row = judged(measured(missing=missing | {("good", s, "mmd2_small") for s in (1, 4)})).loc[
        "good"
    ]
    assert row["verdict"].startswith("diverged in 2 of 8 seeds; not distinguishable; beats kde")
    assert row["grade"] == "some"
    assert row["kl_infinite"] == 0


def test_a_model_of_which_all_seeds_diverged_is_only_that():
    missing = {("bad", seed, metric) for seed in range(8) for metric in ("energy_distance", "kl")}
    missing |= {("bad", seed, "mmd2_small") for seed in range(8)}
    row = judged(measured(missing=missing)).loc["bad"]
    assert (row["grade"], row["verdict"]) == ("diverged", "diverged")


def test_an_infinite_kl_is_not_compared():
    row = judged(measured(missing={("good", 3, "kl")})).loc["good"]
    assert row["kl_infinite"] == 1
    assert row["verdict"].endswith("beats kde (MMD²); infinite in some seeds (KL)")
    (table,) = tables.long_tables(judged(measured(missing={("good", 3, "kl")})).reset_index())
    assert any(text.startswith("∞ in 1; ") for text in table["groups"][0]["rows"][0])


@pytest.mark.parametrize(
    ("absent", "columns"),
    [
        (("kde",), {"kde_mmd2_small", "kde_kl"}),
        (("resample",), {"excess", "excess_p_holm", "against_points"}),
        (("truth",), set()),
        (("kde", "resample", "truth"), {"excess", "against_points", "kde_mmd2_small", "kde_kl"}),
    ],
)
def test_without_a_baseline_its_columns_are_left_out(absent, columns):
    table = judged(measured(leave_out=absent))
    assert not columns & set(table.columns)
    assert columns <= set(judged(measured()).columns)
    if {"kde", "resample"} <= set(absent):
        assert set(table["grade"]) == {"untested"}
        assert set(table["verdict"]) == {""}
    tables.matrix(table.reset_index(), pd.DataFrame())
    tables.long_tables(table.reset_index())


def test_a_difference_is_the_same_whichever_model_comes_first():
    metrics = measured()
    models = ["good", "bad", "kde", "resample"]
    key = ["dataset", "metric", "model", "other"]
    tables = [
        compare(metrics, order, 0.95).set_index(key).sort_index()
        for order in (models, models[::-1])
    ]
    pd.testing.assert_frame_equal(*tables)
    # Holm's family is every cell that is compared with the same model.
    p = paired(tables[0].reset_index(), "kde", "mmd2_small")
    assert set(p.index.get_level_values("model")) == {"good", "bad", "resample"}
    np.testing.assert_array_equal(p["p_holm"], holm(p["p"].to_numpy()))


def test_the_matrix_has_a_symbol_beside_each_colour():
    overall = pd.DataFrame({"model": ["good"], "iqm": [0.25], "low": [0.125], "high": [np.inf]})
    groups = tables.matrix(judged(measured()).reset_index(), overall)
    assert [group["name"] for group in groups] == ["tuned", "coursework", "baselines"]
    ((name, cell, pooled),) = groups[0]["rows"]
    assert (name, cell["grade"], cell["text"][0]) == ("good", "all", "●")
    assert pooled == "0.25 [0.12, ∞]"
    assert groups[1]["rows"][0][-1] == "–"


def test_the_matrix_leaves_a_cell_empty_where_a_model_states_nothing():
    known = judged(measured()).reset_index()
    elsewhere = known[known["model"] != "kde"].assign(dataset="there")
    groups = tables.matrix(pd.concat([known, elsewhere]), pd.DataFrame())
    rows = {row[0]: row[1:] for group in groups for row in group["rows"]}
    assert {len(cells) for cells in rows.values()} == {2}
    assert rows["kde"][1] == {"grade": "untested", "text": "–"}
    assert rows["kde"][0]["text"] != "–"


def test_overall_pools_data_sets_in_units_of_the_training_points():
    values = {
        ("here", "good"): [2.0, 4.0],
        ("here", "resample"): [1.9, 2.1],
        ("there", "good"): [30.0, np.nan],
        ("there", "resample"): [10.0, 10.0],
    }
    rows = [
        (dataset, model, seed, "mmd2_small", value, status)
        for (dataset, model), cell in values.items()
        for seed, value in enumerate(cell)
        for status in ["diverged" if np.isnan(value) else "ok"]
    ]
    rows += [("mine", "good", 0, "mmd2_small", np.nan, "skipped")]
    columns = ["dataset", "model", "seed", "metric", "value", "status"]
    table = pd.DataFrame(rows, columns=columns)
    found = aggregates(table, GROUPS, "resample", 0.95).set_index("model")
    assert list(found.index) == ["good", "resample"]
    assert found.loc["resample", "iqm"] == 1.0
    # Runs 1, 2, 3 and one that diverged: the middle half is 2 and 3.
    assert found.loc["good", "iqm"] == 2.5
    assert tuple(found.loc["good", ["n_runs", "n_diverged"]]) == (4, 1)


def test_the_unit_is_a_mean_and_the_interval_of_its_level():
    rows = [("good", value) for value in (1.0, 2.0, 6.0, 7.0)]
    rows += [("resample", value) for value in (1.0, 1.0, 4.0)]
    table = pd.DataFrame(rows, columns=["model", "value"]).assign(
        dataset="here", metric="mmd2_small", status="ok"
    )
    table["seed"] = table.groupby("model").cumcount()
    row = aggregates(table, GROUPS, "resample", 0.6).set_index("model").loc["good"]
    expected = interquartile_mean([np.array([0.5, 1.0, 3.0, 3.5])], 0.6)
    assert tuple(row[["iqm", "low", "high"]]) == expected
    assert expected.mean == 2.0


@pytest.mark.parametrize("values", [[-1.0, -3.0], [0.1, -0.05], [-1.0]])
def test_without_a_unit_above_0_no_one_number_is_made(values):
    seeds = range(len(values))
    rows = [("here", "good", seed, "mmd2_small", 2.0, "ok") for seed in seeds]
    rows += [("here", "resample", seed, "mmd2_small", values[seed], "ok") for seed in seeds]
    columns = ["dataset", "model", "seed", "metric", "value", "status"]
    assert aggregates(pd.DataFrame(rows, columns=columns), GROUPS, "resample", 0.95).empty


def test_a_table_shows_only_what_models_state():
    (table,) = tables.long_tables(judged(measured()).reset_index())
    assert table["header"] == [
        "model", "energy distance × 10³", "excess × 10³", "MMD² × 10³", "KL, nats", "verdict",
    ]  # fmt: skip
    assert {len(row) for group in table["groups"] for row in group["rows"]} == {6}


def test_cells_of_a_table_are_told_in_their_form():
    row = pd.Series(
        {
            "kl": 1.5,
            "kl_low": 1.0,
            "kl_high": 2.0,
            "in_support": 0.975,
            "acceptance_langevin": 0.9,
            "acceptance_jumps": 0.1,
        }
    )
    shown = {name: tables.COLUMNS[name][1](row) for name in row.index if name in tables.COLUMNS}
    assert shown == {
        "kl": "1.500 [1.000, 2.000]",
        "in_support": "97.5%",
        "acceptance_langevin": "90% / 10%",
    }
