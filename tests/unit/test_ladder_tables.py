"""What the figure of a ladder holds and shows, and what the report says of it."""

import re

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.figures import ladder as figure
from gen2d.metrics.statistics import holm, paired_test, skill, t_interval
from gen2d.report.sections import ladders
from rungs import LEVELS, RATE, laddered
from studies import done, job_of, plan_of, written


@pytest.fixture
def values():
    return laddered()


LEVELS_OF = {"broken": 0.9, "mended": 0.6, RATE: 0.58, LEVELS: 0.1, "tuned": 0.1}


def made_up(plan, seed=0):
    """Values [metric, model, dataset, seed] as if the cells had been measured."""
    rng = np.random.default_rng(seed)
    n_seeds = plan.catalogue.study.seeds
    levels = {**LEVELS_OF, "gaussian": 1.0, "kde": 0.2}
    return {
        (metric, model, dataset): np.zeros(n_seeds)
        if metric == "outside"
        else level + 0.03 * rng.standard_normal(n_seeds)
        for metric in figure.MEASURED
        for model, level in levels.items()
        for dataset in ("east", "west")
    }


def drawn(plan, values_of_cells, results):
    """The table of the figure of made-up cells."""
    ladder = plan.catalogue.ladders["up"]
    known = {*(rung.model for rung in ladder.rungs), *plan.catalogue.baselines.values()}
    for model in known - {"truth"}:
        for dataset in ladder.datasets:
            rows = [
                (dataset, model, seed, metric, value, "ok", "")
                for metric in figure.MEASURED
                for seed, value in enumerate(values_of_cells[metric, model, dataset])
            ]
            columns = ["dataset", "model", "seed", "metric", "value", "status", "note"]
            (block,) = plan.catalogue.blocks_of(model)
            rows = [row for row in rows if row[2] in plan.catalogue.seeds(block)]
            job = job_of(plan, results, "evaluate", dataset=dataset, model=model, seeds=block)
            job.write_table("metrics", pd.DataFrame(rows, columns=columns))
    job = done(plan, results, "figure_ladder", ladder="up")
    assert written(job, "svg").stat().st_size > 10_000
    return pd.read_csv(written(job, "table"))


