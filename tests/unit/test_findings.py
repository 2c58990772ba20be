"""The report's sentences follow the tables, and judge by tests alone."""

import re

import numpy as np
import pandas as pd
import pytest

from gen2d.plan.page_knobs import ClaimFacts
from gen2d.report import judging, words
from gen2d.report.aggregates import COLUMNS, aggregates
from gen2d.report.sections import coursework, findings
from gen2d.report.sections.summary import abstract, gaussian_distance
from gen2d.report.sections.summary import headline as headline_of
from gen2d.stages.summary import compare, summarise

MODELS = ["good", "bad", "resample", "truth"]
LEVELS = {"good": 0.0, "bad": 1.0, "resample": 0.0, "truth": 0.0}
BASELINES = {"truth": "truth", "resample": "resample"}
OVERALL = pd.DataFrame(
    {"model": ["bad", "good"], "iqm": [3.0, 0.1], "low": [2.0, 0.05], "high": [4.0, 0.2]}
)


def table(levels, n_seeds=8, diverged=(), metrics=("energy_distance", "mmd2_small")):
    """Metrics of every model: its level plus noise that the models of a seed share in part."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in ("here", "there"):
        for seed in range(n_seeds):
            shared = rng.normal()
            for model, level in levels.items():
                for metric in metrics:
                    value = level + 0.1 * shared + 0.1 * rng.normal()
                    gone = (model, seed) in diverged
                    told = (None, "diverged") if gone else (value, "ok")
                    rows.append((dataset, model, seed, metric, *told))
    columns = ["dataset", "model", "seed", "metric", "value", "status"]
    return pd.DataFrame(rows, columns=columns).astype({"value": float})


def sentences(metrics, model):
    comparisons = compare(metrics, MODELS, 0.95)
    return judging.judge(comparisons, model, "truth", "energy_distance", 0.05)


def test_worse_is_said_of_the_worse_model_only():
    metrics = table(LEVELS)
    assert "is higher than that of truth on here" in sentences(metrics, "bad")[0]
    assert "is not distinguishable from that of truth on here" in sentences(metrics, "good")[0]


def test_sentences_swap_with_the_metrics():
    swapped = table(LEVELS).replace({"model": {"good": "bad", "bad": "good"}})
    for one, other in (("good", "bad"), ("bad", "good")):
        assert sentences(swapped, one) == sentences(table(LEVELS), other)


def test_the_headline_counts_what_tests_tell_apart():
    metrics = table(LEVELS)
    headline = headline_of(
        compare(metrics, MODELS, 0.95), OVERALL, ["good", "bad"], BASELINES, 0.05
    )
    assert "2 of 4 cells (a model on a data set) are shown to be worse than fresh" in headline
    assert headline.endswith(
        "Over all runs the lowest interquartile mean, in units of resample, is that of good,"
        " 0.1 [0.05, 0.2], before that of bad, 3 [2, 4]."
    )


def test_the_headline_of_one_seed_counts_nothing():
    compared = compare(table(LEVELS, n_seeds=1), MODELS, 0.95)
    headline = headline_of(compared, OVERALL, ["good", "bad"], BASELINES, 0.05)
    assert (
        headline.startswith("Too few seeds without divergence for a test")
        and " of 4 " not in headline
    )


@pytest.mark.parametrize("overall", [pd.DataFrame(columns=COLUMNS), OVERALL.assign(iqm=np.inf)])
def test_the_headline_names_no_model_where_none_can_be_pooled(overall):
    compared = compare(table(LEVELS), MODELS, 0.95)
    headline = headline_of(compared, overall, ["good", "bad"], BASELINES, 0.05)
    assert headline.endswith("p < 0.05).")


def abstract_of(metrics, trained):
    compared = compare(metrics, [*MODELS, "gaussian"], 0.95)
    baselines = {"truth": "truth", "gaussian": "gaussian", "resample": "gaussian"}
    groups = dict.fromkeys(metrics["model"], "tuned")
    overall = aggregates(metrics, groups, "gaussian", 0.95)
    summary = summarise(metrics, 0.95)
    return abstract(summary, compared, overall, trained, baselines, 0.05)


def test_the_abstract_swaps_with_the_metrics_of_two_models():
    metrics = table({**LEVELS, "gaussian": 3.0}, metrics=("mmd2_small", "kl"))
    swapped = metrics.replace({"model": {"good": "bad", "bad": "good"}})
    said, said_swapped = (abstract_of(rows, ["good", "bad"]) for rows in (metrics, swapped))
    assert "the lowest interquartile mean, in units of gaussian, is that of good, " in said
    assert said.count("(good ") == 2  # the least KL divergence, by data set
    assert said_swapped == re.sub("good|bad", lambda m: {"good": "bad"}.get(m[0], "good"), said)
    assert "0 of 2 cells (a model" in abstract_of(metrics, ["good"])
    assert "2 of 2 cells (a model" in abstract_of(swapped, ["good"])
    assert abstract_of(metrics, []).startswith("There are baselines alone")


def test_missing_values_are_told_by_model_data_set_and_reason():
    columns = ["dataset", "model", "seed", "metric", "status", "note"]
    rows = [
        ("here", "a", 0, "kl", "diverged", "diverged at training step 12"),
        ("here", "a", 1, "kl", "diverged", "diverged at training step 7"),
        ("here", "a", 1, "mmd", "diverged", "diverged at training step 7"),
        ("there", "b", 0, "kl", "infinite", "infinite: the samples lie on a line"),
        ("there", "c", 0, "kl", "skipped", "no density is known"),
        ("there", "c", 2, "kl", "ok", np.nan),
    ]
    assert findings.missing_values(pd.DataFrame(rows, columns=columns)) == [
        "a on here (2 of 3 seeds): diverged in training",
        "b on there (1 of 3 seeds): infinite: the samples lie on a line",
    ]


def test_a_model_that_diverged_on_a_data_set_ranks_last_there():
    means = {("a", "here"): 1.0, ("a", "there"): np.nan, ("b", "here"): 2.0, ("b", "there"): 2.0}
    means |= {("c", "here"): 3.0, ("c", "there"): 3.0}
    rows = [(*cell, "mmd2_small", mean) for cell, mean in means.items()]
    summary = pd.DataFrame(rows, columns=["model", "dataset", "metric", "mean"])
    assert judging.lowest_rank(summary, ["a", "b", "c"], "mmd2_small") == "b"
    assert judging.lowest_rank(summary, [], "mmd2_small") is None


def test_the_gaussian_stands_beside_the_least_of_the_models():
    means = {"gaussian": 1.5, "a": 0.2, "b": 0.1, "kde": 0.0, "infinite_in_some": 0.01}
    rows = [("here", model, mean, 7 * (mean == 0.01), "kl") for model, mean in means.items()]
    kl = pd.DataFrame(rows, columns=["dataset", "model", "mean", "n_diverged", "metric"])
    models = ["a", "b", "c", "infinite_in_some"]
    assert "here 1.500 (b 0.100)" in gaussian_distance(kl, models, "gaussian")
    assert gaussian_distance(kl, ["c"], "gaussian") == ""
    assert gaussian_distance(kl.iloc[:0], ["a"], "gaussian") == ""


def test_one_seed_is_no_test():
    metrics = table(LEVELS, n_seeds=1)
    (sentence,) = sentences(metrics, "bad")
    assert "without a test on here and there (fewer than two seeds)" in sentence
    assert "higher" not in sentence


def test_diverged_seeds_are_counted_and_left_out():
    metrics = table(LEVELS, diverged={("bad", 3), ("bad", 5)})
    summary = summarise(metrics, 0.95)
    (sentence,) = findings.divergence(summary, "bad")
    assert sentence.startswith("Seeds that diverged: 2 of 8 on here, 2 of 8 on there;")
    assert findings.divergence(summary, "good") == []
    compared = compare(metrics, MODELS, 0.95).query("model == 'bad'")
    assert set(compared["n_seeds"]) == {6}


def test_a_model_of_which_all_seeds_diverged_has_no_numbers():
    metrics = table(LEVELS, diverged={("bad", seed) for seed in range(8)})
    cell = summarise(metrics, 0.95).query("model == 'bad'").iloc[0]
    assert words.interval(cell["mean"], cell["low"], cell["high"]) == "–"
    assert "without a test" in sentences(metrics, "bad")[0]


def test_p_values_are_adjusted_within_a_family():
    compared = compare(table(LEVELS), MODELS, 0.95)
    assert (compared["p_holm"] >= compared["p"] - 1e-15).all()
    family = compared.query("metric == 'energy_distance' and other == 'truth'")
    smallest = family.loc[family["p"].idxmin()]
    assert smallest["p_holm"] == pytest.approx(min(1, len(family) * smallest["p"]))


def test_a_p_value_at_the_level_decides_nothing():
    compared = compare(table(LEVELS), MODELS, 0.95).assign(p_holm=0.05)
    (sentence,) = judging.judge(compared, "bad", "truth", "energy_distance", 0.05)
    assert sentence.startswith("Its energy distance is not distinguishable from that of truth on")
    assert "(p = 0.050)" in sentence and "er than" not in sentence


def test_p_values_are_readable():
    assert [words.p_value(p) for p in (0.0, 0.0009, 0.005, 1)] == [
        "p < 0.001",
        "p < 0.001",
        "p = 0.005",
        "p = 1.000",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.00123456, "1.23"),
        (-0.0005, "−0.5"),
        (-0.00001234, "−0.012"),
        (5.4971, "5497"),
        (-123456.0, "−1.23e+08"),
        (0.0, "0.000"),
        (-1e-9, "0.000"),
    ],
)
def test_distances_are_readable(value, shown):
    assert words.thousandths(value) == shown


def losses(slope, floor=np.nan):
    steps = np.arange(100, 2100, 100)
    rng = np.random.default_rng(1)
    return pd.concat(
        pd.DataFrame(
            {
                "dataset": "here",
                "seed": seed,
                "step": steps,
                "loss_train": 2 + slope * steps / 2000 + 0.01 * rng.normal(size=20),
                "loss_holdout": 2 + slope * steps / 2000,
                "floor": floor,
            }
        )
        for seed in range(5)
    )


@pytest.mark.parametrize(
    ("slope", "word"), [(-1, "falls on here"), (1, "rises on here"), (0, "does not change on here")]
)
def test_trends_of_losses_are_tested(slope, word):
    assert word in findings.loss_trend(losses(slope), 0.05)[0]


def test_trends_are_of_the_first_and_the_last_tenth():
    falling = losses(0)
    drift = 1e-3 * falling["seed"] * falling["step"] / 2000
    falling["loss_train"] = np.where(falling["step"] <= 200, 1.0, 0.0) + drift
    assert "falls on here (1 to 0.00" in findings.loss_trend(falling, 0.05)[0]


def claim_of(refuted_by):
    well, badly = ["checkerboard", "gaussian_mixture"], ["spiral", "pinwheel"]
    return ClaimFacts("It works.", "m", refuted_by, well, badly)


@pytest.mark.parametrize(
    "untested", [losses(-1).query("seed == 0"), losses(-1).query("step == 100")]
)
def test_trends_without_a_test_are_not_told(untested):
    """Of one seed, or of one record."""
    assert findings.loss_trend(untested, 0.05) == []
    assert coursework.judged_by_loss(claim_of("loss"), untested, 0.05) == []


def test_excess_over_the_floor_is_stated_where_there_is_one():
    assert findings.loss_excess(losses(-1)) == []
    (sentence,) = findings.loss_excess(losses(-1, floor=1.0))
    assert "here 1.075 (floor 1.000, 0.075 above)" in sentence


def test_losses_that_all_diverged_leave_nothing_to_say():
    gone = losses(-1, floor=1.0).assign(loss_train=np.nan, loss_holdout=np.nan)
    assert findings.loss_excess(gone) == []
    assert findings.loss_trend(gone, 0.05) == []


def test_claims_of_the_coursework_are_judged_by_the_tables():
    def verdict(slope):
        (claim,) = coursework.judged_by_loss(claim_of("loss"), losses(slope), 0.05)
        assert claim["claim"] == "It works."
        return claim["verdict"]

    assert verdict(-1) == "Does not hold here."
    assert verdict(0) == "Not refuted here."
    assert verdict(1) == "Holds here."


def dsm_claims(rows):
    """Claims on DSM, by rows of data set, adjusted p-value and difference from the floor."""
    compared = pd.DataFrame(rows, columns=["dataset", "p_holm", "difference"])
    compared = compared.assign(model="m", other="resample", metric="mmd2_small")
    return coursework.judged_by_samples(claim_of("samples"), compared, "resample", 0.05)


def test_the_claim_on_dsm_is_of_the_data_sets_that_were_tested():
    well, missed = (0.5, 0.1), (0.001, 0.1)
    named = [("checkerboard", *well), ("spiral", *missed)]
    (claim,) = dsm_claims([*named, ("pinwheel", np.nan, np.nan)])
    assert claim["verdict"] == "Holds here."
    assert claim["evidence"].endswith(
        "the claim holds on 2 of 2 data sets, checkerboard and spiral."
    )
    (claim,) = dsm_claims([*named, ("pinwheel", *well)])
    assert claim["verdict"] == "Does not hold here."
    assert claim["evidence"].endswith(
        "the claim holds on 2 of 3 data sets, checkerboard and spiral."
    )
    assert dsm_claims([("moons", *well), ("spiral", np.nan, 0.1)]) == []


def test_a_difference_below_0_is_none_to_miss_by():
    (claim,) = dsm_claims([("checkerboard", 0.001, -0.1), ("spiral", 0.001, 0.1)])
    assert claim["verdict"] == "Holds here."
