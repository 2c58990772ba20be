"""Views that the explorer offers: by which facts they are chosen, and where there are none."""

from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from gen2d.explorer.presets import Study, presets
from gen2d.metrics.aggregates import COLUMNS
from gen2d.plan.page_knobs import ExplorerPageKnobs
from studies import plan_of, values_of

METHODS = {
    "weak": "dsm_single",
    "strong": "dsm_multilevel",
    "flow": "cnf",
    "mixed": "ebm_single",
    "gaussian": "gaussian",
    "truth": "truth",
}
# Skill of each model on each data set, and what the test against one Gaussian says.
CELLS = [
    ("near", "weak", -1.0, "undecided"),
    ("near", "strong", 60.0, "better"),
    ("near", "flow", 70.0, "better"),
    ("wide", "weak", -5.0, "worse"),
    ("wide", "strong", 90.0, "better"),
    ("wide", "flow", 95.0, "better"),
    ("wide", "gaussian", 0.0, ""),
]


def study(methods=None, **more):
    """A study of two data sets, in which `weak` fails."""
    methods = METHODS if methods is None else methods
    plan = plan_of(
        values_of(
            {name: {"method": method} for name, method in methods.items()},
            seeds=2,
            datasets={"near": {"kind": "moons"}, "wide": {"kind": "gaussian_mixture"}},
        )
    )
    verdicts = pd.DataFrame(CELLS, columns=["dataset", "model", "skill", "against_gaussian"])
    verdicts = verdicts[verdicts["model"].isin([*methods])]
    verdicts = verdicts.assign(
        n_diverged=0, outside=0.01, mmd2_small=(100 - verdicts["skill"]) / 1000
    )
    seen = {
        (row.dataset, row.model): {"times": np.arange(8), "scores": np.zeros(1)}
        for row in verdicts.itertuples()
        if row.model not in ("gaussian", "truth")
    }
    facts = {
        "knobs": ExplorerPageKnobs.of(plan.catalogue, {}),
        "labels": {name: f"the {name}" for name in methods},
        "summary": pd.DataFrame(columns=["dataset", "model", "metric", "mean", "low", "high"]),
        "verdicts": verdicts,
        "overall": pd.DataFrame(columns=COLUMNS),
        "causes": pd.DataFrame(columns=["dataset", "model", "cause", "at", "mean", "p_holm"]),
        "seen": seen,
        "exact": ["near", "wide"],
    }
    return Study(**{**facts, **more})


def state(preset):
    """What the address of a view says."""
    return {key: value for key, (value,) in parse_qs(preset.address).items()}


def modes(least, low, high):
    """A summary of what `weak` does to the modes of `wide`."""
    rows = [("least_mode", least, low, high), ("largest_mode", 1.6, 1.5, 1.7)]
    table = pd.DataFrame(rows, columns=["metric", "mean", "low", "high"])
    return table.assign(dataset="wide", model="weak")


def chains(gained, p_holm, model="mixed"):
    """Causes: the share of points outside at three steps, and what it grew by."""
    rows = [("outside", at, 0.1 + gained * at / 50, None) for at in (0, 25, 50)]
    rows += [("outside_gained", 50, gained, p_holm)]
    table = pd.DataFrame(rows, columns=["cause", "at", "mean", "p_holm"])
    return table.assign(dataset="wide", model=model)


def test_it_opens_on_a_failing_form_beside_the_tuned_one_where_they_differ_most():
    first, *_ = presets(study())
    shown = state(first)
    assert (shown["data"], shown["left"], shown["right"]) == ("wide", "weak", "strong")
    assert (shown["moving"], shown["at"], shown["seed"]) == ("sampling", "6", "0")
    assert "score" in shown["layers"].split(",")
    assert first.title == "Watch the weak miss what the strong finds"
    assert "On wide, the weak is shown worse than one fitted Gaussian" in first.look
    assert "closes 90 %" in first.look


def test_undecided_is_not_called_worse():
    table = study().verdicts
    first, *_ = presets(study(verdicts=table[table["dataset"] == "near"]))
    assert "the weak is not shown better than one fitted Gaussian" in first.look


@pytest.mark.parametrize(("column", "value"), [("outside", 0.5), ("n_diverged", 1)])
def test_what_is_out_of_view_or_diverged_is_not_opened(column, value):
    table = study().verdicts
    table.loc[table["dataset"].eq("wide") & table["model"].eq("weak"), column] = value
    first, *_ = presets(study(verdicts=table))
    assert state(first)["data"] == "near"


