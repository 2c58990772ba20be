"""The plan: which jobs a study has, what each is told, and what an edit touches."""

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from itertools import product

import pytest
import yaml

from gen2d import config
from gen2d.config import DATASETS, METHODS
from gen2d.job import Job
from gen2d.plan import code, knobs
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Shown, Stage
from gen2d.plan.stages import STAGES
from gen2d.storage.digests import canonical, digest
from gen2d.storage.errors import JobError
from studies import find, plan_of, spec_of, specs_of, values_of


@pytest.fixture
def values(root):
    # Sweeps have tests of their own.
    return yaml.safe_load((root / "config.yaml").read_text()) | {"sweeps": None}


def specs(values):
    """The spec of every job of a study, by stage and cell."""
    return specs_of(plan_of(values))


def test_every_stage_has_a_job_for_each_of_its_cells(values):
    values["seeds"], values["seeds_per_job"] = 15, 10
    plan = plan_of(values)
    catalogue, blocks = plan.catalogue, ["seeds0-9", "seeds10-14"]
    datasets = sorted(values["datasets"])
    cells = {
        "data": product(datasets, blocks),
        "reference": product(datasets),
        "exact": product(datasets),
        "fields": product(datasets),
        "explore": product(catalogue.explored),
        "figure_losses": product(catalogue.trained),
        "figure_samples": product(catalogue.models),
        "figure_fields": product(catalogue.explored),
        "figure_metrics": product(catalogue.metrics),
        "figure_split": product(catalogue.score_models),
        "figure_sweep": [],
        "train": product(datasets, catalogue.trained, blocks),
        "sample": product(datasets, catalogue.models, blocks),
        "evaluate": product(datasets, catalogue.models, blocks),
        "likelihood": product(datasets, catalogue.with_likelihood, blocks),
        "split": product(datasets, catalogue.score_models, blocks),
    }
    expected = {(stage, *cell) for stage in STAGES for cell in cells.get(stage, [()])}
    jobs = [stage.key(cell) for stage, cell in plan.jobs(STAGES.values())]
    assert set(jobs) == expected and len(jobs) == len(expected)
    assert set(catalogue.models) == set(values["models"])


def test_a_job_comes_after_those_that_it_reads(values):
    plan, seen = plan_of(values), set()
    for stage, cell in plan.jobs([STAGES["report"], STAGES["verdicts"]]):
        for upstream, _, cells in plan.inputs(stage, cell).values():
            assert {upstream.key(one) for one in cells} <= seen
        for timed in stage.times:
            assert {STAGES[timed].key(c) for c in STAGES[timed].cells(plan.catalogue)} <= seen
        seen.add(stage.key(cell))
    assert ("report",) in seen and not any(key[0] == "explorer" for key in seen)


def changed(before, after):
    """(stage, model) of the jobs whose specs differ or are new."""
    keys = {key for key in after if before.get(key) != after[key]}
    named = ("cnf", "dsm_coursework", "ebm_coursework")
    return {(key[0], next((part for part in key if part in named), "")) for key in keys}


AFTER_AN_EDIT = {("config", ""), ("report", "")}
AFTER_A_SAMPLE = {
    *AFTER_AN_EDIT,
    ("collect", ""),
    ("summary", ""),
    ("verdicts", ""),
    ("figure_metrics", ""),
    ("figure_cost", ""),
    ("figure_scores", ""),
    ("explorer", ""),
}


def after_sampling(model):
    """What reads the samples of a model, directly or not."""
    stages = ["sample", "evaluate", "explore", "figure_fields", "figure_samples"]
    if model == "dsm_coursework":  # a score model: its error is split
        stages += ["split", "figure_split"]
    return {(stage, model) for stage in stages} | AFTER_A_SAMPLE


