"""Causes: the share of a score that is learned, where chains go, which modes samples fill."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gen2d.densities.gaussian_mixture import GaussianMixture, Gaussians
from gen2d.geometry import view
from gen2d.metrics.of_samples import modes
from gen2d.metrics.statistics import paired_test, t_interval
from gen2d.metrics.two_sample import Reference, bandwidth_ladder
from gen2d.report.sections import cause_tables
from gen2d.report.sections import causes as section
from gen2d.stages import causes, trace
from one_gaussian import MEAN, SD, VALUES
from studies import arrays_of, done, job_of, plan_of, table_of

PLAN = plan_of(VALUES)
LAW = Gaussians([MEAN.tolist()], SD)
LADDER = bandwidth_ladder(1.0, 2)


def test_the_share_learned_is_1_less_the_divergence_over_the_information():
    metrics = pd.DataFrame(
        {
            "dataset": "here",
            "model": "m",
            "seed": [0, 1, 2],
            "metric": "fisher_divergence_0.1",
            "value": [10.0, 20.0, 60.0],
            "error": [1.0, 2.0, 3.0],
        }
    )
    exact = pd.DataFrame(
        {
            "dataset": "here",
            "quantity": ["fisher_information", "dsm_loss_floor", "fisher_information"],
            "noise_level": [0.1, 0.1, 0.5],
            "value": [40.0, 1.6, 3.0],
        }
    )
    (row,) = causes.score_learned(metrics, exact, 0.9)
    found = dict(zip(causes.COLUMNS, row, strict=True))
    shares = np.array([0.75, 0.5, -0.5])
    assert (found["cause"], found["at"], found["n_seeds"]) == ("score_learned", 0.1, 3)
    interval = (found["mean"], found["low"], found["high"])
    assert interval == pytest.approx(tuple(t_interval(shares, 0.9)))
    assert found["error"] == 2.0 / 40.0
    # As a loss: the way from 2 to its least value, 2 - sigma^2 I, that has been gone.
    losses = 2 - 0.1**2 * 40 + 0.1**2 * metrics["value"]
    np.testing.assert_allclose((2 - losses) / (2 - 1.6), shares)


def test_of_what_is_not_known_no_share_is_learned():
    metrics = pd.DataFrame(
        {
            "dataset": "here",
            "model": "m",
            "metric": ["fisher_divergence_0.1", "fisher_divergence_0.5", "kl"],
            "value": [np.nan, 1.0, 1.0],
            "error": np.nan,
        }
    )
    known = {"quantity": "fisher_information", "noise_level": [0.1, 0.5], "value": [1.0, np.nan]}
    assert causes.score_learned(metrics, pd.DataFrame({"dataset": "here", **known}), 0.95) == []


def traced(shares):
    """A trace of these shares [seeds, steps]."""
    n_seeds, n_steps = np.shape(shares)
    return pd.DataFrame(
        {
            "dataset": "here",
            "model": "m",
            "seed": np.repeat(np.arange(n_seeds), n_steps),
            "step": np.tile(np.arange(n_steps), n_seeds),
            "outside": np.ravel(shares),
        }
    )


def test_what_chains_gain_is_tested_over_seeds():
    shares = np.array([[0.5, 0.6, 0.9], [0.4, 0.6, 0.9], [0.5, 0.5, 0.7], [np.nan, 0.1, 0.1]])
    *along, gained = causes.outside(traced(shares), 0.9)
    assert [row[3] for row in along] == [0, 1, 2]
    for row, of_step in zip(along, shares[:3].T, strict=True):  # but for the seed that diverged
        assert row[5:8] == pytest.approx(tuple(t_interval(of_step, 0.9)))
    test = paired_test(shares[:3, 2], shares[:3, 0], 0.9)
    assert gained[4:8] == pytest.approx(tuple(test)[:4]) and gained[-1] == test.p_value
    assert causes.outside(traced([[np.nan, np.nan]]), 0.9) == []


@pytest.mark.parametrize(
    ("gained", "p", "last", "word"),
    [
        (0.3, 0.01, (0.8, 0.9), "run away"),
        (0.3, 0.20, (0.8, 0.9), "have not arrived"),
        (-0.3, 0.01, (0.2, 0.3), "have not arrived"),
        (-0.3, 0.01, (0.001, 0.003), "arrive"),
        (-0.3, 0.01, (0.001, 0.03), "undecided"),
        (-0.3, np.nan, (np.nan, np.nan), "undecided"),
    ],
)
def test_the_fate_of_chains_is_that_of_the_test(gained, p, last, word):
    change, end = {"mean": gained, "p_holm": p}, {"low": last[0], "high": last[1]}
    assert section.fate(pd.Series(change), pd.Series(end), 0.05) == word


def test_chains_are_followed_from_their_start(tmp_path):
    cell = {"dataset": "here", "model": "dsm", "seeds": "seeds10-11"}
    for stage in ("data", "reference", "train"):
        keys = {"data": ("dataset", "seeds"), "reference": ("dataset",)}.get(stage, tuple(cell))
        done(PLAN, tmp_path, stage, **{key: cell[key] for key in keys})
    table = table_of(done(PLAN, tmp_path, "trace", **cell), "trace")
    model = PLAN.catalogue.study.models["dsm"].sampling
    assert table["step"].unique().tolist() == trace.shown_steps(model.n_steps)
    assert set(table["seed"]) == {10, 11} and set(table["status"]) == {"ok"}
    # At the start points are N(0, init_sd^2 I).
    (true,) = arrays_of(job_of(PLAN, tmp_path, "reference", dataset="here"), "reference", "points")
    low, high = view(true)
    inside = stats.norm.cdf(high / model.init_sd) - stats.norm.cdf(low / model.init_sd)
    expected = 1 - inside.prod()
    found = table.loc[table["step"] == 0, "outside"]
    assert np.abs(found - expected).max() < 4 * (expected * (1 - expected) / 1000) ** 0.5


def test_modes_are_filled_over_their_weights():
    law = Gaussians([[0.0, 0.0], [5.0, 0.0]], 0.1, weights=[3, 1])
    x = np.array([[0.1, 0.0]] * 3 + [[4.0, 1.0]] * 3)
    true = Reference.of(law.sample(10, np.random.default_rng(2)), LADDER)
    assert modes(x, true, law) == {"least_mode": 0.5 / 0.75, "largest_mode": 0.5 / 0.25}
    ring = GaussianMixture()
    found = modes(ring.sample(70_000, np.random.default_rng(3)), true, ring)
    assert 0.97 < found["least_mode"] < 1 < found["largest_mode"] < 1.03


def test_models_that_fill_their_modes_as_the_truth_does_are_left_out():
    ends = {"m": (0.5, 0.4, 0.6), "n": (0.95, 0.9, 1.0), "truth": (0.97, 0.96, 0.98)}
    rows = [
        ("here", model, name, *values)
        for model, values in ends.items()
        for name in ("least_mode", "largest_mode")
    ]
    columns = ["dataset", "model", "metric", "mean", "low", "high"]
    summary = pd.DataFrame(rows, columns=columns)
    found = cause_tables.modes(summary, ["m", "n", "truth"], "truth")
    assert [row[:3] for row in found] == [
        ["m", "here", "0.50 [0.40, 0.60]"],
        ["truth", "here", "0.97 [0.96, 0.98]"],
    ]
    assert len(cause_tables.modes(summary, ["m", "n"], "")) == 2  # without a truth


def shares_learned(shares):
    """Causes with these shares, by model, data set and noise level."""
    rows = [(dataset, m, "score_learned", at, share) for m, dataset, at, share in shares]
    return pd.DataFrame(rows, columns=["dataset", "model", "cause", "at", "mean"])


def test_what_a_model_of_one_level_learned_is_said_beside_a_gaussian_and_the_best():
    found = shares_learned(
        [
            ("m", "here", 0.1, 0.15),
            ("m", "the_other", 0.1, 0.938),
            ("gaussian", "here", 0.1, 0.06),
            ("rival", "here", 0.1, 0.2),
            ("better", "here", 0.1, 0.5),
            ("better", "here", 0.5, 0.1),
        ]
    )
    said = section.learned(found, "m", "gaussian", ["m", "rival", "better"])
    assert said["claim"] == "m has learned 15 to 93.8 % of the score"
    assert said["text"] == (
        "At noise level 0.1 m has learned 15 % on here, 93.8 % on the other; one Gaussian has 6 %"
        " on here; the most that any model has is 50 % on here."
    )
    alone = section.learned(found[found["model"] == "m"], "m", "", ["m"])
    assert alone["text"].endswith("93.8 % on the other.")
    assert section.learned(found, "another", "", ["m"])["claim"] == ""


def ended(model, dataset, first, last, gained, p):
    ends = [("outside", 0, first, first), ("outside", 9, last, last)]
    rows = [*ends, ("outside_gained", 9, gained, gained)]
    columns = ["cause", "at", "mean", "low"]
    table = pd.DataFrame(rows, columns=columns).assign(model=model, dataset=dataset, p_holm=p)
    return table.assign(high=table["mean"])


def test_chains_are_counted_and_told_by_what_became_of_them():
    causes_found = pd.concat(
        [
            ended("m", "here", 0.04, 0.96, 0.92, 0.01),
            ended("m", "there", 0.5, 0.4, -0.1, 0.01),
            ended("n", "here", 0.5, 0.001, -0.5, 0.01),
            ended("n", "there", 0.1, 0.2, 0.1, 0.01),
            shares_learned([("n", "here", 0.1, 0.5)]),
        ]
    )
    found = section.fates(causes_found, 0.05)
    assert section.chain_claim(found) == "Chains run away in 2 of 4 cells and have not arrived in 1"
    assert section.chain_sentences(found) == [
        "They run away: those of m on here (4 to 96.0 %); those of n on there (10 to 20 %).",
        "They have not arrived: those of m on there (50 to 40 %).",
    ]
    assert section.chain_sentences(found[2:3]) == []