def test_a_form_of_no_other_method_stands_beside_the_best():
    methods = {name: method for name, method in METHODS.items() if name != "strong"}
    first, *_ = presets(study(methods))
    assert state(first)["right"] == "flow"


def test_without_a_gaussian_the_two_that_differ_most_are_shown():
    table = study().verdicts.drop(columns=["skill", "against_gaussian"])
    first, *_ = presets(study(verdicts=table))
    assert (state(first)["left"], state(first)["right"]) == ("weak", "strong")
    assert first.title == "Watch the weak and the strong sample"
    assert "Gaussian" not in first.look and "0.1" in first.look


def test_of_one_model_there_is_the_truth_beside_it():
    (only,) = presets(study({"flow": "cnf"}))
    assert only.title == "the flow beside the truth"
    assert parse_qs(only.address, keep_blank_values=True)["right"] == [""]  # no model of the study
    assert state(only)["data"] == "near"  # where its skill is least


def test_of_nothing_sound_nothing_is_offered():
    table = study().verdicts.assign(n_diverged=2, mmd2_small=np.nan)
    assert presets(study(verdicts=table)) == []


@pytest.mark.parametrize(
    ("gained", "p_holm", "is_offered"), [(0.8, 0.01, True), (0.8, 0.2, False), (-0.8, 0.01, False)]
)
def test_running_away_is_offered_where_a_test_shows_it(gained, p_holm, is_offered):
    parts = [chains(0.2, 0.01, "weak"), chains(gained, p_holm)]
    causes = pd.concat(parts, ignore_index=True)
    by_title = {preset.title: preset for preset in presets(study(causes=causes))}
    assert ("Watch the mixed run away" in by_title) == is_offered
    if is_offered:
        preset = by_title["Watch the mixed run away"]
        assert "10 % of its points" in preset.look and "90 % when it ends" in preset.look
        assert state(preset)["right"] == "truth"  # of which there is no other form
    else:
        assert state(by_title["Watch the weak run away"])["right"] == "strong"


def test_arriving_is_not_running_away():
    titles = [preset.title for preset in presets(study(causes=chains(-0.8, 0.01)))]
    assert not any("run away" in title for title in titles)


@pytest.mark.parametrize(("high", "is_offered"), [(0.6, True), (1.1, False), (np.nan, False)])
def test_uneven_modes_are_offered_where_the_interval_shows_them(high, is_offered):
    titles = {preset.title: preset for preset in presets(study(summary=modes(0.5, 0.4, high)))}
    assert ("A score that does not see across gaps" in titles) == is_offered
    if is_offered:
        assert "50 % of its due and another 160 %" in [*titles.values()][1].look


def test_uneven_modes_of_many_noise_levels_are_another_matter():
    summary = modes(0.5, 0.4, 0.6).assign(model="strong")
    assert len(presets(study(summary=summary))) == len(presets(study()))


def test_the_best_model_is_that_of_the_least_ratio_where_it_is_furthest_from_the_truth():
    ratios = {"weak": 9.0, "strong": 0.5, "flow": 0.7}
    overall = pd.DataFrame({"model": ratios.keys(), "n_diverged": 0, "ratio": ratios.values()})
    preset = presets(study(overall=overall))[-1]
    assert preset.title == "The best model beside the truth"
    assert (state(preset)["left"], state(preset)["data"]) == ("strong", "near")
    assert "0.5 times the error of a kernel density estimate" in preset.look
    # Without a kernel density estimate there are no ratios.
    assert state(presets(study())[-1])["left"] == "flow"


def test_fields_are_drawn_that_both_sides_have():
    known = study()
    seen = {cell: {**arrays, "energies": np.zeros(1)} for cell, arrays in known.seen.items()}
    assert state(presets(known)[0])["field"] == "none"
    assert state(presets(replace(known, seen=seen))[0])["field"] == "energy"
    assert state(presets(replace(known, seen=seen))[-1])["field"] == "energy"
    seen = {cell: {**arrays, "log_prob": np.zeros(1)} for cell, arrays in known.seen.items()}
    assert state(presets(replace(known, seen=seen))[-1])["field"] == "density"
    assert state(presets(replace(known, seen=seen, exact=[]))[-1])["field"] == "none"