def test_blocks_cover_the_seeds(values):
    values.update(seeds=25, seeds_per_job=10)
    catalogue = plan_of(values).catalogue
    assert catalogue.blocks == ["seeds0-9", "seeds10-19", "seeds20-24"]
    found = [seed for block in catalogue.blocks for seed in catalogue.seeds(block)]
    assert found == list(range(25))


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
    catalogue = plan_of(values).catalogue
    assert list(catalogue.groups.items()) == [
        ("c", "tuned"),
        ("d_coursework", "defect variants"),
        ("a_coursework", "coursework"),
        ("b", "baselines"),
    ]
    assert catalogue.models == list(catalogue.groups)
    assert catalogue.baselines == {"kde": "b"}


def test_metrics_of_densities_are_drawn_where_some_are_stated(values):
    values["models"] = {"gan": {"method": "gan"}}
    drawn = plan_of(values).catalogue.metrics
    of_samples = ["energy_distance", "mmd2_small", "mmd2_ladder", "total_variation", "off_support"]
    assert drawn == of_samples
    values["models"]["kde"] = {"method": "kde"}
    assert plan_of(values).catalogue.metrics == [
        *drawn,
        "kl",
        "density_tv",
        "generalisation_gap",
    ]


def test_models_with_more_than_samples_are_explored(values):
    models = {"a": "gan", "b": "kde", "c": "truth", "d": "resample"}
    values["models"] = {name: {"method": method} for name, method in models.items()}
    assert plan_of(values).catalogue.explored == ["a", "b"]
    values["seeds"] = 25
    assert plan_of(values).catalogue.explored_seeds == list(range(10))
    values["seeds_per_job"] = 4
    assert plan_of(values).catalogue.explored_seeds == [0, 1, 2, 3]


def test_specs_are_canonical_json(values):
    for spec in specs(values).values():
        assert spec == json.dumps(json.loads(spec), sort_keys=True, separators=(",", ":"))


