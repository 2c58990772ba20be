"""Sweeps: which cells they make, what they share with the study, and what is said of them."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from gen2d import config
from gen2d.figures import sweep as figure
from gen2d.metrics.statistics import holm, paired_test
from gen2d.plan.sweeps import label
from gen2d.report.sections import sweeps
from studies import done, job_of, plan_of, spec_of, written

NAME = "dsm_noise_level"


@pytest.fixture
def values(root):
    values = yaml.safe_load((root / "config.yaml").read_text())
    values["sweeps"] = {
        NAME: {
            "model": "dsm_as_described",
            "key": "training.noise_level",
            "values": ["3e-2", 0.1],
            "datasets": ["spiral"],
        },
        "width": {"model": "dsm", "key": "network.hidden", "values": [[8], [16, 16]]},
        "n_train": {
            "model": "dsm_as_described",
            "key": "n_train",
            "values": [50, 2000],
            "datasets": ["spiral"],
        },
    }
    return values


def of_cell(plan, stage, cell):
    given = {"dataset": cell.cell_dataset, "model": cell.cell_model, "seeds": "seeds0-9"}
    return json.loads(spec_of(plan, stage, **given))


def swept(values, name=NAME):
    """A sweep as its figure and the report show it."""
    return plan_of(values).catalogue.sweeps[name]


def test_a_sweep_makes_the_cells_that_the_study_has_not(values):
    plan = plan_of(values)
    study = plan.catalogue.study
    fine, own = study.swept(NAME)
    assert own == (0.1, "spiral", "spiral", "dsm_as_described")
    assert fine[:3] == (0.03, "spiral", "spiral")
    trained, of_own = (
        of_cell(plan, "train", cell)["knobs"]["model"]["knobs"]["training"] for cell in (fine, own)
    )
    assert trained == {**of_own, "noise_level": 0.03}
    assert [cell.value for cell in study.swept("width")] == 4 * [[8], [16, 16]]
    names = {cell.cell_model for cell in study.swept("width")}
    assert names == {"dsm__network_hidden_8", "dsm__network_hidden_16x16"}


def test_swept_cells_are_none_of_the_study_s(values):
    plan, plain = plan_of(values), plan_of({**values, "sweeps": None})
    for names in ("models", "datasets", "with_density", "noise_levels"):
        assert getattr(plan.catalogue, names) == getattr(plain.catalogue, names)
    for stage in ("collect", "explorer"):
        assert spec_of(plan, stage) == spec_of(plain, stage)


def test_numbers_of_points_share_reference_and_streams(values):
    plan = plan_of(values)
    few, own = plan.catalogue.study.swept("n_train")
    assert own.cell_dataset == "spiral"
    data = [of_cell(plan, "data", cell)["knobs"] for cell in (few, own)]
    assert data[0]["n_train"] == 50
    assert data[0]["dataset"] == data[1]["dataset"]
    few, own = (of_cell(plan, "evaluate", cell)["inputs"] for cell in (few, own))
    assert few["reference"] == own["reference"]
    assert few["samples"] != own["samples"]


def test_floors_of_finite_data_are_swept_with_the_data(values):
    sweep = swept(values, "n_train")
    found = [
        (c.model, None if c.place is None else sweep.values[c.place], c.cell_dataset)
        for c in sweep.cells
        if c.model != "kde"
    ]
    few = "spiral__n_train_50"
    assert sorted(found, key=str) == [
        ("dsm_as_described", 2000, "spiral"),
        ("dsm_as_described", 50, few),
        ("resample", 2000, "spiral"),
        ("resample", 50, few),
        ("truth", None, "spiral"),
    ]
    floors = [c for c in swept(values).cells if c.place is None]
    assert [c.model for c in floors] == ["truth", "resample", "kde"]


def test_a_further_value_leaves_the_other_cells_alone(values):
    before = plan_of(values)
    values["sweeps"][NAME]["values"].append(1)
    after = plan_of(values)
    cells = [plan.catalogue.study.swept(NAME)[:2] for plan in (before, after)]
    for old, new in zip(*cells, strict=True):
        for stage in ("train", "sample", "evaluate"):
            assert of_cell(before, stage, old) == of_cell(after, stage, new)
    for name, same in ((NAME, False), ("width", True)):
        specs = [spec_of(plan, "figure_sweep", sweep=name) for plan in (before, after)]
        assert (specs[0] == specs[1]) == same
    assert spec_of(before, "report") != spec_of(after, "report")


def test_what_is_dropped_is_swept_no_more(values):
    values["models"]["dsm"] = None
    values["datasets"]["spiral"] = None
    values["sweeps"][NAME]["datasets"].append("pinwheel")
    study = config.load(values)
    assert set(study.sweeps) == {NAME}
    assert {cell.dataset for cell in study.swept(NAME)} == {"pinwheel"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "no_such"}, "model: expected one of dsm_as_described, "),
        ({"model": "kde"}, "model: expected one of dsm_as_described, "),
        ({"datasets": ["moons"]}, "datasets: expected one of checkerboard, "),
        ({"key": "training.noise"}, "key: expected a key of dsm_as_described; got training.noise"),
        ({"key": "sampling.step.size"}, "got sampling.step.size"),
        ({"key": "method"}, "expected n_train, or a key of"),
        ({"values": [0.1, -1]}, "values: training.noise_level: expected greater than 0; got -1"),
        ({"values": [0.1, "1e-1"]}, "values: expected each once"),
        ({"values": [0.1]}, "expected 2 or more entries"),
    ],
)
def test_what_cannot_be_swept_is_named_in_one_line(values, change, words):
    values["sweeps"][NAME] |= change
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: sweeps.{NAME}")
    assert words in line


@pytest.fixture
def drawn(values, tmp_path):
    """The table of a sweep of three values, the last a little and the first much worse."""
    values["sweeps"][NAME]["values"].append(1)
    plan = plan_of(values)
    rng = np.random.default_rng(0)
    levels = {0: 5.0, 1: 1.0, 2: 1.5}
    assert plan.catalogue.sweeps[NAME].values == [0.03, 0.1, 1]
    for cell in plan.catalogue.sweeps[NAME].cells:
        level = levels.get(cell.place, 0.0)
        rows = [
            ("spiral", cell.cell_model, seed, metric, level + 0.1 * rng.standard_normal(), "")
            for seed in range(10)
            for metric in (*figure.SHOWN, "sliced_wasserstein2")
        ]
        columns = ["dataset", "model", "seed", "metric", "value", "note"]
        table = pd.DataFrame(rows, columns=columns)
        table.loc[0, "value"] = np.nan  # a seed that diverged
        of_cell = {"dataset": cell.cell_dataset, "model": cell.cell_model, "seeds": "seeds0-9"}
        job_of(plan, tmp_path, "evaluate", **of_cell).write_table("metrics", table)
    job = done(plan, tmp_path, "figure_sweep", sweep=NAME)
    assert written(job, "svg").stat().st_size > 10_000
    return pd.read_csv(written(job, "table"))


def test_the_figure_s_table_holds_every_seed(drawn):
    assert set(drawn["metric"]) == set(figure.SHOWN)
    counts = drawn.groupby(["model", "metric"]).size().unstack()
    assert (counts.loc["dsm_as_described"] == 30).all()
    assert (counts.loc["truth"] == 10).all()
    one = drawn.query("model == 'dsm_as_described' and value == 1 and metric == 'mmd2_small'")
    assert one["mean"].iloc[0] == pytest.approx(one["score"].mean())


def test_switches_are_labelled_as_in_the_configuration():
    assert [label(value) for value in (True, False, 1, 0.03, [64, 64])] == [
        "true",
        "false",
        "1",
        "0.03",
        "[64, 64]",
    ]


def test_sentences_say_what_the_tests_decide(drawn, values):
    sweep = swept(values)
    assert sweep.labels == ["0.03", "0.1", "1"] and sweep.own == 1
    baselines = {"truth": "truth", "resample": "resample"}
    content = sweeps.section(NAME, drawn, sweep, baselines, 0.05)
    assert content["own"] == "0.1" and content["floors"] == ["resample"]
    (sentence,) = content["sentences"]
    assert sentence == (
        "On spiral, beside 0.1 it is higher at 0.03 and 1; "
        "it differs from fresh true points at every value."
    )
    assert [row[1] for row in content["rows"]] == ["0.03", "0.1", "1"]
    assert content["rows"][1][-2] == "–"  # not tested against itself
    assert content["whose"] == "the study's own value"


def test_of_a_value_whose_seeds_all_diverged_nothing_is_said(drawn, values):
    sweep = swept(values)
    gone = (drawn["model"] == sweep.model) & (drawn["place"] == 2)
    assert gone.any()
    scores = drawn["score"].mask(gone)
    content = sweeps.section(NAME, drawn.assign(score=scores), sweep, {"truth": "truth"}, 0.05)
    assert content["sentences"] == [
        "On spiral, beside 0.1 it is higher at 0.03; "
        "it differs from fresh true points at 0.03 and 0.1."
    ]


def test_where_the_study_has_no_value_the_first_is_compared_with(drawn, values):
    values["sweeps"][NAME]["values"] = [0.03, 0.2, 1]
    sweep = swept(values)
    drawn["value"] = drawn["value"].replace(0.1, 0.2)
    content = sweeps.section(NAME, drawn, sweep, {"truth": "truth"}, 0.05)
    assert (content["own"], content["whose"]) == ("0.03", "the first value")


def test_equal_cells_are_told_apart_at_no_value(drawn):
    rng = np.random.default_rng(2)
    drawn["score"] = rng.standard_normal(len(drawn))
    found = sweeps.tests(
        drawn.assign(value=drawn["value"].astype(str)), "dsm_as_described", "0.1", "truth"
    )
    (sentence,) = sweeps.sentences(found, "0.1", 0.05)
    assert "not different at 0.03 and 1.0" in sentence
    assert "fresh true points at 0.03, 0.1 and 1.0" in sentence


def test_p_values_are_adjusted_over_the_sweep():
    scores = np.random.default_rng(3).normal(size=(4, 6))
    scores[:3] += np.array([[0.5], [1.0], [2.0]])
    cells = [("dsm", "1"), ("dsm", "2"), ("dsm", "3"), ("truth", "")]
    table = pd.DataFrame(
        [
            ("spiral", *cell, seed, sweeps.JUDGED, score)
            for cell, of_cell in zip(cells, scores, strict=True)
            for seed, score in enumerate(of_cell)
        ],
        columns=["dataset", "model", "value", "seed", "metric", "score"],
    )
    found = sweeps.tests(table, "dsm", "1", "truth")
    to_truth = [paired_test(of_value, scores[3]).p_value for of_value in scores[:3]]
    to_own = [paired_test(of_value, scores[0]).p_value for of_value in scores[1:3]]
    np.testing.assert_allclose(found["p_truth"], holm(to_truth))
    np.testing.assert_allclose(found["p_own"], [np.nan, *holm(to_own)])


def test_axes_are_logarithmic_where_numbers_span_decades():
    assert figure.positions([0.03, 0.1, 1])[1]
    assert not figure.positions([1, 2, 3])[1]
    places, is_log = figure.positions([[8], [16, 16]])
    assert list(places) == [0, 1] and not is_log
