"""Verdicts are the words of the tests, whatever baselines, seeds and metrics there are."""

import re
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from gen2d.metrics.aggregates import aggregates, by_error
from gen2d.metrics.statistics import geometric_mean_ratio, holm, margin_bound, skill
from gen2d.metrics.verdicts import answer, answers, verdicts
from gen2d.report.sections import summary as short
from gen2d.report.sections import verdicts as tables
from gen2d.stages.summary import compare, summarise

GROUPS = {
    "good": "tuned",
    "bad": "coursework",
    "gaussian": "baselines",
    "kde": "baselines",
    "truth": "baselines",
}
BASELINES = {name: name for name, group in GROUPS.items() if group == "baselines"}
SMALL = {"good": 0.5, "bad": 4.0, "gaussian": 3.0, "kde": 1.0, "truth": 0.0}
ENERGY = {"good": 0.2, "bad": 1.0, "gaussian": 0.9, "kde": 0.3, "truth": 0.0}
KL = {"good": 1.0, "kde": 0.5}
JUDGED = ["good", "bad"]


def measured(n_seeds=8, missing=(), metrics=None, leave_out=(), datasets=("here",)):
    """Metrics of one data set: a level each, and noise that the models of a seed share in part.

    `missing` holds (model, seed, metric) without a value.
    """
    rng = np.random.default_rng(0)
    metrics = metrics or {"energy_distance": ENERGY, "mmd2_small": SMALL, "kl": KL}
    rows = []
    for dataset in datasets:
        for seed in range(n_seeds):
            shared = rng.normal()
            for metric, levels in metrics.items():
                for model, level in levels.items():
                    value = level + 0.1 * shared + 0.02 * rng.normal()
                    value = np.nan if (model, seed, metric) in missing else value
                    if model not in leave_out:
                        rows.append((dataset, model, seed, metric, value, "ok"))
    columns = ["dataset", "model", "seed", "metric", "value", "status"]
    return pd.DataFrame(rows, columns=columns)


def known(table):
    models = [model for model in GROUPS if model in set(table["model"])]
    return models, {method: name for method, name in BASELINES.items() if name in models}


def verdicts_of(table, alpha=0.05, margin=0.5):
    models, baselines = known(table)
    compared = compare(table, models, 1 - alpha)
    summed = summarise(table, 1 - alpha)
    return verdicts(table, summed, compared, GROUPS, baselines, alpha, margin)


def judged(table, **given):
    return verdicts_of(table, **given).set_index("model")


def runs_of(table, model, metric="mmd2_small", dataset="here"):
    rows = table.query("model == @model and metric == @metric and dataset == @dataset")
    return rows["value"].to_numpy()


def test_words_are_those_of_the_tests():
    table = judged(measured())
    assert table["verdict"].to_dict() == {
        "good": "better than kde (MMD²); worse than kde (KL); as good as kde;"
        " better than one Gaussian",
        "bad": "worse than kde (MMD²); worse than one Gaussian",
        "gaussian": "worse than kde (MMD²)",
        "kde": "better than one Gaussian",
        "truth": "better than kde (MMD²); as good as kde; better than one Gaussian",
    }


def test_skill_margin_and_ratio_are_those_of_the_seeds():
    metrics = measured()
    table = judged(metrics, alpha=0.1)
    own, gaussian, kde = (runs_of(metrics, name) for name in ("good", "gaussian", "kde"))
    ends = ["skill", "skill_low", "skill_high"]
    assert tuple(table.loc["good", ends]) == pytest.approx(tuple(skill(own, gaussian, 0.9)))
    assert table.loc["good", "kde_ratio"] == pytest.approx(own.mean() / kde.mean())
    for margin in (0.5, -0.48):  # the bound lies between
        kept = margin_bound(own, kde, margin, 0.9) < 0
        said = judged(metrics, alpha=0.1, margin=margin).loc["good", "as_good_as_kde"]
        assert said == ("as good" if kept else "not shown")
    assert margin_bound(own, kde, 0.5, 0.9) < 0 < margin_bound(own, kde, -0.48, 0.9)