@pytest.fixture
def copied(root, tmp_path):
    """A copy of the package whose digests can be asked for after an edit."""
    shutil.copytree(root / "workflow/gen2d", tmp_path / "gen2d")

    def digests():
        code = (
            "from gen2d.plan.code import code_digest as d\n"
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
        ("networks/point_network.py", {"dsm", "ebm"}),
        ("methods/base.py", {"dsm", "ebm", "baselines"}),
        ("metrics/two_sample.py", {"evaluate"}),
        ("storage/files.py", {"dsm", "ebm", "baselines", "evaluate"}),
        ("job.py", {"dsm", "ebm", "baselines", "evaluate"}),
        ("plan/knobs.py", set()),
        ("config/models.py", set()),
        ("storage/errors.py", set()),
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
        code.forget()
        return code.code_digest("mine/square.py")

    assert digest(0) == digest("0  # none")
    assert digest(0) != digest(5)


def test_comments_docstrings_and_layout_do_not_count(copied):
    package, digests = copied
    before = digests()
    for source in package.rglob("*.py"):
        text = source.read_text().replace('"""', '"""Another word. ', 1)
        source.write_text(f"# a comment\n{text}\n\n\n# another\n")
    assert digests() == before


def test_planning_imports_neither_torch_nor_numpy(root):
    """All that Snakemake does for every job; but for a bad plug-in, and a file of points."""
    script = (
        "import sys\n"
        "from gen2d import config\n"
        "from gen2d.plan.spec import Plan\n"
        "from gen2d.plan.stages import STAGES\n"
        "plan = Plan(STAGES, config.load(config.read_file('config.yaml')))\n"
        "config.check_files(['config.yaml'])\n"
        "for stage, cell in plan.jobs(STAGES.values()):\n"
        "    plan.check_cell(stage, cell)\n"
        "    plan.spec(stage, cell), plan.planned(stage, cell).text()\n"
        "heavy = ('torch', 'numpy', 'scipy', 'pandas', 'matplotlib')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env={"PYTHONPATH": str(root / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# --- the stage table ------------------------------------------------------------------------------

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
    values["models"] = {"dsm": {"method": "dsm"}, "truth": {"method": "truth"}}
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


def test_words_and_resources_are_in_no_spec(values):
    shown = Shown("Elsewhere", {})
    other = {"rule": "other", "message": "Other words", "caption": "Others", "shown": shown}
    other |= {"memory": 9000, "minutes": 9, "retried_with_more": True, "priority": 9}
    other |= {"group": "others", "local": True, "target": "others", "log": "others"}
    stages = {name: replace(stage, **other) for name, stage in STAGES.items()}
    assert specs_of(Plan(stages, config.load(values))) == specs(values)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("models/spiral/dms/seeds0-9.safetensors", "model: expected one of cnf, .*got dms"),
        ("metrics/spirl/dsm/seeds0-9.csv", "dataset: expected one of checker.*got spirl"),
        ("data/spiral/seeds0-8.npz", "seeds: expected one of seeds0-9; got seeds0-8"),
        ("figures/metrics-energy.svg", "metric: expected one of energy_.*got energy"),
        ("figures/sweep-dsm_noise.svg", "sweep: expected one of dsm_n_train, .*; got dsm_noise"),
        ("figures/losses-truth.svg", "model: expected one of cnf, .*; got truth"),
        ("splits/spiral/cnf/seeds0-9.csv", "model: expected one of .*; got cnf"),
        ("explored/dsm__training_noise_level_0p3.npz", "model: .*got dsm__training"),
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
    assert "samples/checkerboard__n_train_200/dsm_coursework/seeds0-9.npz" in made


# --- what the results depend on -------------------------------------------------------------------

LIBRARIES = {"bokeh", "matplotlib", "numpy", "pandas", "scipy", "snakemake", "torch", "typst"}
APART = {"gen2d.storage.files", "gen2d.job", "gen2d.runner"}
"""Read and write whatever there is: what a job does not use of it does not count."""
NOT_IMPORTED = {
    "explorer": {"bokeh"},  # its script is inlined
    "report": {"matplotlib", "snakemake", "torch"},  # it prints their versions
}
NOT_USED = {"data": {"scipy"}}  # by what draws points of a density


def imported(module):
    """What runs with a module imports: not what is for type checkers alone."""
    source = code._source(module)
    if source is None or module in APART or f"{module}.".startswith(code.LEFT_OUT):
        return set()
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    above = module.rpartition(".")[0]
    return {above, *code._imported(tree, module if source.name == "__init__.py" else above)}


def used_libraries(modules):
    found, queue = set(), [*modules]
    while queue:
        if (module := queue.pop()) not in found:
            found.add(module)
            queue += imported(module)
    return {module.partition(".")[0] for module in found} & LIBRARIES


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_stage_declares_the_libraries_that_it_computes_with(stage):
    """Transitively, with the laws and methods that its jobs may be of."""
    of_models = issubclass(stage.knobs, knobs.ModelKnobs | knobs.ExploreKnobs)
    of_datasets = of_models or issubclass(stage.knobs, knobs.DatasetKnobs)
    registered = [*(DATASETS.values() if of_datasets else ())]
    registered += METHODS.values() if of_models else ()
    own = {knobs_class.implementation.partition(":")[0] for knobs_class in registered}
    used = used_libraries({f"gen2d.stages.{stage.name}", *own})
    used |= NOT_IMPORTED.get(stage.name, set())
    assert set(stage.libraries) == used - NOT_USED.get(stage.name, set())


PLUGIN = """
from typing import ClassVar, Literal

import yaml

import mine_helper
from gen2d.config import Dataset
from gen2d.densities.gaussian_mixture import Gaussians


class K(Dataset):
    kind: Literal["mine"]
    implementation: ClassVar[str] = "Mine"


class Mine(Gaussians):
    pass
"""


def test_a_job_depends_on_the_libraries_of_its_plugin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "mine_helper.py").write_text("import json\nfrom msgspec import Struct\n")
    monkeypatch.syspath_prepend(tmp_path)
    code.forget()
    datasets = {"mine": {"kind": "mine"}, "moons": {"kind": "moons"}}
    plan = plan_of(
        values_of({"truth": {"method": "truth"}}, plugins=["mine.py"], datasets=datasets)
    )
    for stage in ("data", "reference", "exact", "sample", "evaluate"):
        cell = {"seeds": "seeds0-9", "model": "truth"}
        libraries = {
            name: json.loads(spec_of(plan, stage, dataset=name, **cell))["libraries"]
            for name in datasets
        }
        assert set(libraries["moons"]) == set(STAGES[stage].libraries)
        added = {"PyYAML": version("PyYAML"), "msgspec": version("msgspec")}
        assert libraries["mine"] == libraries["moons"] | added
    # Those that read them without the plug-in's code have not.
    assert "PyYAML" not in json.loads(spec_of(plan, "collect"))["libraries"]
    code.forget()


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "square.py"
    path.write_text('"""A square."""\nSIDE = 1\n')
    code.forget()
    yield path
    code.forget()


def test_a_job_learns_of_an_edit_of_its_plugin(plugin):
    text = plugin.read_text()
    planned = code.Planned.of(["gen2d.stages.data", str(plugin)], ())
    planned = code.Planned.of_text(planned.text())  # as a job gets it
    digest = planned.digest
    assert planned.edited(digest) is None
    plugin.write_text(f"# Of side 1.\n{text}")
    assert planned.edited(digest) is None
    plugin.write_text(text.replace("1", "2"))
    assert planned.edited(digest) == plugin
    plugin.write_text(text)
    assert planned.edited(digest) is None
    plugin.unlink()
    assert planned.edited(digest) == plugin


def test_a_job_learns_of_an_edit_of_an_asset(tmp_path, monkeypatch):
    shutil.copytree(code.ROOT, tmp_path / "gen2d")
    monkeypatch.setattr(code, "ROOT", tmp_path / "gen2d")
    code.forget()
    stage, asset = STAGES["explorer"], tmp_path / "gen2d/explorer/page.css"
    planned = code.Planned.of(["gen2d.stages.explorer"], stage.assets)
    planned = code.Planned.of_text(planned.text())
    digest, text = planned.digest, asset.read_text()
    assert "gen2d.explorer.packing" in planned.files and len(planned.assets) == 3
    assert planned.edited(digest) is None
    asset.write_text(f"{text}\n")
    assert planned.edited(digest) == asset
    asset.write_text(text)
    assert planned.edited(digest) is None
    module = tmp_path / "gen2d/explorer/packing.py"
    module.write_text(f"# No more than words.\n{module.read_text()}")
    assert planned.edited(digest) is None
    module.write_text(f"{module.read_text()}\nADDED = 1\n")
    assert planned.edited(digest) == module
    monkeypatch.undo()
    code.forget()


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
    for place in (5, spec.index('"m2'), len(spec) // 2, spec.index('"level":0.95') + 10):
        damaged = f"{spec[:place]}{chr(ord(spec[place]) ^ 1)}{spec[place + 1 :]}"
        assert len(damaged) == len(spec) and damaged != spec
        with pytest.raises(JobError, match=r"^spec: expected ") as caught:
            Job(damaged, tmp_path)
        assert len(str(caught.value).splitlines()) == 1
    for damaged in ("", "[]", "{}", spec[:-1], "null", '{"digest":1}'):
        with pytest.raises(JobError, match=r"^spec: expected "):
            Job(damaged, tmp_path)


def test_a_job_refuses_code_that_it_was_not_planned_with(plugin, tmp_path):
    plan = plan_of(values_of({"truth": {"method": "truth"}}))
    planned = code.Planned.of(["gen2d.stages.summary", str(plugin)], ())
    content = {**json.loads(spec_of(plan, "summary")), "code": planned.digest}
    content["digest"] = digest(content)
    job = Job(canonical(content), tmp_path, planned)
    plugin.write_text("SIDE = 2\n")
    for fails in (
        job.check_code,
        lambda: job.write_table("summary", {"a": [1]}),
        lambda: Job(canonical(content), tmp_path, planned),
    ):
        with pytest.raises(
            JobError, match=r"square\.py: expected the code that this run"
        ) as caught:
            fails()
        assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == [plugin]
