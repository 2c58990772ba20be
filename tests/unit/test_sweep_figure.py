"""The figure of a sweep: skill, what is beside it, and their axes."""

import numpy as np
import pandas as pd
import pytest
import yaml

from gen2d.figures import sweep as figure
from gen2d.metrics.statistics import skill, t_interval
from gen2d.plan.stages import STAGES
from gen2d.plan.sweeps import JUDGED
from studies import done, job_of, plan_of, written


@pytest.fixture
def values(root):
    values = yaml.safe_load((root / "config.yaml").read_text())
    sweep = {"models": ["dsm", "gan"], "values": [50, 2000], "datasets": ["spiral"]}
    return values | {"sweeps": {"n_train": {"key": "n_train", **sweep}}}


LEVELS = {"dsm": 0.01, "gan": 0.03, "kde": 0.02, "resample": 0.015, "truth": 0.0, "gaussian": 0.5}
OF_SAMPLES = (JUDGED, "energy_distance", "sliced_wasserstein2")


def draw(values, results, of_density=("kl",)):
    """The table of a sweep whose models are half as good at the first value as at the second.

    The metric of each is its level, with noise; the first seed of the first cell diverged.
    """
    plan = plan_of(values)
    rng = np.random.default_rng(0)
    columns = ["dataset", "model", "seed", "metric", "value", "note"]
    read = plan.inputs(STAGES["figure_sweep"], {"sweep": "n_train"})
    for stage, metrics in (("evaluate", OF_SAMPLES), ("likelihood", of_density)):
        input_name = "metrics" if stage == "evaluate" else stage
        for cell in read[input_name][2] if input_name in read else []:
            level = LEVELS[cell["model"].partition("__")[0]] * (2 if "__" in str(cell) else 1)
            seeds = range(values["seeds"])
            rows = [
                (cell["dataset"], cell["model"], s, m, level + 0.001 * rng.standard_normal(), "")
                for s in seeds
                for m in metrics
            ]
            table = pd.DataFrame(rows, columns=columns)
            if cell["model"] == "dsm" and stage == "evaluate":
                table.loc[table["seed"] == 0, "value"] = np.nan
            job_of(plan, results, stage, **cell).write_table(input_name, table)
    job = done(plan, results, "figure_sweep", sweep="n_train")
    assert written(job, "svg").stat().st_size > 10_000
    return pd.read_csv(written(job, "table")), written(job, "svg").read_text()


def at(table, model, place, metric):
    rows = table.query("model == @model and place == @place and metric == @metric")
    return rows.set_index("seed")


def test_the_figure_s_table_holds_every_seed_of_what_is_drawn(values, tmp_path):
    table, svg = draw(values, tmp_path)
    assert set(table["metric"]) == {"skill", JUDGED, "kl"}
    assert set(table["model"]) == {"dsm", "gan", "kde", "resample", "truth"}
    counts = table.groupby(["model", "metric"]).size().unstack()
    assert (counts.loc["dsm"] == 20).all()
    assert counts.loc["gan"].isna().tolist() == [True, False, False]  # no density
    one = at(table, "dsm", 0, "kl")
    assert one["mean"].iloc[0] == pytest.approx(one["score"].mean())
    for name in ("DSM", "GAN", "KDE", "memoriser", "skill, %", "KL, nats"):
        assert f"<!-- {name} -->" in svg


