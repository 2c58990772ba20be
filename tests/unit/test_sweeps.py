"""Sweeps: which cells they make, what they share with the study, and what is refused."""

import json

import pytest
import yaml

from gen2d import config
from gen2d.plan.stages import STAGES
from gen2d.plan.sweeps import label
from studies import plan_of, spec_of

NAME, SHORT = "noise", "dsm_as_described__training_noise_level_0p03"


@pytest.fixture
def values(root):
    values = yaml.safe_load((root / "config.yaml").read_text())
    values["sweeps"] = {
        NAME: {
            "models": ["dsm_as_described", "dsm_as_run"],
            "key": "training.noise_level",
            "values": ["3e-2", 0.1],
            "datasets": ["spiral"],
        },
        "width": {"models": ["dsm"], "key": "network.hidden", "values": [[8], [16, 16]]},
        "n_train": {
            "models": ["dsm", "gan"],
            "key": "n_train",
            "values": [50, 2000],
            "datasets": ["spiral"],
        },
        "steps": {
            "models": ["dsm", "cnf", "gan"],
            "key": "training.n_steps",
            "factors": [0.5, 1],
            "datasets": ["spiral"],
        },
        "sampler": {"models": ["dsm", "cnf"], "key": "sampling.n_steps", "factors": [0.3, 1]},
    }
    return values


def of_cell(plan, stage, cell):
    given = {"dataset": cell.cell_dataset, "model": cell.cell_model, "seeds": "seeds0-9"}
    return json.loads(spec_of(plan, stage, **given))


def swept(values, name=NAME):
    """A sweep as its figure and the report show it."""
    return plan_of(values).catalogue.sweeps[name]


def jobs_of(plan, stage, sweep):
    """The cells that the jobs of a stage that a sweep's figure needs have."""
    name = {"evaluate": "metrics", "likelihood": "likelihood"}[stage]
    read = plan.inputs(STAGES["figure_sweep"], {"sweep": sweep})
    cells = read[name][2] if name in read else []
    return [(cell["dataset"], cell["model"]) for cell in cells]


def test_a_sweep_makes_the_cells_that_the_study_has_not(values):
    plan = plan_of(values)
    study = plan.catalogue.study
    fine, own, other, _ = study.swept(NAME)
    assert own == (1, 0.1, "spiral", "dsm_as_described", "spiral", "dsm_as_described")
    assert fine == (0, 0.03, "spiral", "dsm_as_described", "spiral", SHORT)
    assert other.cell_model == SHORT.replace("described", "run")
    trained, of_own = (
        of_cell(plan, "train", cell)["knobs"]["model"]["knobs"]["training"] for cell in (fine, own)
    )
    assert trained == {**of_own, "noise_level": 0.03}
    assert [cell.value for cell in study.swept("width")] == 4 * [[8], [16, 16]]
    names = {cell.cell_model for cell in study.swept("width")}
    assert names == {"dsm__network_hidden_8", "dsm__network_hidden_16x16"}


def test_factors_are_multiples_of_each_model_s_own_number(values):
    sweep = swept(values, "steps")
    assert (sweep.labels, sweep.values, sweep.is_multiple) == (["0.5", "1"], [0.5, 1.0], True)
    own = {(c.model, c.place): (c.value, c.cell_model) for c in sweep.cells}
    assert own["dsm", 0] == ("1700", "dsm__training_n_steps_1700")
    assert own["gan", 0] == ("4000", "gan__training_n_steps_4000")
    assert own["cnf", 1] == ("3400", "cnf")
    sampler = swept(values, "sampler").cells
    assert {(c.model, c.value) for c in sampler if c.place == 0} >= {("dsm", "6"), ("cnf", "7")}


def test_swept_cells_are_none_of_the_study_s(values):
    plan, plain = plan_of(values), plan_of({**values, "sweeps": None})
    for names in ("models", "datasets", "with_density", "noise_levels"):
        assert getattr(plan.catalogue, names) == getattr(plain.catalogue, names)
    for stage in ("collect", "explorer_page"):
        assert spec_of(plan, stage) == spec_of(plain, stage)


def test_numbers_of_points_share_reference_and_streams(values):
    plan = plan_of(values)
    few, own, *_ = plan.catalogue.study.swept("n_train")
    assert own.cell_dataset == "spiral"
    data = [of_cell(plan, "data", cell)["knobs"] for cell in (few, own)]
    assert data[0]["n_train"] == 50
    assert data[0]["dataset"] == data[1]["dataset"]
    few, own = (of_cell(plan, "evaluate", cell)["inputs"] for cell in (few, own))
    assert few["reference"] == own["reference"]
    assert few["samples"] != own["samples"]


def test_baselines_are_swept_with_the_data_but_for_the_truth(values):
    found = [(c.model, c.value, c.cell_dataset) for c in swept(values, "n_train").cells]
    few = "spiral__n_train_50"
    models = ("dsm", "gan", "gaussian", "kde", "resample")
    assert sorted(found) == sorted(
        [(model, *at) for model in models for at in (("50", few), ("2000", "spiral"))]
        + [("truth", "50", "spiral"), ("truth", "2000", "spiral")]
    )
    beside = {(c.model, c.cell_dataset, c.cell_model) for c in swept(values).cells}
    assert ("kde", "spiral", "kde") in beside and ("truth", "spiral", "truth") in beside


