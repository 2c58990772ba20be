"""After an edit, just the jobs are planned that the edit touches.

A job is run again when its spec changes: which do is found without Snakemake, and some dry runs
prove that it agrees.
"""

import os
import shutil

import pytest
import yaml

from conftest import DATASETS, METRICS, MODELS, TRAINED, Project

SEEDS = "seeds0-1"
JUDGING = "Judging every model on every data set"
CAUSES = "Measuring why models fail"
TABLES = {"Collecting the metrics", "Summarising the metrics over seeds", JUDGING, CAUSES}
CHAINS = ("dsm_as_described", "ebm_as_described", "ebm_as_run")
FOLLOWING = "Following the chains of"
CHAINS_FIGURE = "Drawing where chains go"
LEARNING = "Drawing how far the loss of dsm_as_described comes"
ORIGINAL = "Drawing the loss of ebm_as_run as an original shows it"
STATING = "Taking densities and scores of"
SCORED = ("cnf", "cnf_ensemble", "dsm_as_described", "resample")
REPORT = "Typesetting the report"
CONFIGURED = {"Writing the configuration", REPORT}
"""Jobs that every change of the configuration touches."""
EXPLORER = "Building the explorer"
METRIC_FIGURES = {f"Drawing the metric {name}" for name in METRICS}
SCORES = "Drawing how much of the score each model learned"
ERRORS, GAPS = "Drawing where errors come from", "Drawing scores across gaps"
METRIC_FIGURES |= {"Drawing quality against cost", SCORES, ERRORS, GAPS}
ERRORS_OF_ALL = "Drawing the errors in units of a kernel density estimate's"
DENSITIES = "Drawing the densities of every model"
METRIC_FIGURES |= {ERRORS_OF_ALL, LEARNING, DENSITIES}
ALL_SAMPLES = "Drawing the samples of every model"
SAMPLES = {ALL_SAMPLES, "Drawing the models that fail most and the best"}
HISTORIES = {f"Recording the history of {model}" for model in TRAINED}
HISTORIES |= {f"Drawing what {model} learned" for model in TRAINED}


SWEEP = "Drawing the sweep n_train"
SWEPT = "checkerboard__n_train_100"
OF_SWEEP = ("cnf", "dsm_as_described", "resample")
ALL = ("Training", "Sampling", "Measuring", STATING)
LADDER = "Drawing the ladder small"
RUNG = "small__narrower_network on checkerboard"


def cells(verb, *models, seeds=SEEDS):
    return {f"{verb} {model} on {data}, {seeds}" for data in DATASETS for model in models}


def of_sweep(*models, verbs, data=SWEPT, seeds=SEEDS):
    """What the sweep's own cells and figure add to the jobs of models."""
    made = {f"{verb} {model} on {data}, {seeds}" for verb in verbs for model in models}
    untrained = {f"Training resample on {data}, {seeds}"}
    without_density = {
        f"{STATING} {model} on {data}, {seeds}" for model in ("dsm_as_described", "resample")
    }
    return {*made, SWEEP} - untrained - without_density


def of_ladder(model, *verbs, seeds=SEEDS):
    """What the ladder's own cell and its figure add to the jobs of a model."""
    if model not in ("cnf", "dsm_as_described"):
        return set()
    follows = model == "dsm_as_described"
    return {LADDER, *(f"{verb} {RUNG}, {seeds}" for verb in verbs if follows)}


def of_error_sources(model, seeds=SEEDS):
    """Jobs that measure the error sources of a score model."""
    if model != "dsm_as_described":
        return set()
    return cells("Measuring the error sources of", model, seeds=seeds)


def after_training(model):
    return {
        *of_error_sources(model),
        *(of_sweep(model, verbs=ALL) if model in OF_SWEEP else ()),
        *of_ladder(model, "Training", "Sampling", "Measuring"),
        *cells("Training", model),
        *cells("Sampling", model),
        *cells("Measuring", model),
        *(cells(STATING, model) if model in SCORED else ()),
        *((*cells(FOLLOWING, model), CHAINS_FIGURE) if model in CHAINS else ()),
        *((ORIGINAL,) if model == "ebm_as_run" else ()),
        f"Drawing the losses of {model}",
        f"Recording the history of {model}",
        f"Drawing what {model} learned",
        *TABLES,
        *METRIC_FIGURES,
        *SAMPLES,
        REPORT,
        EXPLORER,
    }