def test_skill_is_measured_by_the_gaussian_of_the_same_points(values, tmp_path):
    table, _ = draw(values, tmp_path)
    rng_free = at(table, "kde", 0, "skill"), at(table, "kde", 0, JUDGED)
    plan = plan_of(values)
    cell = {"dataset": "spiral__n_train_50", "model": "gaussian", "seeds": "seeds0-9"}
    unit = pd.read_csv(written(job_of(plan, tmp_path, "evaluate", **cell), "metrics"))
    unit = unit[unit["metric"] == JUDGED].set_index("seed")["value"]
    expected = skill(rng_free[1]["score"].to_numpy(), unit.to_numpy(), 0.95)
    assert rng_free[0].iloc[0][["mean", "low", "high"]].tolist() == pytest.approx(expected)
    assert rng_free[0]["score"].mean() == pytest.approx(expected.mean)
    dsm = at(table, "dsm", 1, "skill")
    left = at(table, "dsm", 1, JUDGED)["score"].dropna()
    assert np.isnan(dsm.loc[0, "score"]) and len(left) == 9
    assert dsm["mean"].iloc[0] == pytest.approx(100 * (1 - left.mean() / 0.5), abs=0.2)


@pytest.mark.parametrize("is_there", [True, False])
def test_without_a_gaussian_that_is_a_unit_the_distance_itself_is_drawn(
    values, tmp_path, is_there, monkeypatch
):
    if is_there:
        monkeypatch.setitem(LEVELS, "gaussian", 0.0)
    else:
        values["models"]["gaussian"] = None
    table, svg = draw(values, tmp_path)
    assert set(table["metric"]) == {JUDGED, "kl"}
    assert "<!-- smallest-bandwidth MMD² -->" in svg and "<!-- skill, % -->" not in svg


def test_of_a_file_s_points_the_likelihood_is_shown_and_without_density_the_energy_distance(
    values, tmp_path
):
    table, svg = draw(values, tmp_path / "file", of_density=("nll",))
    assert set(table["metric"]) == {"skill", JUDGED, "nll"}
    assert "<!-- NLL, nats -->" in svg
    values["sweeps"]["n_train"]["models"] = ["gan"]
    table, _ = draw(values, tmp_path / "none")
    assert set(table["metric"]) == {"skill", JUDGED, "energy_distance"}


def test_skills_far_apart_are_on_an_axis_that_is_logarithmic_in_what_is_left(
    values, tmp_path, monkeypatch
):
    monkeypatch.setitem(LEVELS, "gan", 0.6)
    _, svg = draw(values, tmp_path / "apart")
    assert [f"<!-- {tick} -->" in svg for tick in (0, 90, 99)] == [True, True, True]
    monkeypatch.setitem(LEVELS, "dsm", -0.01)  # unbiased, and so perhaps better than the truth
    _, svg = draw(values, tmp_path / "beyond")
    assert "<!-- 0 -->" in svg and "<!-- 90 -->" not in svg


@pytest.mark.parametrize("low", np.geomspace(0.01, 1, 9))
@pytest.mark.parametrize("times", [5.01, 30, 1e4])
def test_a_logarithmic_axis_has_three_ticks_or_more(low, times):
    ticks = figure._round_numbers(low, times * low)
    assert len(ticks) >= 3 and low <= min(ticks) and max(ticks) <= times * low


def test_one_seed_is_drawn_without_intervals(values, tmp_path):
    values["seeds"] = 1
    values["sweeps"]["n_train"]["models"] = ["gan"]
    table, _ = draw(values, tmp_path)
    assert table["mean"].notna().all() and table[["low", "high"]].isna().all(axis=None)


def test_intervals_are_of_the_study_s_level(values, tmp_path):
    values["metrics"]["confidence"] = 0.8
    table, _ = draw(values, tmp_path)
    one = at(table, "gan", 0, JUDGED)
    expected = t_interval(one["score"].to_numpy(), 0.8)
    assert one.iloc[0][["mean", "low", "high"]].tolist() == pytest.approx(expected)


def test_axes_are_logarithmic_for_positive_numbers():
    assert figure.positions([0.03, 0.1, 1])[1]
    assert figure.positions([1, 2])[1]
    assert not figure.positions([0, 2])[1]
    for others in ([[8], [16, 16]], [True, False]):
        places, is_log = figure.positions(others)
        assert list(places) == [0, 1] and not is_log
