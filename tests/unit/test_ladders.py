"""Ladders: which rungs and cells they make, what each changes, and which jobs that plans."""

import json

import pytest
import yaml

from gen2d import config
from gen2d.plan.stages import STAGES
from rungs import LEVELS, RATE, laddered
from studies import plan_of, spec_of


@pytest.fixture
def values():
    return laddered()


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
    assert method == ["method sm_single → dsm_single", "no training.summed"]
    assert rate == ["training.learning_rate 0.001 → 0.01"]
    assert levels[0] == "method dsm_single → dsm_multilevel"
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
        (1, {"changes": {"method": "kde"}}, "rungs: method: method: expected one of cnf, "),
        (1, {"changes": {"method": ["dsm"]}}, "method: expected one of cnf, "),
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
        ({"model": "dsm"}, "expected one of the keys datasets, seeds, rungs; got 'model'"),
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
    for stage in ("collect", "explorer_page"):
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


def test_a_ladder_may_train_fewer_seeds_than_the_study(values):
    """A rung whose training the study has anyway has all of them."""
    rungs(values, at=2, insert={"name": "steps", "changes": {"sampling": {"n_steps": 9}}})
    values["ladders"]["up"]["seeds"] = 5
    read = json.loads(spec_of(plan_of(values), "figure_ladder", ladder="up"))["inputs"]["metrics"]
    blocks = {(cell["model"], cell["seeds"]) for cell, _ in read}
    own = {(RATE, "seeds0-4"), (LEVELS, "seeds0-4")}
    of_study = ("broken", "mended", "up__steps", "tuned", "gaussian", "kde")
    assert blocks == own | {(model, "seeds0-9") for model in of_study}
    jobs = {stage.key(cell) for stage, cell in plan_of(values).jobs(STAGES.values())}
    assert {key for key in jobs if key[-1] == "seeds0-4"} == {
        *(("data", dataset, "seeds0-4") for dataset in ("east", "west")),
        *(
            (stage, dataset, model, "seeds0-4")
            for stage in ("train", "sample", "evaluate")
            for dataset in ("east", "west")
            for model in (RATE, LEVELS)
        ),
    }
    assert not any(key[0] == "train" and "up__steps" in key for key in jobs)
    values["seeds"] = 4  # at most those of the study
    read = json.loads(spec_of(plan_of(values), "figure_ladder", ladder="up"))["inputs"]["metrics"]
    assert {cell["seeds"] for cell, _ in read} == {"seeds0-3"}
