"""Summaries over seeds: means, intervals, paired comparisons, and what the verdicts say of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gen2d.metrics.statistics import holm, with_intervals
from gen2d.stages import summary
from one_gaussian import VALUES
from studies import done, job_of, plan_of, table_of

MODELS = ["a", "b", "c"]


@pytest.fixture
def metrics():
    """Of three models and two metrics on two data sets, six seeds of a skewed law."""
    key = pd.MultiIndex.from_product(
        [["here", "there"], MODELS, ["m", "n"], range(6)],
        names=["dataset", "model", "metric", "seed"],
    )
    values = np.random.default_rng(0).gumbel(size=len(key))
    return pd.DataFrame({"value": values, "status": "ok", "note": None}, index=key).reset_index()


def t_interval(values, level):
    """By scipy: the mean and its interval's ends."""
    ends = stats.t.interval(level, len(values) - 1, values.mean(), stats.sem(values))
    return [values.mean(), *ends]


def test_summaries_are_means_with_intervals_of_their_level_and_medians(metrics):
    key, ends = ["dataset", "model", "metric"], ["mean", "low", "high"]
    summarised = summary.summarise(metrics, 0.8).set_index(key)
    merged = with_intervals(metrics, key, "value", 0.8).groupby(key)[ends].first()
    for name, values in metrics.groupby(key)["value"]:
        row = summarised.loc[name]
        assert row["median"] == np.median(values)
        np.testing.assert_allclose(row[ends].astype(float), t_interval(values, 0.8))
        np.testing.assert_allclose(merged.loc[name], t_interval(values, 0.8))


def test_rows_whose_key_is_missing_have_a_mean_too():
    table = pd.DataFrame({"place": [0.0, 0.0, np.nan, np.nan], "value": [1.0, 2.0, 3.0, 5.0]})
    assert with_intervals(table, ["place"], "value", 0.8)["mean"].tolist() == [1.5, 1.5, 4.0, 4.0]


def test_comparisons_have_intervals_of_their_level(metrics):
    compared = summary.compare(metrics, MODELS, 0.8)
    wide = metrics.query("metric == 'm'").pivot(
        index="seed", columns=["dataset", "model"], values="value"
    )
    for row in compared.query("metric == 'm'").itertuples():
        difference = wide[row.dataset, row.model] - wide[row.dataset, row.other]
        expected = [difference.median(), *t_interval(difference, 0.8)]
        found = (row.median_difference, row.difference, row.low, row.high)
        np.testing.assert_allclose(found, expected)


def test_families_are_the_data_sets_of_two_models_and_a_metric(metrics):
    compared = summary.compare(metrics, MODELS, 0.8)
    families = compared.groupby(["metric", "model", "other"])
    assert set(families.size()) == {2}
    for _, family in families:
        np.testing.assert_array_equal(family["p_holm"], holm(family["p"].to_numpy()))


def test_what_was_skipped_is_not_summarised(metrics, tmp_path):
    skipped = (metrics["model"] == "a") & (metrics["metric"] == "n")
    told = [np.nan, "skipped", "no density is known"]
    metrics.loc[skipped, ["value", "status", "note"]] = told
    plan = plan_of({**VALUES, "models": {name: {"method": "truth"} for name in MODELS}})
    job_of(plan, tmp_path, "collect").write_table("table", metrics)
    job = done(plan, tmp_path, "summary")
    summarised, compared = (table_of(job, name) for name in ("summary", "comparisons"))
    assert set(summarised.loc[summarised["metric"] == "n", "model"]) == {"b", "c"}
    assert set(compared.loc[compared["metric"] == "n", "model"]) == {"b", "c"}
    assert (summarised["n_diverged"] == 0).all()


@pytest.fixture
def judged(tmp_path):
    """The verdicts at level .8 on two models better than the Gaussian, by p = .1 and p = .5."""
    plan = plan_of({**VALUES, "metrics": {**VALUES["metrics"], "confidence": 0.8}})
    levels = {"dsm": 2.0, "gaussian": 3.0, "resample": 1.0}
    rows = [
        ("here", model, seed, metric, level + 0.01 * seed, "ok", None)
        for model, level in levels.items()
        for seed in range(3)
        for metric in ("energy_distance", "mmd2_small")
    ]
    columns = ["dataset", "model", "seed", "metric", "value", "status", "note"]
    metrics = pd.DataFrame(rows, columns=columns)
    compared = summary.compare(metrics, list(levels), 0.8)
    compared = compared.assign(p_holm=compared["model"].map({"dsm": 0.1, "resample": 0.5}))
    job_of(plan, tmp_path, "collect").write_table("table", metrics)
    summarised = job_of(plan, tmp_path, "summary")
    summarised.write_table("summary", summary.summarise(metrics, 0.8))
    summarised.write_table("comparisons", compared)
    seconds = {("models", "dsm"): (9, 3), ("samples", "dsm"): (1.5, 0.5)}
    seconds |= {("samples", "gaussian"): (2, 1), ("samples", "resample"): (0.25, 0.5)}
    for (folder, model), of_blocks in seconds.items():
        for block, duration in zip(plan.catalogue.blocks, of_blocks, strict=True):
            path = tmp_path / f"benchmarks/{folder}/here/{model}/{block}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"s\tcpu_time\n{duration}\tNA\n")
    job = done(plan, tmp_path, "verdicts")
    return [table_of(job, name).set_index("model") for name in ("table", "overall")]


def test_cells_cost_what_training_and_sampling_take_a_seed(judged):
    """Of twelve seeds in two blocks."""
    seconds = {"dsm": 14 / 12, "gaussian": 3 / 12, "resample": 0.75 / 12}
    assert judged[0]["seconds"].to_dict() == seconds


def test_the_level_of_verdicts_is_1_less_that_of_intervals(judged):
    assert judged[0]["against_gaussian"].dropna().to_dict() == {
        "dsm": "better",
        "resample": "undecided",
    }
    assert judged[1].empty  # without a kde that would be its unit
