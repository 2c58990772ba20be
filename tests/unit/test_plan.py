"""The plan: which jobs a study has, in which order, and of which models, seeds and metrics."""

from itertools import product

import pytest

from gen2d.plan.stages import STAGES
from studies import plan_of, without_sweeps


@pytest.fixture
def values(root):
    return without_sweeps(root)


def test_every_stage_has_a_job_for_each_of_its_cells(values):
    values["seeds"], values["seeds_per_job"] = 15, 10
    plan = plan_of(values)
    catalogue, blocks = plan.catalogue, ["seeds0-9", "seeds10-14"]
    datasets = sorted(values["datasets"])
    cells = {
        "data": product(datasets, blocks),
        "record_history": product(catalogue.with_history),
        "figure_losses": product(catalogue.trained),
        "figure_fields": product(catalogue.with_history),
        "figure_metrics": product(catalogue.metrics),
        "figure_sweep": [],
        "figure_originals": [("dsm_as_run",), ("ebm_as_run",)],
        "figure_learning": [("dsm_as_described",)],
        "trace": product(datasets, catalogue.with_chains, blocks),
        "figure_ladder": [],
        "train": product(datasets, catalogue.trained, blocks),
        "sample": product(datasets, catalogue.models, blocks),
        "evaluate": product(datasets, catalogue.models, blocks),
        "likelihood": product(datasets, catalogue.with_likelihood, blocks),
        "error_sources": product(datasets, catalogue.score_models, blocks),
    }
    cells |= {n: product(datasets) for n, stage in STAGES.items() if stage.per == ("dataset",)}
    assert {"reference", "exact", "exact_grids"} <= cells.keys()
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
    assert ("report",) in seen and not any(key[0] == "explorer_page" for key in seen)


def test_blocks_cover_the_seeds(values):
    values.update(seeds=25, seeds_per_job=10)
    catalogue = plan_of(values).catalogue
    assert catalogue.blocks == ["seeds0-9", "seeds10-19", "seeds20-24"]
    found = [seed for block in catalogue.blocks for seed in catalogue.seeds(block)]
    assert found == list(range(25))


def test_groups_are_those_of_the_methods_unless_a_model_says_another(values):
    models = {"a": "ebm_single", "b": "kde", "c_coursework": "gan", "d": "sm_single"}
    values["models"] = {name: {"method": method} for name, method in models.items()}
    values["models"]["a"]["group"] = "coursework"
    values["models"]["d"]["training"] = {"summed": True}
    catalogue = plan_of(values).catalogue
    assert list(catalogue.groups.items()) == [
        ("c_coursework", "tuned"),
        ("d", "defect variants"),
        ("a", "coursework"),
        ("b", "baselines"),
    ]
    assert catalogue.models == list(catalogue.groups)
    assert catalogue.baselines == {"kde": "b"}


def test_metrics_of_densities_are_drawn_where_some_are_stated(values):
    values["models"] = {"gan": {"method": "gan"}}
    drawn = plan_of(values).catalogue.metrics
    of_samples = ["energy_distance", "mmd2_small", "mmd2_ladder", "total_variation", "outside"]
    assert drawn == of_samples
    values["models"]["kde"] = {"method": "kde"}
    assert plan_of(values).catalogue.metrics == [
        *drawn,
        "kl",
        "density_tv",
        "generalisation_gap",
    ]


def test_models_with_more_than_samples_have_a_history(values):
    models = {"a": "gan", "b": "kde", "c": "truth", "d": "resample"}
    values["models"] = {name: {"method": method} for name, method in models.items()}
    assert plan_of(values).catalogue.with_history == ["a", "b"]
    values["seeds"] = 25
    assert plan_of(values).catalogue.explored_seeds == list(range(10))
    values["seeds_per_job"] = 4
    assert plan_of(values).catalogue.explored_seeds == [0, 1, 2, 3]
