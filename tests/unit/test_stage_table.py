"""The stage table: a row is a stage, and a file of the results is of one row and one cell."""

import json
from dataclasses import replace

import pytest
import yaml

from gen2d import config
from gen2d.plan import knobs
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Stage
from gen2d.plan.stages import STAGES
from studies import find, plan_of, without_sweeps


@pytest.fixture
def values(root):
    return without_sweeps(root)


COUNT = Stage(
    "count",
    rule="count_points",
    message="Counting the points of {dataset}",
    per=("dataset",),
    reads={"points": "data.points", "true": "reference.reference"},
    writes={"counts": "counts/{dataset}.csv"},
    knobs=knobs.DatasetKnobs,
    libraries=("numpy",),
)
TALLY = Stage(
    "tally",
    rule="tally",
    message="Adding up",
    reads={"counts": "count.counts", "all": "train"},
    writes={"tally": "tally.txt"},
    knobs=knobs.JobKnobs,
)


def test_a_stage_is_added_by_a_row(values):
    values |= {"seeds": 15, "datasets": {name: values["datasets"][name] for name in ("spiral",)}}
    values["models"] = {"dsm": {"method": "dsm_single"}, "truth": {"method": "truth"}}
    stages = {**STAGES, "count": COUNT, "tally": TALLY}
    plan = Plan(stages, config.load(values))
    assert [stage.name for stage, _ in plan.jobs([TALLY])][:1] == ["data"]
    assert {stage.name for stage, _ in plan.jobs([TALLY])} == {
        "data",
        "reference",
        "count",
        "train",
        "tally",
    }
    cell = {"dataset": "spiral"}
    counted = json.loads(plan.spec(COUNT, cell))
    blocks = [{**cell, "seeds": block} for block in ("seeds0-9", "seeds10-14")]
    assert counted["cell"] == cell and counted["stage"] == "count"
    assert counted["inputs"] == {
        "points": [[block, plan.digest(STAGES["data"], block)] for block in blocks],
        "true": [[cell, plan.digest(STAGES["reference"], cell)]],
    }
    tallied = json.loads(plan.spec(TALLY, {}))
    assert tallied["inputs"]["counts"] == [[cell, plan.digest(COUNT, cell)]]
    assert tallied["inputs"]["counts"][0][1] == counted["digest"]
    assert [c["model"] for c, _ in tallied["inputs"]["all"]] == ["dsm", "dsm"]
    read = {name: outputs for name, (_, outputs, _) in plan.inputs(TALLY, {}).items()}
    assert read["counts"] == ["counts", "counts_checksum"]
    assert read["all"] == ["weights", "snapshots", "losses", "losses_checksum"]

    edited = replace(COUNT, libraries=("numpy", "scipy"))
    again = Plan({**stages, "count": edited}, config.load(values))
    assert again.digest(edited, cell) != counted["digest"]
    assert again.digest(TALLY, {}) != tallied["digest"]
    assert again.digest(STAGES["data"], blocks[0]) == plan.digest(STAGES["data"], blocks[0])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("models/spiral/dms/seeds0-9.safetensors", "model: expected one of cnf, .*got dms"),
        ("metrics/spirl/dsm/seeds0-9.csv", "dataset: expected one of checker.*got spirl"),
        ("data/spiral/seeds0-8.npz", "seeds: expected one of seeds0-9; got seeds0-8"),
        ("figures/metrics-energy.svg", "metric: expected one of energy_.*got energy"),
        ("figures/sweep-points.svg", "sweep: expected one of n_train; got points"),
        ("figures/losses-truth.svg", "model: expected one of cnf, .*; got truth"),
        ("error_sources/spiral/cnf/seeds0-9.csv", "model: expected one of .*; got cnf"),
        ("histories/dsm__training_n_steps_850.npz", "model: .*got dsm__training"),
    ],
)
def test_a_target_of_no_cell_is_refused_in_one_line(root, target, words):
    plan = plan_of(yaml.safe_load((root / "config.yaml").read_text()))
    with pytest.raises(config.ConfigError, match=f"^results/{target}: {words}") as caught:
        plan.check_cell(*find(f"results/{target}"))
    assert len(str(caught.value).splitlines()) == 1


def test_targets_of_the_study_are_accepted_and_each_file_has_one_stage(root):
    plan, made = plan_of(yaml.safe_load((root / "config.yaml").read_text())), set()
    for stage, cell in plan.jobs(STAGES.values()):  # with those of sweeps
        plan.check_cell(stage, cell)
        for path in stage.outputs.values():
            made.add(path.format_map(cell))
            assert find(f"results/{path.format_map(cell)}") == (stage, cell)
    assert {path.partition(".csv")[2] for path in made if ".csv" in path} == {"", ".sha256"}
    assert "samples/checkerboard__n_train_200/dsm/seeds0-9.npz" in made
