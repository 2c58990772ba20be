"""What the report says of a sweep: tests of neighbouring values and against a kernel estimate."""

import numpy as np
import pandas as pd
import pytest

from gen2d.metrics.statistics import holm, paired_test, skill
from gen2d.plan.sweeps import JUDGED, SKILL, Swept
from gen2d.report.sections import takes

LEVELS = {
    ("dsm", "here"): (0.06, 0.03, 0.03),
    ("dsm", "there"): (0.06, 0.03, 0.02),
    ("ebm", "here"): (0.05, 0.06, 0.06),
    ("ebm", "there"): (0.05, 0.05, 0.05),
    ("kde", "here"): (0.045, 0.045, 0.045),
    ("kde", "there"): (0.045, 0.045, 0.045),
}
"""Of a model on a data set, at three values; a Gaussian has 1."""


def swept(**changes):
    given = {
        "models": ["dsm", "ebm"],
        "key": "n_train",
        "labels": ["200", "2000", "20,000"],
        "values": [200, 2000, 20_000],
        "is_multiple": False,
        "cells": [],
    }
    return Swept(**{**given, **changes})


def drawn(levels=LEVELS, n_seeds=10, sd=0.003, with_skill=True):
    """A figure's table: spread over seeds that no two cells share."""
    rng, parts = np.random.default_rng(0), []
    for (model, dataset), of_values in levels.items():
        for place, level in enumerate(of_values):
            scores = rng.standard_normal(n_seeds)
            scores = level + sd * (scores - (scores.mean() if n_seeds > 1 else 0))
            own = {"dataset": dataset, "model": model, "place": place, "value": str(place)}
            own |= {"seed": range(n_seeds)}
            for metric in (JUDGED, SKILL) if with_skill else (JUDGED,):
                mean, low, high = skill(scores, np.ones(n_seeds))
                parts.append(
                    pd.DataFrame(
                        {**own, "metric": metric, "score": scores}
                        | {"mean": mean, "low": low, "high": high}
                    )
                )
    return pd.concat(parts, ignore_index=True)


def said(table, sweep=None, kde="kde", alpha=0.05):
    return takes.section("n_train", table, sweep or swept(), kde, alpha)["sentences"]


def test_sentences_say_between_which_values_more_pays():
    assert said(drawn()) == [
        "From 200 to 2000 training points, more pay for dsm on every data set"
        " (skill by 3.0 to 3.0 points); more harm ebm on here (skill 95.0 to 94.0 %, p < 0.001);"
        " more are not shown to pay for ebm on there.",
        "From 2000 to 20,000 training points, more pay for dsm on there"
        " (skill 97.0 to 98.0 %, p < 0.001); more are not shown to pay for dsm on here and ebm on"
        " every data set.",
        "Against kde at the same value, dsm is shown better in 4 of 6 cells and worse in 2;"
        " ebm is shown better in 0 of 6 cells and worse in 6.",
    ]


def test_sentences_follow_where_two_models_or_two_values_are_swapped():
    table = drawn()
    models = table.assign(model=table["model"].replace({"dsm": "ebm", "ebm": "dsm"}))
    assert "more pay for ebm on every data set (skill by" in said(models)[0]
    assert "more harm dsm on here" in said(models)[0]
    values = table.assign(place=table["place"].replace({0: 1, 1: 0}))
    first, *_ = said(values)
    assert first.startswith(
        "From 200 to 2000 training points, more pay for ebm on here (skill 94.0"
    )
    assert "more harm dsm on every data set (skill by −3.0 to −3.0 points)" in first


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"key": "training.noise_level"}, "From 200 to 2000 in training.noise_level, better for"),
        ({"values": [9, 7, 5]}, "From 200 to 2000 in training points, better for dsm"),
        (
            {"key": "training.n_steps", "is_multiple": True},
            "From 200 to 2000 times the study’s own training steps, more pay for dsm",
        ),
    ],
)
def test_of_values_that_count_nothing_more_is_not_said_to_pay(changes, start):
    assert said(drawn(), swept(**changes))[0].startswith(start)


def test_on_one_data_set_it_is_named_once():
    here = {cell: levels for cell, levels in LEVELS.items() if cell[1] == "here"}
    assert said(drawn(here))[0] == (
        "On here, from 200 to 2000 training points, more pay for dsm (skill 94.0 to 97.0 %,"
        " p < 0.001); more harm ebm (skill 95.0 to 94.0 %, p < 0.001)."
    )


def test_equal_cells_are_shown_to_differ_nowhere():
    table = drawn(dict.fromkeys(LEVELS, (0.05, 0.05, 0.05)))
    assert said(table)[:2] == [
        f"From {values} training points, more are not shown to pay for dsm on every data set and"
        " ebm on every data set."
        for values in ("200 to 2000", "2000 to 20,000")
    ]


def test_of_one_seed_nothing_is_said_to_be_shown():
    assert said(drawn(n_seeds=1)) == ["Nothing is tested, which takes two seeds at two values."]


def test_of_a_value_whose_seeds_all_diverged_nothing_is_said():
    table = drawn()
    gone = (table["model"] == "dsm") & (table["place"] == 1)
    for column in ("score", "mean", "low", "high"):
        table[column] = table[column].mask(gone & (table["metric"] == JUDGED))
    first, second, beside = said(table[~(gone & (table["metric"] == SKILL))])
    assert "dsm" not in first + second
    assert "dsm is shown better in 2 of 4 cells and worse in 2" in beside


def test_without_gaussian_and_kernel_estimate_the_distance_alone_is_said():
    content = takes.section("n", drawn(with_skill=False), swept(), "", 0.05)
    assert content["sentences"][1].startswith(
        "From 2000 to 20,000 training points, more pay for dsm on there; more are not shown"
    )
    assert len(content["sentences"]) == 2
    assert (
        content["header"][3] == "MMD² × 10³" and content["header"][-1] == "beside the value before"
    )
    assert {len(row) for row in content["rows"]} == {len(content["header"])}


def test_the_table_has_every_cell_with_its_tests():
    content = takes.section("n_train", drawn(), swept(), "kde", 0.05)
    rows = [row[:3] for row in content["rows"]]
    assert rows[:4] == [
        ["here", "dsm", "0"],
        ["here", "dsm", "1"],
        ["here", "dsm", "2"],
        ["here", "ebm", "0"],
    ]
    assert content["rows"][0][-2:] == ["–", "worse (p < 0.001)"]
    assert content["rows"][1][-2:] == ["better (p < 0.001)", "better (p < 0.001)"]
    assert content["rows"][2][-2].startswith("undecided (p ")
    assert content["rows"][1][3].startswith("97.0 [96.")


def test_tests_are_paired_and_adjusted_over_the_data_sets_of_a_model_and_value():
    rng = np.random.default_rng(3)
    levels = {cell: rng.normal(0.05, 0.002, 3) for cell in LEVELS}
    table = drawn(levels)
    found = takes.tests(table, swept(), "kde", 0.05).set_index(["model", "dataset", "place"])
    judged = table[table["metric"] == JUDGED].set_index(["model", "dataset", "place"])["score"]
    for name, other in (("step", ("dsm", 0)), ("kde", ("kde", 1))):
        p_values = [
            paired_test(
                judged.loc[("dsm", dataset, 1)].to_numpy(),
                judged.loc[(other[0], dataset, other[1])].to_numpy(),
            ).p_value
            for dataset in ("here", "there")
        ]
        np.testing.assert_allclose(
            found.loc[("dsm", ["here", "there"], 1), f"p_{name}"], holm(p_values)
        )
    assert found.xs(0, level="place")["p_step"].isna().all()