def after_sampling(model):
    trained = {*cells("Training", model), *of_sweep(model, verbs=("Training", STATING))} - {SWEEP}
    trained |= {*of_ladder(model, "Training")} - {LADDER}
    trained |= {*cells(STATING, model), f"Drawing the losses of {model}", ORIGINAL}
    return after_training(model) - trained


@pytest.fixture(scope="module")
def before(root):
    """The specs of the smoke study as it is."""
    return Project(root).specs()


@pytest.fixture
def touched(sources, before):
    """Says which jobs are new or have another spec than before, by their messages."""

    def touched():
        return {job for job, spec in sources.specs().items() if before.get(job) != spec}

    return touched


# --- by Snakemake ---------------------------------------------------------------------------------


def test_a_finished_study_has_nothing_to_do(finished):
    done = finished.snakemake("--cores", "2")
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout


def test_touch_comment_and_key_order_do_nothing(project):
    for source in (project.path / "workflow").rglob("*"):
        if source.suffix == ".py":
            text = source.read_text().replace('"""', '"""In other words. ', 1)
            source.write_text(f"# a comment\n{text}")
        elif source.is_file():
            os.utime(source)
    for name in ("Snakefile", "config.yaml"):
        path = project.path / name
        path.write_text(path.read_text() + "\n# a comment\n")
    path = project.path / "config.yaml"
    values = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(dict(reversed(values.items())), sort_keys=False))
    assert project.planned() == set()


def test_a_copied_tree_does_nothing(finished, tmp_path):
    shutil.copytree(finished.path, tmp_path / "copy")
    assert Project(tmp_path / "copy").planned() == set()


def test_snakemake_reruns_what_a_training_key_touches(project):
    project.configure({"models": {"dsm_as_described": {"training": {"learning_rate": 0.002}}}})
    assert project.planned() == after_training("dsm_as_described") | CONFIGURED


def test_snakemake_reruns_what_a_sampling_key_touches(project):
    project.configure({"models": {"dsm_as_described": {"sampling": {"step": 0.001}}}})
    assert project.planned() == after_sampling("dsm_as_described") | CONFIGURED


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "workflow/gen2d/methods/ebm_single.py",
            "gradient_field(-1.0)",
            "gradient_field(-1)",
            after_training("ebm_as_described") | after_training("ebm_as_run"),
        ),
        (
            "workflow/gen2d/stages/collect.py",
            "ignore_index=True",
            "ignore_index=bool(1)",
            {*TABLES, *METRIC_FIGURES, *SAMPLES, REPORT, EXPLORER},
        ),
        (
            "workflow/gen2d/report/sections/setup.typ",
            "= How it is measured",
            "= How it was measured",
            {REPORT},
        ),
    ],
)
def test_snakemake_reruns_what_uses_edited_code(project, file, old, new, expected):
    project.edit(file, old, new)
    assert project.planned() == expected


def test_snakemake_adds_a_block_of_seeds_and_the_aggregates(project):
    project.configure({"seeds": 4})
    assert project.planned() == {
        *(f"Drawing the points of {data}, seeds2-3" for data in DATASETS),
        *cells("Training", *TRAINED, seeds="seeds2-3"),
        *cells("Sampling", *MODELS, seeds="seeds2-3"),
        *cells("Measuring", *MODELS, seeds="seeds2-3"),
        *cells(STATING, *SCORED, seeds="seeds2-3"),
        *cells(FOLLOWING, *CHAINS, seeds="seeds2-3"),
        CHAINS_FIGURE,
        ORIGINAL,
        f"Drawing the points of {SWEPT}, seeds2-3",
        *of_sweep(*OF_SWEEP, verbs=ALL, seeds="seeds2-3"),
        *of_ladder("dsm_as_described", "Training", "Sampling", "Measuring", seeds="seeds2-3"),
        *of_error_sources("dsm_as_described", seeds="seeds2-3"),
        *(f"Drawing the losses of {model}" for model in TRAINED),
        *TABLES,
        *METRIC_FIGURES,
        *SAMPLES,
        *CONFIGURED,
        EXPLORER,
    }


def test_snakemake_adds_a_value_of_a_sweep_and_nothing_else(project):
    project.configure({"sweeps": {"n_train": {"values": [50, 100, 200]}}})
    new = "checkerboard__n_train_50"
    assert project.planned() == {
        f"Drawing the points of {new}, {SEEDS}",
        *of_sweep(*OF_SWEEP, verbs=ALL, data=new),
        *CONFIGURED,
    }


# --- by the specs ---------------------------------------------------------------------------------


