"""Specs: what each job is told, and which of them an edit of the configuration touches."""

import json
import shutil
from dataclasses import replace

import pytest

from gen2d import config
from gen2d.job import Job
from gen2d.plan import code
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Shown
from gen2d.plan.stages import STAGES
from gen2d.storage.digests import canonical, digest
from gen2d.storage.errors import JobError
from studies import plan_of, spec_of, specs_of, values_of, without_sweeps


@pytest.fixture
def values(root):
    return without_sweeps(root)


def specs(values):
    """The spec of every job of a study, by stage and cell."""
    return specs_of(plan_of(values))


def changed(before, after):
    """(stage, model) of the jobs whose specs differ or are new."""
    keys = {key for key in after if before.get(key) != after[key]}
    named = ("cnf", "dsm_as_described", "ebm_as_described")
    return {(key[0], next((part for part in key if part in named), "")) for key in keys}


AFTER_AN_EDIT = {("config", ""), ("report", "")}
AFTER_A_SAMPLE = {
    *AFTER_AN_EDIT,
    ("collect", ""),
    ("summary", ""),
    ("verdicts", ""),
    ("causes", ""),
    ("figure_metrics", ""),
    ("figure_hero", ""),
    ("figure_errors", ""),
    ("figure_densities", ""),
    ("figure_learning", "dsm_as_described"),
    ("figure_samples", ""),
    ("figure_cost", ""),
    ("figure_scores", ""),
    ("figure_gaps", ""),
    ("figure_error_sources", ""),
    ("explorer_page", ""),
}


def after_sampling(model):
    """What reads the samples of a model, directly or not."""
    stages = ["sample", "evaluate", "record_history", "figure_fields"]
    if model == "dsm_as_described":  # a score model: its error is split
        stages.append("error_sources")
    chains = set()
    if model.endswith("_as_described"):  # whose chains are followed
        stages, chains = [*stages, "trace"], {("figure_chains", "")}
    return {(stage, model) for stage in stages} | chains | AFTER_A_SAMPLE


def test_key_order_changes_nothing(values):
    def reversed_tree(tree):
        if not isinstance(tree, dict):
            return tree
        return {key: reversed_tree(value) for key, value in reversed(tree.items())}

    assert specs(values) == specs(reversed_tree(values))


def test_a_training_key_touches_its_model_alone(values):
    before = specs(values)
    values["models"]["dsm_as_described"]["training"]["learning_rate"] = 2e-3
    stages = ("train", "figure_losses", "likelihood")
    trained = {(stage, "dsm_as_described") for stage in stages}
    assert changed(before, specs(values)) == trained | after_sampling("dsm_as_described")


def test_a_sampling_key_does_not_retrain(values):
    before = specs(values)
    values["models"]["ebm_as_described"]["sampling"]["step"] = 1e-3
    assert changed(before, specs(values)) == after_sampling("ebm_as_described")


def test_a_device_touches_what_computes_with_torch(values):
    before = specs(values)
    values["device"] = "auto"
    after = specs(values)
    computed = ("data", "train", "sample", "likelihood", "error_sources", "record_history")
    touched = {(key[0], model) for key in after if before[key] != after[key] for model in key[1:]}
    touched = {(stage, m) for stage, m in touched if stage in computed and m in values["models"]}
    without = {"gaussian", "kde", "resample", "truth"}
    assert {stage for stage, _ in touched} == set(computed) - {"data"}
    assert {m for stage, m in touched if stage == "sample"} == set(values["models"]) - without
    assert not any(model in without for _, model in touched)


def test_a_density_is_measured_anew_after_training_alone(values):
    before = specs(values)
    values["models"]["cnf"]["sampling"]["n_steps"] = 10
    assert changed(before, specs(values)) == after_sampling("cnf")
    values["models"]["cnf"]["training"]["n_steps"] = 10
    assert ("likelihood", "cnf") in changed(before, specs(values))


def test_swapped_values_are_noticed(values):
    before = specs(values)
    sampling = values["models"]["dsm_as_described"]["sampling"]
    sampling["step"], sampling["init_sd"] = sampling["init_sd"], sampling["step"]
    assert ("sample", "dsm_as_described") in changed(before, specs(values))


def test_more_seeds_add_blocks_only(values):
    before = specs(values)
    values["seeds"] = 20
    after = specs(values)
    old = {key: spec for key, spec in after.items() if "seeds0-9" in key}
    assert old
    assert all(before[key] == spec for key, spec in old.items())
    assert any("seeds10-19" in key for key in after)


def test_specs_are_canonical_json(values):
    for spec in specs(values).values():
        assert spec == json.dumps(json.loads(spec), sort_keys=True, separators=(",", ":"))


def test_words_and_resources_are_in_no_spec(values):
    shown = Shown("Elsewhere", {})
    other = {"rule": "other", "message": "Other words", "caption": "Others", "shown": shown}
    other |= {"memory": 9000, "minutes": 9, "retried_with_more": True, "priority": 9}
    other |= {"group": "others", "local": True, "target": "others", "log": "others"}
    stages = {name: replace(stage, **other) for name, stage in STAGES.items()}
    assert specs_of(Plan(stages, config.load(values))) == specs(values)


def test_an_asset_is_in_the_specs_of_its_stage_alone(tmp_path, monkeypatch, values):
    shutil.copytree(code.ROOT, tmp_path / "gen2d")
    monkeypatch.setattr(code, "ROOT", tmp_path / "gen2d")
    code.forget()
    before = specs(values)
    with open(tmp_path / "gen2d/report/study.typ", "a") as stream:
        stream.write("\n")
    code.forget()
    after = specs(values)
    monkeypatch.undo()
    code.forget()
    assert {key for key in before if before[key] != after[key]} == {("report",)}


def test_a_job_refuses_a_spec_that_was_changed_on_its_way(tmp_path):
    """Which is more than an argument of a process may hold, 128 KiB."""
    models = [f"m{i}" for i in range(30_000)]
    content = json.loads(spec_of(plan_of(values_of({"truth": {"method": "truth"}})), "summary"))
    content["knobs"]["models"] = models
    content["digest"] = digest(content)
    spec = canonical(content)
    assert len(spec) > 200_000
    assert Job(spec, tmp_path).knobs.models == models
    for place in (5, spec.index('"m2'), len(spec) // 2, spec.index('"confidence":0.95') + 10):
        damaged = f"{spec[:place]}{chr(ord(spec[place]) ^ 1)}{spec[place + 1 :]}"
        assert len(damaged) == len(spec) and damaged != spec
        with pytest.raises(JobError, match=r"^spec: expected ") as caught:
            Job(damaged, tmp_path)
        assert len(str(caught.value).splitlines()) == 1
    for damaged in ("", "[]", "{}", spec[:-1], "null", '{"digest":1}'):
        with pytest.raises(JobError, match=r"^spec: expected "):
            Job(damaged, tmp_path)
