"""A whole study in one process: every file is made, models keep their order, tables are plain."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from conftest import shared
from drawings import texts
from gen2d.job import Job
from gen2d.runner import run
from gen2d.storage import files
from one_gaussian import ONE_GAUSSIAN, TINY, VALUES
from studies import job_of, plan_of

TITLE = "DSM, many levels"
RUNG = {"name": "wider", "changes": {"network": {"hidden": [9]}}, "along": "nothing"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A whole study whose groups of models have another order than its models' names.

    Of its models one diverges in training, one has no density, and one is of many noise levels.
    """
    datasets = {
        "west": {**ONE_GAUSSIAN, "n_train": 40, "n_holdout": 30},
        "east": {"kind": "moons", "n_train": 40, "n_holdout": 30},
    }
    models = {
        "z_tuned": {"method": "dsm_single", **TINY},
        "a_truth": {"method": "truth"},
        "b_points": {"method": "resample"},
        "n_coursework": {"method": "dsm_single", "group": "coursework", **TINY},
        "g_gauss": {"method": "gaussian"},
        "m_kde": {"method": "kde"},
        "y_tuned": {
            "title": TITLE,
            "method": "dsm_multilevel",
            "network": {"hidden": [8]},
            "training": {"n_steps": 2, "log_every": 1},
            "sampling": {"n_steps": 3},
        },
        "o_broken": {
            "method": "sm_single",
            **TINY,
            "training": {"n_steps": 2, "log_every": 1, "learning_rate": 1e30, "summed": True},
        },
    }
    sweep = {"models": ["z_tuned", "y_tuned"], "key": "sampling.n_steps", "factors": [0.5, 1]}
    values = {
        **VALUES,
        "seeds": 4,
        "seeds_per_job": 2,
        "datasets": datasets,
        "models": models,
        "sweeps": {"steps": {**sweep, "datasets": ["west"]}},
        "ladders": {"up": {"rungs": [{"model": "z_tuned"}, RUNG, {"model": "y_tuned"}]}},
    }
    values["metrics"] = {**VALUES["metrics"], "n_reference": 200, "n_likelihood": 20}
    plan = plan_of(values)
    results = shared(tmp_path_factory, "whole", lambda folder: run(plan, folder))
    plt.close("all")
    return plan, results


IN_ORDER = ["y_tuned", "z_tuned", "o_broken", "n_coursework"]
IN_ORDER += ["a_truth", "b_points", "g_gauss", "m_kde"]


def test_every_file_of_a_study_is_made_and_of_its_spec(finished):
    plan, results = finished
    for stage, cell in plan.jobs(plan.stages.values()):
        for name, path in stage.outputs.items():
            assert (results / path.format_map(cell)).stat().st_size > 0
            if f"{name}_checksum" in stage.outputs:
                files.read_table(results / path.format_map(cell), spec=plan.digest(stage, cell))


def test_models_keep_their_order_though_the_keys_of_specs_are_sorted(finished):
    plan, results = finished
    assert plan.catalogue.models == IN_ORDER
    for name in ("overall", "metrics"):
        table = files.read_table(results / f"{name}.csv")
        assert list(dict.fromkeys(table["model"])) == IN_ORDER, name
    verdicts = files.read_table(results / "verdicts.csv")
    for _, rows in verdicts.groupby("dataset"):
        assert rows["model"].tolist() == IN_ORDER
    groups = ["tuned", "defect variants", "coursework", "baselines"]
    assert list(dict.fromkeys(verdicts["group"])) == groups
    jobs = {
        name: job_of(plan, results, name).knobs
        for name in ("figure_cost", "figure_scores", "explorer_page", "report", "summary")
    }
    methods = {name: [model for model, _ in jobs[name].methods] for name in list(jobs)[:3]}
    with_scores = [model for model in IN_ORDER if model in plan.catalogue.with_scores]
    assert methods == {
        "figure_cost": IN_ORDER,
        "figure_scores": with_scores,
        "explorer_page": IN_ORDER,
    }
    assert 2 < len(with_scores) < len(IN_ORDER)
    assert [model.name for model in jobs["report"].models] == IN_ORDER
    assert jobs["summary"].models == IN_ORDER


def test_figures_and_pages_show_the_titles_of_models_in_their_order(finished, monkeypatch):
    from gen2d.explorer.content import content as explored
    from gen2d.report.content import content as content_of

    plan, results = finished
    readable = [TITLE, *(model.replace("_", " ") for model in IN_ORDER[1:])]
    drawn = []
    monkeypatch.setattr(Job, "write_figure", lambda self, figure: drawn.append(figure))
    monkeypatch.setattr(Job, "write_table", lambda *_: None)
    job_of(plan, results, "figure_metrics", metric="energy_distance").run()
    job_of(plan, results, "figure_cost").run()
    lines, cost = drawn
    assert [label.get_text() for label in lines.axes[0].get_yticklabels()] == readable
    shown = texts(cost)
    assert TITLE in shown and len({*shown} & {*readable}) > 2
    page = explored(job_of(plan, results, "explorer_page"))
    assert [model["name"] for model in page["models"]] == IN_ORDER
    assert [model["title"] for model in page["models"]] == readable
    content = content_of(job_of(plan, results, "report"))
    assert [
        row[0] for group in content["verdicts"][0]["groups"] for row in group["rows"]
    ] == readable
    assert [row[0] for row in content["run_times"]] == readable


def test_every_table_is_read_by_any_program(finished):
    """As plain CSV: no comments, every row as long as its header, seeds as numbers."""
    _, results = finished
    with_seeds, paths = set(), sorted(results.rglob("*.csv"))
    # As neither data set has a bounded support, and none has modes.
    empty = {"metrics-off_support.csv", "gaps.csv"}
    for path in paths:
        table = pd.read_csv(path)
        assert (len(table) == 0) == (path.name in empty), path
        assert not any(str(name).startswith(("#", "Unnamed")) for name in table), path
        if "seed" in table and len(table):
            assert pd.api.types.is_numeric_dtype(table["seed"]), path
            with_seeds.add(path.parent.name)
    assert len(paths) > 60
    assert {"n_coursework", "figures", results.name} <= with_seeds


def test_what_is_missing_has_a_status(finished):
    _, results = finished
    metrics = pd.read_csv(results / "metrics.csv")
    assert set(metrics["status"]) <= {"ok", "diverged", "skipped", "infinite"}
    missing = metrics["value"].isna()
    assert ((metrics["status"] != "ok") == missing).all()
    assert (metrics["note"].notna() == missing).all()
    broken = metrics[metrics["model"] == "o_broken"]
    assert set(broken["status"]) == {"diverged", "skipped"}
    assert set(metrics.loc[~metrics["model"].isin(["o_broken"]), "status"]) >= {"ok", "skipped"}
