"""Specs and digests: what an edit touches, and what it does not."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml

from gen2d import config, jobs


@pytest.fixture
def values(root):
    # Sweeps have tests of their own.
    return yaml.safe_load((root / "config.yaml").read_text()) | {"sweeps": None}


def specs(values):
    """The spec of every job of a study, by stage and cell."""
    study = config.load(values)
    cells = {
        "data": [
            {"dataset": d, "seeds": b} for d in study.datasets for b in jobs.seed_blocks(study)
        ],
        "reference": [{"dataset": d} for d in study.datasets],
        "exact": [{"dataset": d} for d in study.datasets],
        "fields": [{"dataset": d} for d in study.datasets],
        "explore": [{"model": m} for m in jobs.explored_names(study)],
        "figure_losses": [{"model": m} for m in jobs.model_names(study, trained_only=True)],
        "figure_samples": [{"model": m} for m in jobs.model_names(study)],
        "figure_fields": [{"model": m} for m in jobs.explored_names(study)],
        "figure_metrics": [{"metric": m} for m in jobs.metric_names(study)],
        "figure_split": [{"model": m} for m in jobs.split_names(study)],
        "figure_sweep": [{"sweep": name} for name in study.sweeps],
    }
    models = {
        "train": jobs.model_names(study, trained_only=True),
        "sample": jobs.model_names(study),
        "evaluate": jobs.model_names(study),
        "likelihood": jobs.stating_names(study),
        "split": jobs.split_names(study),
    }
    for stage, names in models.items():
        cells[stage] = [
            {"dataset": d, "model": m, "seeds": b}
            for d in study.datasets
            for m in names
            for b in jobs.seed_blocks(study)
        ]
    return {
        (stage, *cell.values()): jobs.spec(study, stage, **cell)
        for stage in jobs.STAGE_LIBRARIES
        for cell in cells.get(stage, [{}])
    }


def changed(before, after):
    """(stage, model) of the jobs whose specs differ or are new."""
    keys = {key for key in after if before.get(key) != after[key]}
    named = ("cnf", "dsm_coursework", "ebm_coursework")
    return {(key[0], next((part for part in key if part in named), "")) for key in keys}


AFTER_A_SAMPLE = {
    ("collect", ""),
    ("summary", ""),
    ("verdicts", ""),
    ("figure_metrics", ""),
    ("figure_cost", ""),
    ("figure_scores", ""),
    ("explorer", ""),
    ("report", ""),
}


def after_sampling(model):
    """What reads the samples of a model, directly or not."""
    stages = ["sample", "evaluate", "explore", "figure_fields", "figure_samples"]
    if model == "dsm_coursework":  # a score model: its error is split
        stages += ["split", "figure_split"]
    return {(stage, model) for stage in stages} | AFTER_A_SAMPLE


def test_blocks_cover_the_seeds(values):
    values.update(seeds=25, seeds_per_job=10)
    blocks = jobs.seed_blocks(config.load(values))
    assert blocks == ["seeds0-9", "seeds10-19", "seeds20-24"]
    assert [seed for block in blocks for seed in jobs.seeds_of(block)] == list(range(25))


def test_key_order_changes_nothing(values):
    def reversed_tree(tree):
        if not isinstance(tree, dict):
            return tree
        return {key: reversed_tree(value) for key, value in reversed(tree.items())}

    assert specs(values) == specs(reversed_tree(values))


def test_a_training_key_touches_its_model_alone(values):
    before = specs(values)
    values["models"]["dsm_coursework"]["training"]["learning_rate"] = 2e-3
    stages = ("train", "figure_losses", "likelihood")
    trained = {(stage, "dsm_coursework") for stage in stages}
    assert changed(before, specs(values)) == trained | after_sampling("dsm_coursework")


def test_a_sampling_key_does_not_retrain(values):
    before = specs(values)
    values["models"]["ebm_coursework"]["sampling"]["step"] = 1e-3
    assert changed(before, specs(values)) == after_sampling("ebm_coursework")


def test_a_device_touches_what_computes_with_torch(values):
    before = specs(values)
    values["device"] = "auto"
    after = specs(values)
    computed = ("data", "train", "sample", "likelihood", "split", "explore")
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
    sampling = values["models"]["dsm_coursework"]["sampling"]
    sampling["step"], sampling["init_sd"] = sampling["init_sd"], sampling["step"]
    assert ("sample", "dsm_coursework") in changed(before, specs(values))


def test_more_seeds_add_blocks_only(values):
    before = specs(values)
    values["seeds"] = 20
    after = specs(values)
    old = {key: spec for key, spec in after.items() if "seeds0-9" in key}
    assert old
    assert all(before[key] == spec for key, spec in old.items())
    assert any("seeds10-19" in key for key in after)


def test_groups_follow_from_method_and_name(values):
    models = {"a_coursework": "ebm", "b": "kde", "c": "gan", "d_coursework": "sm_defective"}
    values["models"] = {name: {"method": method} for name, method in models.items()}
    study = config.load(values)
    assert jobs.groups(study) == {
        "c": "tuned",
        "d_coursework": "defect variants",
        "a_coursework": "coursework",
        "b": "baselines",
    }
    assert jobs.model_names(study) == list(jobs.groups(study))
    assert jobs.baselines(study) == {"kde": "b"}


def test_metrics_of_densities_are_drawn_where_some_are_stated(values):
    values["models"] = {"gan": {"method": "gan"}}
    drawn = jobs.metric_names(config.load(values))
    of_samples = ["energy_distance", "mmd2_small", "mmd2_ladder", "total_variation", "off_support"]
    assert drawn == of_samples
    values["models"]["kde"] = {"method": "kde"}
    assert jobs.metric_names(config.load(values)) == [
        *drawn,
        "kl",
        "density_tv",
        "generalisation_gap",
    ]


def test_models_with_more_than_samples_are_explored(values):
    models = {"a": "gan", "b": "kde", "c": "truth", "d": "resample"}
    values["models"] = {name: {"method": method} for name, method in models.items()}
    assert jobs.explored_names(config.load(values)) == ["a", "b"]
    values["seeds"] = 25
    assert jobs.explored_seeds(config.load(values)) == list(range(10))
    values["seeds_per_job"] = 4
    assert jobs.explored_seeds(config.load(values)) == [0, 1, 2, 3]


def test_specs_are_canonical_json(values):
    for spec in specs(values).values():
        assert spec == json.dumps(json.loads(spec), sort_keys=True, separators=(",", ":"))


@pytest.fixture
def copied(root, tmp_path):
    """A copy of the package whose digests can be asked for after an edit."""
    shutil.copytree(root / "workflow/gen2d", tmp_path / "gen2d")

    def digests():
        code = (
            "from gen2d.jobs import code_digest as d\n"
            "for names in (('train', 'dsm'), ('train', 'ebm'), ('sample', 'baselines'),"
            " ('evaluate',)):\n"
            "    stage, *method = names\n"
            "    print(d(f'gen2d.stages.{stage}', *(f'gen2d.methods.{m}' for m in method)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return dict(zip(("dsm", "ebm", "baselines", "evaluate"), done.stdout.split(), strict=True))

    return tmp_path / "gen2d", digests


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("methods/ebm.py", {"ebm"}),
        ("networks.py", {"dsm", "ebm"}),
        ("methods/base.py", {"dsm", "ebm", "baselines"}),
        ("metrics/two_sample.py", {"evaluate"}),
        ("files.py", {"dsm", "ebm", "baselines", "evaluate"}),
        ("config/models.py", set()),
        ("errors.py", set()),
        ("figures/losses.py", set()),
    ],
)
def test_an_edit_touches_what_imports_it(copied, file, touched):
    package, digests = copied
    before = digests()
    source = package / file
    source.write_text(source.read_text() + "\nADDED = 1\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == touched


@pytest.mark.parametrize(
    "within",
    [
        "from mine.deep import SHIFT",
        "from .deep import SHIFT",
        "from . import deep; SHIFT = deep.SHIFT",
    ],
)
def test_what_a_plugin_imports_beside_it_counts(within, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/square.py").write_text("from mine.helper import SHIFT\n")
    (tmp_path / "mine/helper.py").write_text(f"{within}\n")

    def digest(shift):
        (tmp_path / "mine/deep.py").write_text(f"SHIFT = {shift}\n")
        jobs.code_digest.cache_clear()
        jobs._read_module.cache_clear()
        return jobs.code_digest("mine/square.py")

    assert digest(0) == digest("0  # none")
    assert digest(0) != digest(5)


def test_comments_docstrings_and_layout_do_not_count(copied):
    package, digests = copied
    before = digests()
    for source in package.rglob("*.py"):
        text = source.read_text().replace('"""', '"""Another word. ', 1)
        source.write_text(f"# a comment\n{text}\n\n\n# another\n")
    assert digests() == before


def test_parsing_imports_neither_torch_nor_numpy(root):
    code = (
        "import sys, yaml; from gen2d import config, jobs; "
        "study = config.load(yaml.safe_load(open('config.yaml'))); "
        "jobs.spec(study, 'train', 'spiral', 'ebm_coursework', 'seeds0-9'); "
        "print([m for m in ('torch', 'numpy', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={"PYTHONPATH": str(root / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
