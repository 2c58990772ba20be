"""The section on the submission's mistakes follows the config and the paired tests."""

import numpy as np
import pandas as pd
import pytest

from gen2d.plan.page_knobs import ModelFacts
from gen2d.report.sections import defects
from gen2d.stages.summary import compare
from studies import plan_of, values_of

LEVELS = {"ebm": 0.0, "ebm_langevin": 0.5, "broken": 2.0, "harmless": 1.0, "ebm_as_described": 1.0}


@pytest.fixture
def models():
    return {
        "ebm": {"method": "ebm_persistent"},
        "ebm_langevin": {"method": "ebm_multilevel"},
        "broken": {
            "method": "ebm_single",
            "training": {"mean_energy_gradient": True, "batch_size": 96},
            "sampling": {"energy_as_score": True},
        },
        "harmless": {"method": "ebm_single", "sampling": {"energy_as_score": True}},
        "ebm_as_described": {"method": "ebm_single", "group": "coursework"},
        "resample": {"method": "resample"},
    }


def section(models):
    rng = np.random.default_rng(0)
    rows = [
        (dataset, model, seed, "mmd2_small", LEVELS[model] + 0.01 * rng.normal())
        for dataset in ("here", "there")
        for model in LEVELS
        if model in models
        for seed in range(8)
    ]
    table = pd.DataFrame(rows, columns=["dataset", "model", "seed", "metric", "value"])
    comparisons = compare(table, [m for m in LEVELS if m in models], 0.95)
    catalogue = plan_of(values_of(models)).catalogue
    facts = [ModelFacts.of(catalogue, name) for name in catalogue.models]
    return defects.section(facts, comparisons, 0.05)


def test_variants_are_compared_with_their_healthy_form(models):
    told = section(models)
    assert told["mistakes"] == ["mean_energy_gradient", "energy_as_score"]
    assert told["batches"] == [96, 128]
    broken, harmless = told["variants"]
    assert broken["mistakes"] == ["mean energy gradient", "energy as score"]
    assert "is higher than that of ebm as described on here" in broken["sentences"][0]
    assert harmless["mistakes"] == ["energy as score"]
    assert "is undecided beside that of ebm as described" in harmless["sentences"][0]
    assert [entry["name"] for entry in told["mended"]] == ["ebm", "ebm langevin"]
    assert all("is lower than" in entry["sentences"][0] for entry in told["mended"])


def test_without_variants_there_is_no_section(models):
    healthy = {name: models[name] for name in ("ebm", "ebm_as_described", "resample")}
    assert section(healthy) is None


def test_the_healthy_form_is_of_the_same_method():
    named = (("tuned", "ebm"), ("coursework", "dsm"), ("coursework", "ebm"))
    models = [ModelFacts(f"{m}_{group}", m, group, trained=True) for group, m in named]
    broken = ModelFacts("broken", "ebm", "defect variants", trained=True, mistakes=["summed"])
    assert defects.healthy_form(broken, [broken, *models]) == "ebm_coursework"
    assert defects.healthy_form(broken, [broken, models[0]]) is None


def test_without_a_healthy_form_nothing_is_compared(models):
    del models["ebm_as_described"]
    told = section(models)
    (sentence,) = told["variants"][0]["sentences"]
    assert "no coursework model of its method" in sentence
    assert told["mended"] == []