def test_a_p_value_at_the_level_decides_nothing():
    assert [answer(1.0, p, 0.05) for p in (0.04, 0.05)] == ["worse", "undecided"]
    assert answer(-1.0, 0.04, 0.05) == "better"
    assert answer(-1.0, np.nan, 0.05) == "no test"


def test_other_models_change_no_verdict():
    """But for the baselines that all are compared with."""
    metrics = measured(datasets=("here", "there"))
    whole = verdicts_of(metrics).set_index(["dataset", "model"])
    for dropped in ("bad", "good"):
        rest = metrics[metrics["model"] != dropped]
        found = verdicts_of(rest).set_index(["dataset", "model"])
        pd.testing.assert_frame_equal(found, whole.loc[found.index, found.columns])
        assert set(whole.columns) - set(found.columns) <= {
            f"{column}{end}"
            for column in ("against_kde_kl", "kde_kl_p_holm", "kl", "kl_infinite")
            for end in ("", "_low", "_high")
        }
    overall = [
        aggregates(rows, GROUPS, "kde", 0.95).set_index("model")
        for rows in (metrics, metrics[metrics["model"] != "bad"])
    ]
    pd.testing.assert_frame_equal(overall[0].drop(index="bad"), overall[1])


def test_p_values_are_adjusted_over_data_sets_alone():
    metrics = measured(datasets=("a", "b", "c"))
    models, _ = known(metrics)
    compared = compare(metrics, models, 0.95)
    rows = compared.query("metric == 'mmd2_small' and model == 'good' and other == 'kde'")
    np.testing.assert_array_equal(rows["p_holm"], holm(rows["p"].to_numpy()))
    said = answers(compared, "kde", "mmd2_small", 0.05)
    assert said.loc[("a", "good"), "p"] == rows["p_holm"].iloc[0]


def test_the_share_in_the_support_is_what_is_not_off_it():
    metrics = {"energy_distance": ENERGY, "mmd2_small": SMALL, "off_support": {"good": 0.25}}
    table = measured(metrics=metrics)
    off = runs_of(table, "good", "off_support").mean()
    assert judged(table).loc["good", "in_support"] == pytest.approx(1 - off)


def test_without_baselines_there_is_no_verdict_but_of_what_is_there():
    table = judged(measured(leave_out={"gaussian", "kde", "truth"}))
    assert set(table["verdict"]) == {""}
    assert not {"skill", "as_good_as_kde", "kde_ratio"} & set(table.columns)


def test_one_seed_is_no_test():
    table = judged(measured(n_seeds=1))
    assert table.loc["good", "verdict"] == "no test beside kde (MMD², KL)"
    assert table.loc["good", "as_good_as_kde"] == "no test"
    assert np.isfinite(table.loc["good", "skill"]) and np.isnan(table.loc["good", "skill_low"])


def test_a_cell_with_diverged_seeds_is_not_as_good():
    gone = {("good", 2, metric) for metric in ("energy_distance", "mmd2_small", "kl")}
    table = judged(measured(missing=gone))
    assert table.loc["good", "as_good_as_kde"] == "not shown"
    assert table.loc["good", "verdict"].startswith("diverged in 1 of 8 seeds; better than kde")
    every = {(model, seed, metric) for model, _, metric in gone for seed in range(8)}
    assert judged(measured(missing=every)).loc["good", "verdict"] == "diverged"


def test_an_infinite_divergence_is_not_compared():
    table = judged(measured(missing={("good", 3, "kl")}))
    assert table.loc["good", "against_kde_kl"] == "infinite in some seeds"
    assert table.loc["good", "kl_infinite"] == 1


def test_one_number_a_model_is_the_geometric_mean_of_its_ratios():
    metrics = measured(datasets=("here", "there"))
    found = aggregates(metrics, GROUPS, "kde", 0.9).set_index("model")
    pairs = [
        (runs_of(metrics, "bad", dataset=at), runs_of(metrics, "kde", dataset=at))
        for at in ("here", "there")
    ]
    expected = geometric_mean_ratio(pairs, 0.9)
    assert tuple(found.loc["bad", ["ratio", "low", "high"]]) == pytest.approx(tuple(expected))
    assert tuple(found.loc["kde", ["ratio", "low", "high"]]) == (1, 1, 1)