def test_a_copy_has_the_same_specs(touched):
    assert touched() == set()


def test_a_training_key_reruns_its_model(sources, touched):
    sources.configure({"models": {"ebm_as_described": {"training": {"learning_rate": 0.002}}}})
    assert touched() == after_training("ebm_as_described") | CONFIGURED


def test_a_metric_key_does_not_resample(sources, touched):
    sources.configure({"metrics": {"n_bandwidths": 3}})
    assert touched() == {
        EXPLORER,
        *cells("Measuring", *MODELS),
        *of_sweep(*OF_SWEEP, verbs=("Measuring",)),
        *of_ladder("dsm_as_described", "Measuring"),
        *of_error_sources("dsm_as_described"),
        *TABLES,
        *METRIC_FIGURES,
        *SAMPLES,
        *CONFIGURED,
    }


def test_the_confidence_summarises_anew(sources, touched):
    sources.configure({"metrics": {"confidence": 0.9}})
    assert touched() == {
        "Summarising the metrics over seeds",
        JUDGING,
        CAUSES,
        *METRIC_FIGURES,
        *SAMPLES,
        SWEEP,
        LADDER,
        *CONFIGURED,
        EXPLORER,
    }


@pytest.mark.parametrize(
    ("section", "knobs", "figure"),
    [
        ("samples", {"point_size": 3.0}, SAMPLES),
        (
            "metrics",
            {"marker_size": 3.0},
            {*METRIC_FIGURES, SWEEP, LADDER} - {LEARNING, DENSITIES, ERRORS, GAPS},
        ),
        (
            "losses",
            {"seed_opacity": 0.5},
            {f"Drawing the losses of {model}" for model in TRAINED},
        ),
    ],
)
def test_a_look_redraws_its_figure(sources, touched, section, knobs, figure):
    sources.configure({"figures": {section: knobs}})
    assert touched() == {*figure, *CONFIGURED}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("workflow/gen2d/figures/samples.py", "alpha=0.5", "alpha=0.6", {ALL_SAMPLES, REPORT}),
        (
            "workflow/gen2d/figures/method_looks.py",
            '"dsm_single": (BLUE',
            '"dsm_single": (GREEN',
            {*METRIC_FIGURES, SWEEP, CHAINS_FIGURE, REPORT}
            - {ERRORS_OF_ALL, LEARNING, DENSITIES, ERRORS, GAPS},
        ),
        ("workflow/gen2d/report/methods.typ", "A network $s$", "A net $s$", {REPORT}),
        ("workflow/gen2d/report/references.bib", "{Vincent, Pascal}", "{Vincent, P.}", {REPORT}),
        (
            "workflow/gen2d/explorer/page.css",
            "--samples: #0072b2",
            "--samples: #0072b3",
            {EXPLORER},
        ),
        (
            "workflow/gen2d/explorer/scripts/picture.js",
            "N_PATHS = 16",
            "N_PATHS = 8",
            {EXPLORER},
        ),
        (
            "workflow/gen2d/stages/record_history.py",
            "N_TIMES = 20",
            "N_TIMES = 10",
            {*HISTORIES, CHAINS_FIGURE, DENSITIES, GAPS, REPORT, EXPLORER},
        ),
    ],
)
def test_an_edit_of_code_reruns_what_uses_it(sources, touched, file, old, new, expected):
    sources.edit(file, old, new)
    assert touched() == expected


def test_swapped_values_are_noticed(sources, touched):
    sampling = {"step": 2.0, "init_sd": 0.005}  # as they are, the other way round
    sources.configure({"models": {"ebm_as_described": {"sampling": sampling}}})
    assert touched() == after_sampling("ebm_as_described") | CONFIGURED


def test_a_new_data_set_leaves_the_others_alone(sources, touched):
    ring = {"kind": "gaussian_mixture", "n_components": 3, "n_train": 200, "n_holdout": 100}
    sources.configure({"datasets": {"triangle": ring}})
    jobs = touched()
    known = {job for job in jobs for data in DATASETS if f" {data}" in job}
    assert known == set()
    assert "Training dsm_as_described on triangle, seeds0-1" in jobs


def test_a_new_model_samples_none_of_the_others_again(sources, touched):
    sources.configure({"models": {"new": {"method": "kde"}}})
    assert {job for job in touched() if job.startswith("Sampling")} == {
        *cells("Sampling", "new"),
        f"Sampling new on {SWEPT}, {SEEDS}",
    }
