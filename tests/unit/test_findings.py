"""The report's sentences follow the tables, and judge by tests alone."""

import numpy as np
import pandas as pd
import pytest

from gen2d.plan.page_knobs import ClaimFacts
from gen2d.report import judging, words
from gen2d.report.sections import coursework, works
from gen2d.stages.summary import compare, summarise

MODELS = ["good", "bad", "resample", "truth"]
LEVELS = {"good": 0.0, "bad": 1.0, "resample": 0.0, "truth": 0.0}


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
    assert "is undecided beside that of truth on here" in sentences(metrics, "good")[0]


def test_sentences_swap_with_the_metrics():
    swapped = table(LEVELS).replace({"model": {"good": "bad", "bad": "good"}})
    for one, other in (("good", "bad"), ("bad", "good")):
        assert sentences(swapped, one) == sentences(table(LEVELS), other)


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
    assert works.missing_values(pd.DataFrame(rows, columns=columns)) == [
        "a on here (2 of 3 seeds): diverged in training",
        "b on there (1 of 3 seeds): infinite: the samples lie on a line",
    ]


def test_one_seed_is_no_test():
    metrics = table(LEVELS, n_seeds=1)
    (sentence,) = sentences(metrics, "bad")
    assert "without a test on here and there (fewer than two seeds)" in sentence
    assert "higher" not in sentence


def test_diverged_seeds_are_counted_and_left_out():
    metrics = table(LEVELS, diverged={("bad", 3), ("bad", 5)})
    summary = summarise(metrics, 0.95)
    assert summary.query("model == 'bad'")["n_diverged"].eq(2).all()
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
    family = compared.query("metric == 'energy_distance' and model == 'bad' and other == 'truth'")
    assert set(family["dataset"]) == {"here", "there"}
    smallest = family.loc[family["p"].idxmin()]
    assert smallest["p_holm"] == pytest.approx(min(1, len(family) * smallest["p"]))


def test_a_p_value_at_the_level_decides_nothing():
    compared = compare(table(LEVELS), MODELS, 0.95).assign(p_holm=0.05)
    (sentence,) = judging.judge(compared, "bad", "truth", "energy_distance", 0.05)
    assert sentence.startswith("Its energy distance is undecided beside that of truth on")
    assert "(p = 0.050)" in sentence and "er than" not in sentence


def test_p_values_are_readable():
    assert [words.p_value(p) for p in (0.0, 0.0009, 0.005, 1)] == [
        "p < 0.001",
        "p < 0.001",
        "p = 0.005",
        "p > 0.99",
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


@pytest.mark.parametrize(("slope", "word"), [(-1, "falls"), (1, "rises"), (0, "does not change")])
def test_trends_of_losses_are_tested(slope, word):
    ((dataset, _, _),) = coursework.loss_trends(losses(slope), 0.05)[word]
    assert dataset == "here"


def test_trends_are_of_the_first_and_the_last_tenth():
    falling = losses(0)
    drift = 1e-3 * falling["seed"] * falling["step"] / 2000
    falling["loss_train"] = np.where(falling["step"] <= 200, 1.0, 0.0) + drift
    ((_, values, _),) = coursework.loss_trends(falling, 0.05)["falls"]
    assert values.startswith("1 to 0.00")


def claim_of(decided_by):
    well, badly = ["checkerboard", "gaussian_mixture"], ["spiral", "pinwheel"]
    return ClaimFacts("It works.", ["m"], decided_by, well, badly)


@pytest.mark.parametrize(
    "untested", [losses(-1).query("seed == 0"), losses(-1).query("step == 100")]
)
def test_trends_without_a_test_are_not_told(untested):
    """Of one seed, or of one record."""
    assert not any(coursework.loss_trends(untested, 0.05).values())
    assert coursework.by_loss(untested, 0.05) == {}


def test_losses_that_all_diverged_leave_nothing_to_say():
    gone = losses(-1, floor=1.0).assign(loss_train=np.nan, loss_holdout=np.nan)
    assert coursework.by_loss(gone, 0.05) == {}


@pytest.mark.parametrize(
    ("slope", "holds"), [(-1, "does not hold"), (0, "not refuted"), (1, "holds")]
)
def test_a_claim_on_a_loss_is_judged_by_its_trend(slope, holds):
    ((dataset, (claimed, evidence, verdict)),) = coursework.by_loss(losses(slope), 0.05).items()
    assert (dataset, claimed, verdict) == ("here", "does not fall", holds)
    word = {-1: "falls, 1.9", 0: "does not change, 2 to", 1: "rises, 2.0"}[slope]
    assert evidence.startswith(word)


def dsm_claim(said):
    """The claim on samples, by what the tests say of each data set, and its skill there."""
    rows = [
        (dataset, answer, skill, skill - 10.0, skill + 10.0, 0.01)
        for dataset, (answer, skill) in said.items()
    ]
    columns = ["dataset", "against_gaussian", "skill", "skill_low", "skill_high"]
    verdicts = pd.DataFrame(rows, columns=[*columns, "gaussian_p_holm"])
    return coursework.by_samples(claim_of("samples"), verdicts)


def test_a_claim_on_samples_is_judged_data_set_by_data_set():
    """Less well is where the interval of the skill lies below those where it goes well."""
    well = {"checkerboard": ("better", 60.0), "gaussian_mixture": ("better", 50.0)}
    found = dsm_claim({**well, "spiral": ("better", 29.0), "pinwheel": ("no test", 0.0)})
    assert found == {
        "checkerboard": ("goes well", "skill 60 [50, 70] %, better", "holds"),
        "gaussian_mixture": ("goes well", "skill 50 [40, 60] %, better", "holds"),
        "spiral": ("less well", "skill 29 [19, 39] %, better", "holds"),
    }
    assert verdicts_in(dsm_claim({**well, "spiral": ("worse", 31.0)})) == [True, True, False]
    found = dsm_claim({"checkerboard": ("undecided", 20.0), "spiral": ("undecided", 20.0)})
    assert verdicts_in(found) == [False, False]
    assert verdicts_in(dsm_claim({"spiral": ("better", -20.0)})) == [True]  # beside the Gaussian
    assert dsm_claim({"moons": ("better", 50.0)}) == {}


def verdicts_in(found):
    return [said == "holds" for _, _, said in found.values()]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["holds", "holds"], "holds"),
        (["holds", "not refuted"], "is not refuted"),
        (["holds", "does not hold", "not refuted"], "does not hold on 1 of 3 data sets"),
        (["does not hold"], "does not hold"),
    ],
)
def test_a_claim_is_summed_up_over_data_sets(verdicts, said):
    assert coursework.summed_up(verdicts) == said