def test_the_table_holds_skills_gains_and_their_tests(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    cells["mmd2_small", RATE, "west"][3] = np.nan  # a seed that diverged
    table = drawn(plan, cells, tmp_path)
    p_values = {}
    for dataset in ("east", "west"):
        before, gaussian = None, cells["mmd2_small", "gaussian", dataset]
        for place, model in enumerate(LEVELS_OF):
            own = cells["mmd2_small", model, dataset]
            rows = table[(table["dataset"] == dataset) & (table["place"] == place)]
            known, row = ~np.isnan(own), rows.iloc[0]
            assert len(rows) == row["n_seeds"] == 10 and row["unit"] == "skill"
            assert row["n_diverged"] == (~known).sum()
            expected = skill(own[known], gaussian[known])
            np.testing.assert_allclose(row[["skill", "skill_low", "skill_high"]].tolist(), expected)
            scores = 100 * (1 - own / gaussian[known].mean())
            np.testing.assert_allclose(rows.sort_values("seed")["score"], scores)
            for metric in figure.MEASURED:
                values_known = cells[metric, model, dataset]
                expected = t_interval(values_known[~np.isnan(values_known)])
                found = row[[metric, f"{metric}_low", f"{metric}_high"]].tolist()
                np.testing.assert_allclose(found, expected)
            if before is not None:
                both = known & ~np.isnan(before)
                test = paired_test(before[both], own[both])
                gain = 100 * np.array(test[1:4]) / gaussian[both].mean()
                np.testing.assert_allclose(row[["gain", "gain_low", "gain_high"]].tolist(), gain)
                p_values[place, dataset] = test.p_value
            else:
                assert np.isnan([row["gain"], row["p"], row["p_holm"]]).all()
            before = own
    once = table.dropna(subset="place").drop_duplicates(["dataset", "place"])
    for place, rows in once[once["place"] > 0].groupby("place"):
        raw = [p_values[place, dataset] for dataset in rows["dataset"]]
        np.testing.assert_allclose(rows["p"], raw)
        np.testing.assert_allclose(rows["p_holm"], holm(raw))
    alone = table[table["place"].isna()].drop_duplicates(["dataset", "rung"])
    assert set(alone["rung"]) == {"one Gaussian", "kde"}
    assert alone[["gain", "p"]].isna().all(axis=None)
    assert (alone.loc[alone["rung"] == "one Gaussian", "skill"].abs() < 1e-9).all()


def told(plan, table):
    catalogue = plan.catalogue
    return ladders.section(table, catalogue.ladders["up"], catalogue.titles, 0.05)


def test_sentences_follow_the_numbers(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    content = told(plan, drawn(plan, cells, tmp_path / "as they are"))
    assert content["unit"] == "skill, %" and len(content["rungs"]) == 5
    for sentence, dataset in zip(content["sentences"], ("east", "west"), strict=True):
        assert sentence.startswith(f"On {dataset}, “many levels” gains most, 4")
        assert "points (p < 0.001); with 10 seeds the interval of a change" in sentence
        assert "loses" not in sentence
    assert content["headline"] == "most is gained by “many levels” on east and west"
    for metric in figure.MEASURED:
        for dataset in ("east", "west"):
            one, other = (metric, "mended", dataset), (metric, LEVELS, dataset)
            cells[one], cells[other] = cells[other], cells[one]
    content = told(plan, drawn(plan, cells, tmp_path / "swapped"))
    for sentence in content["sentences"]:
        assert re.search(r"“method” gains most, [78]\d points \(p < 0.001\) and “rate", sentence)
        assert re.search(r"“rate, of 1e-2” loses most, \d+ points \(p < 0.001\);", sentence)
    assert content["headline"] == "most is gained by “method” on east and west"


def test_samples_far_from_the_data_are_said_and_not_ranked(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    for dataset in ("east", "west"):
        cells["outside", LEVELS, dataset][:] = 0.6
    table = drawn(plan, cells, tmp_path)
    content = told(plan, table)
    assert "many levels" not in " ".join([content["headline"], *content["sentences"]])
    assert content["headline"].startswith("most is gained by “method”")
    knobs = job_of(plan, tmp_path, "figure_ladder", ladder="up").knobs
    assert texts(figure.draw(table, knobs)).count("60 % far") == 2
    cells["outside", LEVELS, "east"][:] = 0.4
    assert "“many levels” on east" in told(plan, drawn(plan, cells, tmp_path / "b"))["headline"]


def test_what_cannot_be_seen_is_the_median_width_over_tuned_rungs(values, tmp_path):
    plan = plan_of(values)
    table = drawn(plan, made_up(plan), tmp_path)
    once = table[table["place"] > 0].drop_duplicates(["dataset", "place"])
    widths = once.assign(half=(once["gain_high"] - once["gain_low"]) / 2)
    # Of the tuned rungs alone, so that a wide interval of another says nothing.
    groups = {1: "tuned", 2: "coursework", 3: "tuned", 4: "tuned"}
    for dataset, rows in widths.groupby("dataset"):
        half = rows.loc[rows["place"] != 2, "half"].median()
        said = ladders.sentence(dataset, rows, groups, 0.05)
        assert said.endswith(f"± {ladders.points(half)} points (median).")
        all_of_them = ladders.sentence(dataset, rows, dict.fromkeys(groups, "coursework"), 0.05)
        assert ladders.points(rows["half"].median()) in all_of_them


def test_equal_rungs_have_no_gain(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    rng = np.random.default_rng(1)
    for (_, model, _), scores in cells.items():
        if model in LEVELS_OF:
            scores[:] = 0.5 + 0.03 * rng.standard_normal(10)
    for sentence in told(plan, drawn(plan, cells, tmp_path))["sentences"]:
        assert "no change is decided by a test; with 10 seeds" in sentence


def test_of_one_seed_nothing_is_tested(values, tmp_path):
    values["seeds"] = 1
    plan = plan_of(values)
    table = drawn(plan, made_up(plan), tmp_path)
    assert table["p_holm"].isna().all() and table["skill"].notna().all()
    content = told(plan, table)
    assert content["sentences"] == [
        f"On {dataset} nothing is tested, which takes two seeds of two rungs."
        for dataset in ("east", "west")
    ]
    assert {row[3] for rung in content["rungs"] for row in rung["rows"]} == {"–"}


def test_without_a_gaussian_the_metric_itself_is_shown(values, tmp_path):
    values["models"]["gaussian"] = None
    plan = plan_of(values)
    cells = made_up(plan)
    table = drawn(plan, cells, tmp_path)
    assert set(table["unit"]) == {"mmd2_small"} and table["skill"].isna().all()
    row = table.query("dataset == 'west' and place == 1").iloc[0]
    broken, mended = (cells["mmd2_small", model, "west"] for model in ("broken", "mended"))
    assert row["gain"] == pytest.approx((broken - mended).mean())
    content = told(plan, table)
    assert content["unit"] == "MMD² × 10³"
    for sentence in content["sentences"]:
        assert (
            "“many levels” gains most, 4" in sentence and "× 10⁻³ of MMD² (p < 0.001)" in sentence
        )


def test_a_gaussian_that_varies_much_is_no_unit(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    cells["mmd2_small", "gaussian", "west"] *= np.linspace(0.1, 2, 10)
    table = drawn(plan, cells, tmp_path)
    units = table.groupby("dataset")["unit"].unique()
    assert units["east"] == ["skill"] and units["west"] == ["mmd2_small"]
    rows = told(plan, table)["rungs"][0]["rows"]
    assert not rows[0][1].startswith("MMD²") and rows[1][1].startswith("MMD² × 10³: ")


def test_of_fewer_seeds_none_is_said_to_have_diverged(values, tmp_path):
    values["ladders"]["up"]["seeds"] = 5
    table = drawn(plan_of(values), made_up(plan_of(values)), tmp_path)
    counts = table.drop_duplicates("model").set_index("model")[["n_seeds", "n_diverged"]]
    assert counts.loc[[RATE, LEVELS]].to_numpy().tolist() == [[5, 0], [5, 0]]
    assert counts.loc[["broken", "tuned", "kde"]].to_numpy().tolist() == [[10, 0]] * 3
    gains = table[table["model"] == LEVELS].iloc[0]
    assert gains["p"] < 0.05 and np.isfinite(gains["gain_low"])


def test_a_rung_whose_seeds_all_diverged_is_drawn_and_not_tested(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    for dataset in ("east", "west"):
        for metric in figure.MEASURED:
            cells[metric, RATE, dataset][:] = np.nan
    table = drawn(plan, cells, tmp_path)
    gone = table[table["model"] == RATE]
    assert (gone["n_diverged"] == 10).all() and gone["skill"].isna().all()
    assert table[table["model"] == LEVELS]["gain"].isna().all()
    content = told(plan, table)
    assert content["rungs"][2]["rows"][0][1:] == ["–", "–", "–", "–"]
    assert all("“method” gains most" in sentence for sentence in content["sentences"])


def test_what_lies_beyond_the_axis_is_written_at_its_end(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    cells["mmd2_small", "broken", "west"] += 50
    table = drawn(plan, cells, tmp_path)
    job = job_of(plan, tmp_path, "figure_ladder", ladder="up")
    east, west = figure.draw(table, job.knobs).axes
    said = {axes: texts(axes) for axes in (east, west)}
    mean = table.query("dataset == 'west' and place == 0")["skill"].iloc[0]
    assert f"{mean:.0f}".replace("-", "−") in said[west]
    assert west.get_xlim()[0] > -130 and east.get_xlim()[0] > -20
    gains = {text.get_text(): text for text in east.texts if text.get_text().startswith("+")}
    (decided,) = [text for label, text in gains.items() if label.startswith("+4")]
    assert decided.get_weight() == "bold"
