"""Ladders: which rungs and cells they make, what each changes, and what is said of them."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml

from gen2d import config
from gen2d.figures import ladder as figure
from gen2d.metrics.statistics import holm, paired_test, skill, t_interval
from gen2d.plan.stages import STAGES
from gen2d.report.sections import ladders
from studies import done, job_of, plan_of, spec_of, values_of, written

TINY = {"training": {"n_steps": 2, "log_every": 1}, "sampling": {"n_steps": 5}}
MODELS = {
    "broken": {"method": "sm_defective", **TINY, "group": "coursework"},
    "mended": {"method": "dsm", **TINY, "title": "Mended"},
    "tuned": {"method": "dsm_multilevel", "network": {"hidden": [8]}},
    **{name: {"method": name} for name in ("gaussian", "kde", "truth")},
}
DATASETS = {name: {"kind": "moons", "n_train": 40, "n_holdout": 30} for name in ("east", "west")}
RUNGS = [
    {"model": "broken"},
    {"name": "method", "changes": {"method": "dsm"}},
    {"name": "rate, of 1e-2", "changes": {"training": {"learning_rate": "1e-2"}}, "along": "luck"},
    {
        "name": "many levels",
        "changes": {"method": "dsm_multilevel", "sampling": {"sampler": "sde"}},
    },
    {"name": "the rest", "model": "tuned"},
]
RATE, LEVELS = "up__rate__of_1e_2", "up__many_levels"


@pytest.fixture
def values():
    return values_of(
        {name: dict(model) for name, model in MODELS.items()},
        seeds=10,
        datasets=DATASETS,
        ladders={"up": {"rungs": [dict(rung) for rung in RUNGS]}},
    )


def shown(values):
    return plan_of(values).catalogue.ladders["up"]


# --- the configuration ----------------------------------------------------------------------------


def test_rungs_follow_from_the_one_before(values):
    ladder = shown(values)
    assert ladder.datasets == ["east", "west"]
    assert [(rung.name, rung.model, rung.group, rung.along) for rung in ladder.rungs] == [
        ("broken", "broken", "coursework", ""),
        ("method", "mended", "tuned", ""),
        ("rate, of 1e-2", RATE, "tuned", "luck"),
        ("many levels", LEVELS, "tuned", ""),
        ("the rest", "tuned", "tuned", ""),
    ]
    study = config.load(values)
    rate, levels = study.model(RATE), study.model(LEVELS)
    assert rate == study.model("mended").model_copy(
        update={"title": "", "training": rate.training.model_copy(update={"learning_rate": 0.01})}
    )
    # A new method keeps what both have, drops what it has not, and takes its defaults.
    assert levels.training.learning_rate == 0.01 and levels.training.n_steps == 2
    assert levels.sampling.model_dump() == {"n_steps": 5, "sampler": "sde"}
    assert levels.training.lowest_noise_level == 0.02
    assert not hasattr(levels.training, "noise_level")


def test_what_a_rung_changes_is_found_by_comparing(values):
    first, method, rate, levels, rest = (
        [str(change) for change in rung.changes] for rung in shown(values).rungs
    )
    assert first == []
    assert method == ["method sm_defective → dsm", "no training.summed"]
    assert rate == ["training.learning_rate 0.001 → 0.01"]
    assert levels[0] == "method dsm → dsm_multilevel"
    assert set(levels[1:]) == {
        "training.stable_targets false",
        "training.lowest_noise_level 0.02",
        "training.highest_noise_level 10",
        "sampling.sampler sde",
        "no training.noise_level",
        "no sampling.step",
        "no sampling.init_sd",
    }
    assert set(rest) == {
        "network.hidden [64, 64] → [8]",
        "training.n_steps 2 → 5000",
        "training.learning_rate 0.01 → 0.001",
        "training.log_every 1 → 50",
        "sampling.n_steps 5 → 25",
        "sampling.sampler sde → ode",
    }


def test_a_model_has_the_name_of_its_title_or_of_its_own(values):
    values["ladders"]["up"]["rungs"][1] = {"model": "mended"}
    assert [rung.name for rung in shown(values).rungs[:2]] == ["broken", "Mended"]


def test_a_resolved_configuration_is_that_of_its_study(values):
    study = config.load(values)
    assert config.load(yaml.safe_load(config.to_yaml(study))) == study


def rungs(values, *, at=None, **change):
    """Changes a rung of the ladder, or puts one in where it says `insert`."""
    listed = values["ladders"]["up"]["rungs"]
    if "insert" in change:
        listed.insert(at, change["insert"])
    else:
        listed[at] = {key: v for key, v in {**listed[at], **change}.items() if v is not None}


ALIKE = {"name": "rate; of 1e-2", "changes": {"training": {"learning_rate": 0.5}}}


@pytest.mark.parametrize(
    ("at", "change", "words"),
    [
        (0, {"model": "none"}, "rungs: expected one of broken, mended, tuned as model; got 'none'"),
        (-1, {"model": "kde"}, "rungs: expected one of broken, mended, tuned as model; got 'kde'"),
        (2, {"model": "tuned"}, ".rungs.2: expected either model or changes; got both"),
        (2, {"changes": None}, ".rungs.2: expected either model or changes; got neither"),
        (2, {"name": None}, ".rungs.2: expected a name beside changes; got none"),
        (2, {"nmae": "x"}, ".rungs.2: expected one of the keys name, model, changes, along; got"),
        (2, {"changes": {"training": {"rate": 1}}}, "1e-2: training: expected one of the keys"),
        (2, {"changes": {"group": "tuned"}}, "expected keys that are computed with; got 'group'"),
        (2, {"changes": {"training": {"learning_rate": -1}}}, "learning_rate: expected greater"),
        (1, {"changes": {"method": "dsn"}}, "rungs: method: method: expected one of cnf, "),
        (2, {"changes": {"training": {"learning_rate": 1e-3}}}, "got the knobs of the rung before"),
        (2, {"changes": {}}, "rungs: rate, of 1e-2: expected a change; got the knobs of the rung"),
        (3, {"name": "method"}, "rungs: expected each name once; got 'method' twice"),
        (3, {"insert": ALIKE}, f"rungs: expected no entry named as a cell of it; got {RATE}"),
        (0, {"model": None, "name": "a", "changes": {}}, "expected a model as the first; got 'a'"),
        (-1, {"model": None, "name": "a", "changes": {}}, "expected a model as the last; got 'a'"),
    ],
)
def test_a_mistake_in_a_rung_is_named_in_one_line(values, at, change, words):
    rungs(values, at=at, **change)
    check_refused(values, words)


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ({"datasets": ["moons"]}, "datasets: expected one of east, west; got 'moons'"),
        ({"datasets": ["east", "east"]}, "datasets: expected each once; got ['east', 'east']"),
        ({"datasets": []}, "datasets: expected 1 or more entries"),
        ({"rungs": [{"model": "tuned"}]}, "rungs: expected 2 or more entries"),
        ({"rungs": []}, "rungs: expected 2 or more entries"),
        ({"rungs": "dsm"}, 'expected a valid list; got "dsm"'),
        ({"model": "dsm"}, "expected one of the keys datasets, rungs; got 'model'"),
    ],
)
def test_a_mistake_in_a_ladder_is_named_in_one_line(values, overlay, words):
    values["ladders"]["up"] |= overlay
    check_refused(values, words)


def test_a_cell_of_a_ladder_has_a_name_of_its_own(values):
    values["models"][LEVELS] = {"method": "truth"}
    check_refused(values, f"rungs: expected no entry named as a cell of it; got {LEVELS}")


def check_refused(values, words):
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("config: ladders.up") and words in line


def test_what_is_dropped_is_no_rung(values):
    study = config.load({**values, "models": {**values["models"], "mended": None}})
    assert [step.name for step in study.steps("up")][1] == "method"  # which it is by changes
    values["ladders"]["up"]["rungs"][1] = {"model": "mended"}
    study = config.load({**values, "models": {**values["models"], "mended": None}})
    assert [step.name for step in study.steps("up")][:2] == ["broken", "rate, of 1e-2"]
    for name in ("broken", "tuned"):
        dropped = {**values["models"], name: None}
        assert config.load({**values, "models": dropped}).ladders == {}
    for none in (None, {"up": None}):
        assert config.load({**values, "ladders": none}).ladders == {}
    values["ladders"]["up"]["datasets"] = ["west"]
    datasets = {**values["datasets"], "west": None}
    assert config.load({**values, "datasets": datasets}).ladders == {}
    values["ladders"]["up"]["datasets"].append("east")
    assert config.load({**values, "datasets": datasets}).ladders["up"].datasets == ["east"]


# --- the plan -------------------------------------------------------------------------------------


def test_a_ladder_plans_its_own_cells_and_no_others(values):
    values["ladders"]["up"]["datasets"] = ["west"]
    plan, plain = plan_of(values), plan_of({**values, "ladders": None})
    jobs, before = ({s.key(c) for s, c in p.jobs(STAGES.values())} for p in (plan, plain))
    cells = [("west", model, "seeds0-9") for model in (RATE, LEVELS)]
    own = {(stage, *cell) for stage in ("train", "sample", "evaluate") for cell in cells}
    assert jobs - before == own | {("figure_ladder", "up")} and before <= jobs
    assert plan.catalogue.models == plain.catalogue.models
    for stage in ("collect", "explorer"):
        assert spec_of(plan, stage) == spec_of(plain, stage)
    assert spec_of(plan, "report") != spec_of(plain, "report")


def test_a_rung_s_edit_leaves_the_rungs_before_it_alone(values):
    before = plan_of(values)
    rungs(values, at=3, changes={"method": "dsm_multilevel", "sampling": {"n_steps": 7}})
    after = plan_of(values)
    for model, stage, same in (
        (RATE, "sample", True),
        ("mended", "sample", True),
        (LEVELS, "train", True),
        (LEVELS, "sample", False),
    ):
        cell = {"dataset": "west", "model": model, "seeds": "seeds0-9"}
        specs = [spec_of(plan, stage, **cell) for plan in (before, after)]
        assert (specs[0] == specs[1]) == same, (model, stage)


def test_the_figure_reads_rungs_and_baselines(values):
    read = json.loads(spec_of(plan_of(values), "figure_ladder", ladder="up"))["inputs"]["metrics"]
    models = ["broken", "mended", RATE, LEVELS, "tuned", "gaussian", "kde"]
    found = [(cell["dataset"], cell["model"]) for cell, _ in read]
    assert found == [(dataset, model) for model in models for dataset in ("east", "west")]


# --- the figure's table ---------------------------------------------------------------------------

LEVELS_OF = {"broken": 0.9, "mended": 0.6, RATE: 0.58, LEVELS: 0.1, "tuned": 0.1}


def made_up(plan, seed=0):
    """Values [metric, model, dataset, seed] as if the cells had been measured."""
    rng = np.random.default_rng(seed)
    n_seeds = plan.catalogue.study.seeds
    levels = {**LEVELS_OF, "gaussian": 1.0, "kde": 0.2}
    return {
        (metric, model, dataset): level + 0.03 * rng.standard_normal(n_seeds)
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
            (block,) = plan.catalogue.blocks
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
    return ladders.section("up", table, catalogue.ladders["up"], catalogue.titles, 0.05)


def test_sentences_follow_the_numbers(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    content = told(plan, drawn(plan, cells, tmp_path / "as they are"))
    assert content["unit"] == "skill, %" and len(content["rungs"]) == 5
    for sentence, dataset in zip(content["sentences"], ("east", "west"), strict=True):
        assert sentence.startswith(f"On {dataset} “many levels” pays most, 4")
        assert "points (p < 0.001)" in sentence and "worse" not in sentence
        assert "; with 10 seeds, less than " in sentence
    for metric in figure.MEASURED:
        for dataset in ("east", "west"):
            one, other = (metric, "mended", dataset), (metric, LEVELS, dataset)
            cells[one], cells[other] = cells[other], cells[one]
    content = told(plan, drawn(plan, cells, tmp_path / "swapped"))
    for sentence in content["sentences"]:
        assert re.search(r"“method” pays most, [78]\d points", sentence)
        assert "“rate, of 1e-2” is shown worse than the rung before" in sentence


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
        assert said.endswith(f"less than {ladders.points(half)} points cannot be seen.")
        all_of_them = ladders.sentence(dataset, rows, dict.fromkeys(groups, "coursework"), 0.05)
        assert ladders.points(rows["half"].median()) in all_of_them


def test_equal_rungs_are_not_shown_to_pay(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    rng = np.random.default_rng(1)
    for (_, model, _), scores in cells.items():
        if model in LEVELS_OF:
            scores[:] = 0.5 + 0.03 * rng.standard_normal(10)
    for sentence in told(plan, drawn(plan, cells, tmp_path))["sentences"]:
        assert "no rung is shown to pay; with 10 seeds" in sentence


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
        assert "“many levels” pays most, 4" in sentence and "× 10⁻³ of MMD² (p < 0.001)" in sentence


def test_a_gaussian_that_varies_much_is_no_unit(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    cells["mmd2_small", "gaussian", "west"] *= np.linspace(0.1, 2, 10)
    table = drawn(plan, cells, tmp_path)
    units = table.groupby("dataset")["unit"].unique()
    assert units["east"] == ["skill"] and units["west"] == ["mmd2_small"]
    rows = told(plan, table)["rungs"][0]["rows"]
    assert not rows[0][1].startswith("MMD²") and rows[1][1].startswith("MMD² × 10³: ")


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
    assert all("“method” pays most" in sentence for sentence in content["sentences"])


def test_what_lies_beyond_the_axis_is_written_at_its_end(values, tmp_path):
    plan = plan_of(values)
    cells = made_up(plan)
    cells["mmd2_small", "broken", "west"] += 50
    table = drawn(plan, cells, tmp_path)
    job = job_of(plan, tmp_path, "figure_ladder", ladder="up")
    east, west = figure.draw(table, job.knobs).axes
    texts = {axes: [text.get_text() for text in axes.texts] for axes in (east, west)}
    mean = table.query("dataset == 'west' and place == 0")["skill"].iloc[0]
    assert f"{mean:.0f}".replace("-", "−") in texts[west]
    assert west.get_xlim()[0] > -130 and east.get_xlim()[0] > -20
    gains = {text.get_text(): text for text in east.texts if text.get_text().startswith("+")}
    (decided,) = [text for label, text in gains.items() if label.startswith("+4")]
    assert decided.get_weight() == "bold"