def test_a_number_over_fewer_data_sets_is_none():
    metrics = measured(datasets=("here", "there"))
    lost = (metrics["model"] == "good") & (metrics["dataset"] == "there")
    metrics.loc[lost, "value"] = np.nan
    row = aggregates(metrics, GROUPS, "kde", 0.95).set_index("model").loc["good"]
    assert np.isnan(row["ratio"]) and (row["n_runs"], row["n_diverged"]) == (16, 8)


NO_CAUSES = pd.DataFrame(columns=["dataset", "model", "cause", "at", "mean", "low", "p_holm"])


def test_models_are_in_the_order_of_their_errors_and_those_that_diverged_last():
    overall = pd.DataFrame(
        {
            "model": ["a", "b", "c", "truth"],
            "ratio": [0.5, 2.0, 1.0, np.nan],
            "n_diverged": [1, 0, 0, 0],
        }
    )
    assert by_error(["a", "b", "c", "truth"], overall) == ["truth", "c", "b", "a"]
    assert by_error(["b", "a"], overall.iloc[:0]) == ["b", "a"]


def abstract_of(metrics, models=tuple(JUDGED), causes=NO_CAUSES, sources=MappingProxyType({})):
    table, (names, baselines) = verdicts_of(metrics), known(metrics)
    compared = compare(metrics, names, 0.95)
    overall = aggregates(metrics, GROUPS, "kde", 0.95)
    told = (
        table,
        overall,
        compared,
        causes,
        [*models],
        baselines,
        {2000},
        sources,
        "the truth",
        0.05,
    )
    return " ".join(short.abstract(*told))


def test_the_report_in_short_is_of_the_tests():
    said = abstract_of(measured(datasets=("here", "there")))
    assert said.startswith("Trained on 2,000 points, 1 of 2 models close ")
    assert "on every data set; a kernel density estimate closes " in said
    assert "Shown worse than one Gaussian: bad on here and there." in said
    assert "2 are shown better than the kernel density estimate, 2 worse, and 0 are undec" in said
    assert "Shown better than every other model: good on here and there;" in said
    assert re.search(
        r"as multiples of the kernel density estimate's, are good 0\.\d+ \[.*\], bad ", said
    )


def test_the_report_in_short_swaps_with_the_metrics_of_two_models():
    metrics = measured(datasets=("here", "there"))
    swapped = metrics.replace({"model": {"good": "bad", "bad": "good"}})
    other = re.sub("good|bad", lambda m: {"good": "bad"}.get(m[0], "good"), abstract_of(metrics))
    assert abstract_of(swapped) == other


def test_the_goal_of_points_from_a_file_is_what_was_held_back():
    table, (_, baselines) = verdicts_of(measured()), known(measured())
    said = short.reached(table, [*JUDGED], baselines["kde"], {60}, "held-back rows")
    assert "from one fitted Gaussian to held-back rows on here" in said


def test_the_report_in_short_of_odd_studies():
    assert abstract_of(measured(), models=()).startswith("There are baselines alone")
    assert "Nothing is tested, since that takes two seeds." in abstract_of(measured(n_seeds=1))
    bare = abstract_of(measured(leave_out={"gaussian", "kde", "truth"}))
    assert bare.startswith("The least MMD² at the smallest bandwidth, times 1000: good on here, ")
    far = {**SMALL, "good": 2.0}
    said = abstract_of(measured(metrics={"energy_distance": ENERGY, "mmd2_small": far}))
    assert "none of 2 models is shown to close 80 %" in said
    assert "the nearest is good, with 3" in said


def test_the_report_in_short_says_first_what_diverged():
    gone = {("good", 2, metric) for metric in ("energy_distance", "mmd2_small", "kl")}
    said = abstract_of(measured(missing=gone))
    assert said.startswith("Seeds diverged, and are left out: good on here (1 of 8). Trained on")
    every = {
        (model, seed, metric)
        for model in JUDGED
        for seed in range(8)
        for metric in ("energy_distance", "mmd2_small", "kl")
    }
    assert abstract_of(measured(missing=every)) == "Every seed of every model diverged."