def test_densities_are_learned_anew_where_the_key_touches_them(values):
    plan = plan_of(values)
    few = "spiral__n_train_50"
    assert sorted(jobs_of(plan, "likelihood", "n_train")) == [  # neither Gaussian nor gan
        ("spiral", "dsm"),
        ("spiral", "kde"),
        (few, "dsm"),
        (few, "kde"),
    ]
    found = {model for _, model in jobs_of(plan, "likelihood", "steps")}
    assert found == {
        "dsm",
        "dsm__training_n_steps_1700",
        "cnf",
        "cnf__training_n_steps_1700",
        "kde",
    }
    assert jobs_of(plan, "likelihood", NAME) == []  # one noise level determines no density
    assert jobs_of(plan, "likelihood", "sampler") == []
    assert ("spiral", SHORT) in jobs_of(plan, "evaluate", NAME)
    keys = [stage.key(cell) for stage, cell in plan.jobs(STAGES.values())]
    assert ("likelihood", "spiral", "dsm__training_n_steps_1700", "seeds0-9") in keys
    assert not [key for key in keys if key[0] == "likelihood" and key[2] in (SHORT, "gan")]


def test_what_differs_in_sampling_alone_is_trained_once(values):
    plan = plan_of(values)
    fast, own, *_ = [c for c in plan.catalogue.study.swept("sampler") if c.dataset == "spiral"]
    assert fast.cell_model == "dsm__sampling_n_steps_6"
    weights = [of_cell(plan, "sample", cell)["inputs"]["weights"] for cell in (fast, own)]
    assert weights[0] == weights[1]
    jobs = plan.jobs(STAGES.values())
    trained = {cell["model"] for stage, cell in jobs if stage.name == "train"}
    assert "dsm__training_n_steps_1700" in trained
    assert not [name for name in trained if "sampling" in name]


def test_a_further_value_leaves_the_other_cells_alone(values):
    before = plan_of(values)
    values["sweeps"][NAME]["values"].append(1)
    after = plan_of(values)
    old_cells, new_cells = (
        {(c.model, c.place): c for c in plan.catalogue.study.swept(NAME)}
        for plan in (before, after)
    )
    for key, old in old_cells.items():
        for stage in ("train", "sample", "evaluate"):
            assert of_cell(before, stage, old) == of_cell(after, stage, new_cells[key])
    for name, same in ((NAME, False), ("width", True)):
        specs = [spec_of(plan, "figure_sweep", sweep=name) for plan in (before, after)]
        assert (specs[0] == specs[1]) == same
    assert spec_of(before, "report") != spec_of(after, "report")


def test_what_is_dropped_is_swept_no_more(values):
    values["models"]["dsm"] = values["models"]["dsm_as_run"] = None
    values["models"]["oracle"] = values["datasets"]["spiral"] = None
    values["sweeps"][NAME]["datasets"].append("pinwheel")
    study = config.load(values)
    assert set(study.sweeps) == {NAME, "sampler"}
    assert {(c.dataset, c.model) for c in study.swept(NAME)} == {("pinwheel", "dsm_as_described")}
    assert study.sweeps["sampler"].models == ["cnf"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "dsm"}, "expected models, a list such as [dsm, cnf]; got model, dsm"),
        ({"models": "dsm"}, 'models: expected a valid list; got "dsm"'),
        ({"models": ["no_such"]}, "models: expected one of dsm_as_run, "),
        ({"models": ["dsm", "kde"]}, "models: expected one of dsm_as_run, "),
        ({"models": ["dsm_as_described", "dsm_as_described"]}, "models: expected each once"),
        (
            {"models": ["dsm_as_described", "cnf"]},
            "key: expected a key of cnf; got training.noise_l",
        ),
        ({"datasets": ["moons"]}, "datasets: expected one of checkerboard, "),
        ({"key": "training.noise"}, "key: expected a key of dsm_as_described; got training.noise"),
        ({"key": "sampling.step.size"}, "got sampling.step.size"),
        ({"key": "method"}, "expected n_train, or a key of"),
        ({"values": [0.1, -1]}, "values: training.noise_level: expected greater than 0; got -1"),
        ({"values": [0.1, "1e-1"]}, "values: expected each once"),
        ({"values": [0.1]}, "expected 2 or more entries"),
        ({"values": None}, "expected values or factors; got neither"),
        ({"factors": [1, 2]}, "expected values or factors; got both"),
        ({"values": None, "factors": [1, 0]}, "expected greater than 0; got 0"),
        (
            {"values": None, "factors": [1, 2], "key": "network.hidden"},
            "factors: expected a key that holds a number; got network.hidden, [64, 64]",
        ),
    ],
)
def test_what_cannot_be_swept_is_named_in_one_line(values, change, words):
    values["sweeps"][NAME] |= change
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: sweeps.{NAME}")
    assert words in line


def test_values_are_labelled_as_people_read_them():
    values = (True, False, 1, 2000, 20_000, 0.03, [64, 64])
    assert [label(value) for value in values] == [
        "true",
        "false",
        "1",
        "2000",
        "20,000",
        "0.03",
        "[64, 64]",
    ]
