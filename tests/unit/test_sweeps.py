"""Sweeps: which cells they make, what they share with the study, and what is said of them."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from gen2d import config, jobs
from gen2d.figures import sweep as figure
from gen2d.metrics.statistics import holm, paired_test
from gen2d.report import sweeps
from gen2d.stages import figure_sweep

NAME = "dsm_noise_level"


@pytest.fixture
def values(root):
    values = yaml.safe_load((root / "config.yaml").read_text())
    values["sweeps"] = {
        NAME: {
            "model": "dsm_coursework",
            "key": "training.noise_level",
            "values": ["3e-2", 0.1],
            "datasets": ["spiral"],
        },
        "width": {"model": "dsm", "key": "network.hidden", "values": [[8], [16, 16]]},
        "n_train": {
            "model": "dsm_coursework",
            "key": "n_train",
            "values": [50, 2000],
            "datasets": ["spiral"],
        },
    }
    return values


def of_cell(study, stage, cell):
    given = {"dataset": cell.cell_dataset, "model": cell.cell_model, "seeds": "seeds0-9"}
    if stage == "data":
        del given["model"]
    return json.loads(jobs.spec(study, stage, **given))


def test_a_sweep_makes_the_cells_that_the_study_has_not(values):
    study = config.load(values)
    fine, own = study._swept[NAME]
    assert own == (0.1, "spiral", "spiral", "dsm_coursework")
    assert fine[:3] == (0.03, "spiral", "spiral")
    trained = of_cell(study, "train", fine)["model"]["training"]
    assert trained == {**of_cell(study, "train", own)["model"]["training"], "noise_level": 0.03}
    assert [cell.value for cell in study._swept["width"]] == 4 * [[8], [16, 16]]
    names = {cell.cell_model for cell in study._swept["width"]}
    assert names == {"dsm__network_hidden_8", "dsm__network_hidden_16x16"}


def test_swept_cells_are_none_of_the_study_s(values):
    study = config.load(values)
    plain = config.load({**values, "sweeps": None})
    for names in (jobs.model_names, jobs.dataset_names, jobs.names_with_density, jobs.noise_levels):
        assert names(study) == names(plain)
    assert jobs.spec(study, "collect") == jobs.spec(plain, "collect")
    assert jobs.spec(study, "explorer") == jobs.spec(plain, "explorer")


def test_numbers_of_points_share_reference_and_streams(values):
    study = config.load(values)
    few, own = study._swept["n_train"]
    assert own.cell_dataset == "spiral"
    assert of_cell(study, "data", few)["n_train"] == 50
    assert of_cell(study, "data", few)["dataset"] == of_cell(study, "data", own)["dataset"]
    few, own = (of_cell(study, "evaluate", cell)["inputs"] for cell in (few, own))
    assert few["reference"] == own["reference"]
    assert few["samples"] != own["samples"]


def test_floors_of_finite_data_are_swept_with_the_data(values):
    study = config.load(values)
    cells = jobs.sweep_cells(study, "n_train")
    found = [(c["model"], c["value"], c["cell_dataset"]) for c in cells if c["model"] != "kde"]
    few = "spiral__n_train_50"
    assert sorted(found, key=str) == [
        ("dsm_coursework", 2000, "spiral"),
        ("dsm_coursework", 50, few),
        ("resample", 2000, "spiral"),
        ("resample", 50, few),
        ("truth", None, "spiral"),
    ]
    floors = [c for c in jobs.sweep_cells(study, NAME) if c["value"] is None]
    assert [c["model"] for c in floors] == ["truth", "resample", "kde"]


def test_a_further_value_leaves_the_other_cells_alone(values):
    before = config.load(values)
    values["sweeps"][NAME]["values"].append(1)
    after = config.load(values)
    for old, new in zip(before._swept[NAME], after._swept[NAME][:2], strict=True):
        for stage in ("train", "sample", "evaluate"):
            assert of_cell(before, stage, old) == of_cell(after, stage, new)
    assert jobs.spec(before, "figure_sweep", sweep=NAME) != jobs.spec(
        after, "figure_sweep", sweep=NAME
    )
    assert jobs.spec(before, "figure_sweep", sweep="width") == jobs.spec(
        after, "figure_sweep", sweep="width"
    )
    assert jobs.spec(before, "report") != jobs.spec(after, "report")


def test_what_is_dropped_is_swept_no_more(values):
    values["models"]["dsm"] = None
    values["datasets"]["spiral"] = None
    values["sweeps"][NAME]["datasets"].append("pinwheel")
    study = config.load(values)
    assert set(study.sweeps) == {NAME}
    assert {cell.dataset for cell in study._swept[NAME]} == {"pinwheel"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "no_such"}, "model: expected one of dsm_coursework, "),
        ({"model": "kde"}, "model: expected one of dsm_coursework, "),
        ({"datasets": ["moons"]}, "datasets: expected one of checkerboard, "),
        ({"key": "training.noise"}, "key: expected a key of dsm_coursework; got training.noise"),
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
    study = config.load(values)
    rng = np.random.default_rng(0)
    levels = {0.03: 5.0, 0.1: 1.0, 1: 1.5}
    for cell in jobs.sweep_cells(study, NAME):
        level = levels.get(cell["value"], 0.0)
        rows = [
            ("spiral", cell["cell_model"], seed, metric, level + 0.1 * rng.standard_normal(), "")
            for seed in range(10)
            for metric in (*figure.METRICS, "sliced_wasserstein2")
        ]
        columns = ["dataset", "model", "seed", "metric", "value", "note"]
        path = tmp_path / f"{cell['cell_dataset']}-{cell['cell_model']}.csv"
        jobs_table = pd.DataFrame(rows, columns=columns)
        jobs_table.loc[0, "value"] = np.nan  # a seed that diverged
        made_by = of_cell(study, "evaluate", SimpleNamespace(**cell))["digest"]
        figure_sweep.files.write_table(path, jobs_table, spec=made_by, sealed=True)
    spec = json.loads(
        jobs.spec(study, "figure_sweep", sweep=NAME), object_hook=lambda s: namespace(s)
    )
    paths = {name: str(tmp_path / f"figure.{name}") for name in ("svg", "png")}
    figure_sweep.run(
        spec, str(tmp_path / "{dataset}-{model}.csv"), **paths, table=str(tmp_path / "figure.csv")
    )
    assert (tmp_path / "figure.svg").stat().st_size > 10_000
    return pd.read_csv(tmp_path / "figure.csv")


def namespace(section):
    from types import SimpleNamespace

    return SimpleNamespace(**section)


def test_the_figure_s_table_holds_every_seed(drawn):
    assert set(drawn["metric"]) == set(figure.METRICS)
    counts = drawn.groupby(["model", "metric"]).size().unstack()
    assert (counts.loc["dsm_coursework"] == 30).all()
    assert (counts.loc["truth"] == 10).all()
    one = drawn.query("model == 'dsm_coursework' and value == 1 and metric == 'mmd2_small'")
    assert one["mean"].iloc[0] == pytest.approx(one["score"].mean())


def test_switches_are_labelled_as_in_the_configuration():
    assert [jobs.label(value) for value in (True, False, 1, 0.03, [64, 64])] == [
        "true",
        "false",
        "1",
        "0.03",
        "[64, 64]",
    ]


def test_sentences_say_what_the_tests_decide(drawn, values):
    sweep = namespace(jobs.told_sweeps(config.load(values))[NAME])
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
    sweep = namespace(jobs.told_sweeps(config.load(values))[NAME])
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
    sweep = namespace(jobs.told_sweeps(config.load(values))[NAME])
    drawn["value"] = drawn["value"].replace(0.1, 0.2)
    content = sweeps.section(NAME, drawn, sweep, {"truth": "truth"}, 0.05)
    assert (content["own"], content["whose"]) == ("0.03", "the first value")


def test_equal_cells_are_told_apart_at_no_value(drawn):
    rng = np.random.default_rng(2)
    drawn["score"] = rng.standard_normal(len(drawn))
    found = sweeps.tests(
        drawn.assign(value=drawn["value"].astype(str)), "dsm_coursework", "0.1", "truth"
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