def test_the_report_in_short_says_why_by_what_was_measured():
    """Of models that fail alone: good does not."""
    rows = [
        ("here", "bad", "score_learned", 0.1, 0.08, 0.07, np.nan),
        ("there", "bad", "score_learned", 0.1, 0.31, 0.30, np.nan),
        ("here", "good", "score_learned", 0.1, 0.95, 0.94, np.nan),
        ("here", "gaussian", "score_learned", 0.1, 0.05, 0.04, np.nan),
        ("there", "gaussian", "score_learned", 0.1, 0.09, 0.08, np.nan),
        ("there", "gaussian", "score_learned", 2.0, 0.99, 0.98, np.nan),
        *((at, "bad", "outside", 0, 0.1, 0.09, np.nan) for at in ("here", "there")),
        *((at, "bad", "outside", 9, 0.9, 0.80, np.nan) for at in ("here", "there")),
        ("here", "bad", "outside_gained", 9, 0.8, 0.7, 0.001),
        ("there", "bad", "outside_gained", 9, 0.8, 0.7, 0.5),
    ]
    causes = pd.DataFrame(rows, columns=NO_CAUSES.columns).assign(high=1.0)
    sources = {("bad", "here"): "smoothing", ("bad", "there"): "network"}
    said = abstract_of(measured(datasets=("here", "there")), causes=causes, sources=sources)
    assert (
        "Why: bad learns 8 to 31 % of the score there, where one Gaussian has 5 to 9 %; most of its"
        " error comes from smoothing on here; the network on there; the chains of bad run away on"
        " here; the chains of bad have not arrived on there."
    ) in said
    assert "Why:" not in abstract_of(measured(datasets=("here", "there")))


def test_the_matrix_shows_marks_and_is_sorted_by_the_error():
    metrics = measured(datasets=("here", "there"))
    overall = aggregates(metrics, GROUPS, "kde", 0.95)
    verdicts = verdicts_of(metrics).assign(seconds=2.04, evaluations=[40.0, *[np.nan] * 9])
    groups = tables.matrix(verdicts, overall, "kde")
    rows = {row[0]: row[1:] for group in groups for row in group["rows"]}
    assert [row[0] for row in groups[-1]["rows"]] == ["truth", "kde", "gaussian"]
    assert rows["good"][0]["tint"] == "better" and rows["good"][0]["text"].startswith("▲ 8")
    assert rows["bad"][1]["tint"] == "worse" and rows["bad"][1]["text"].startswith("▼ −")
    assert rows["kde"][0]["tint"] == "plain" and rows["kde"][-3:] == ["–", "2", "–"]
    assert rows["good"][-3:] == ["2 of 2", "2", "40"]


def test_the_matrix_swaps_with_the_metrics_of_two_models():
    def rows_of(metrics):
        overall = aggregates(metrics, GROUPS, "kde", 0.95)
        verdicts = verdicts_of(metrics).assign(seconds=2.04, evaluations=40.0)
        groups = tables.matrix(verdicts, overall, "kde")
        return {row[0]: row[1:] for group in groups for row in group["rows"]}

    metrics = measured(datasets=("here", "there"))
    rows = rows_of(metrics)
    swapped = rows_of(metrics.replace({"model": {"good": "bad", "bad": "good"}}))
    assert (swapped["good"], swapped["bad"]) == (rows["bad"], rows["good"])
    assert rows["good"] != rows["bad"] and swapped["kde"] == rows["kde"]


def test_a_table_shows_only_what_models_state():
    (table,) = tables.long_tables(judged(measured()).reset_index())
    assert table["header"] == [
        "model", "skill, %", "MMD² × 10³", "energy distance × 10³", "KL, nats", "verdict",
    ]  # fmt: skip
    assert {len(row) for group in table["groups"] for row in group["rows"]} == {6}


def test_cells_of_a_table_are_told_in_their_form():
    row = pd.Series(
        {
            "kl": 1.5,
            "kl_low": 1.0,
            "kl_high": 2.0,
            "in_support": 0.975,
        }
    )
    shown = {name: tables.COLUMNS[name][1](row) for name in row.index if name in tables.COLUMNS}
    assert shown == {
        "kl": "1.500 [1.000, 2.000]",
        "in_support": "97.5%",
    }