def test_a_claim_has_one_table_for_all_its_models():
    held, refuted = (
        ("goes well", "skill 60 %", "holds"),
        ("goes well", "skill 3 %", "does not hold"),
    )
    judged = [
        coursework.Judged("one", "holds", {"gaussian_mixture": held}),
        coursework.Judged("two", "does not hold", {"gaussian_mixture": refuted, "spiral": refuted}),
    ]
    told = coursework.claim_table(claim_of("samples"), judged)
    assert told["header"] == ["data set", "the claim", "one", "verdict", "two", "verdict"]
    assert told["rows"] == [
        ["gaussian mixture", "goes well", *held[1:], *refuted[1:]],
        ["spiral", "goes well", "–", "–", *refuted[1:]],
    ]
    assert told["verdicts"] == "one: the claim holds; two: the claim does not hold"


def test_a_claim_without_a_gaussian_is_not_judged():
    assert coursework.by_samples(claim_of("samples"), pd.DataFrame({"dataset": ["spiral"]})) == {}


def test_the_last_loss_is_the_mean_of_the_last_twentieth():
    steps = np.arange(100, 2100, 100)
    curve = pd.DataFrame({"seed": 3, "step": steps, "loss_train": steps.astype(float)})
    assert coursework.last_loss(curve).to_dict() == {3: 2000.0}


def test_findings_follow_the_verdicts():
    told = {
        "dataset": ["here", "there"] * 3,
        "model": ["good", "good", "bad", "bad", "exact", "exact"],
        "as_good_as_kde": ["as good", "as good", "not shown", "not shown", "as good", "as good"],
        "against_kde_mmd2_small": ["better", "undecided", "worse", "worse", "better", "better"],
        "against_kde_kl": ["better", "better", "better", "worse", "no test", "no test"],
        "skill": [90.0, 80.0, 20.0, 10.0, 99.0, 98.0],
    }
    verdicts = pd.DataFrame(told)
    said = works.findings(verdicts, ["good", "bad"], {"oracle": "exact"}, 0.5)
    assert said == [
        "Shown to have less than 1.5 times the error of a kernel density estimate: good on every"
        " data set; bad on none.",
        "Of 4 learned densities 3 are shown nearer to the truth in KL than the kernel density"
        " estimate's, and 1 farther: bad on there.",
        "Samples and densities need not agree; beside the kernel density estimate, for bad on here"
        " its samples are worse and its density better.",
        "With exact scores in place of a network's, the sampler closes 98.0 to 99.0 %: no more than"
        " the rest is the sampler's doing.",
    ]
    swapped = verdicts.replace({"model": {"good": "bad", "bad": "good"}})
    assert works.findings(swapped, ["good", "bad"], {}, 0.5)[0].startswith(
        "Shown to have less than 1.5 times the error of a kernel density estimate: bad on every"
    )
    low = verdicts.assign(skill=[0.0, 0.0, 0.0, 0.0, -5.0, 90.0])
    assert "closes −5 to 90.0 %" in works.findings(low, [], {"oracle": "exact"}, 0)[0]
    bare = verdicts.drop(columns=[name for name in verdicts if "kde" in name or name == "skill"])
    assert works.findings(bare, ["good", "bad"], {"oracle": "exact"}, 0.5) == []


def test_acronyms_in_titles_are_explained():
    said = words.acronyms(["DSM as run", "EBM_long", "my DDPMs", "truth"])
    assert said == "DSM: denoising score matching; EBM: energy-based model"
    assert words.acronyms(["mine"]) == ""
