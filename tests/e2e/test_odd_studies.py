"""Studies of odd shapes and names: their pages in headless Chromium, and their reports on paper."""

import copy
import csv
import re

import numpy as np
import pytest

from explored import HOSTILE, shown
from gen2d import config, runner
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES
from gen2d.report.words import thousandths
from pages import check_paper, check_report, drawn, picture, text_of

LONG = "a" * 60
ODD = {
    "one model": {},
    "points from a file": {"models": ("cnf", "kde", "truth"), "known": False},
    "all diverged": {"models": ("cnf", "dsm", "truth"), "diverged": (0, 1)},
    "twelve models": {"models": (*(f"model_{i}" for i in range(11)), "truth")},
    "long names and markup": {"models": (f"m{LONG}",), "dataset": f"d{LONG}", "title": HOSTILE},
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_studies_are_shown(open_page, tmp_path, kind):
    shown(tmp_path, **ODD[kind])
    for fragment in ("", "#layers=true,model,score,paths&field=density_error&moving=sampling&at=1"):
        page = open_page(tmp_path / "explorer.html", fragment, width=360)
        page.wait_for_selector("html[data-ready=yes]")
        assert page.locator("#error").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for side in ("left", "right"):
            assert drawn(picture(page.locator(f"#{side} .plot"))) > 200  # of the true points
            assert page.locator(f"#{side} .note").inner_text()
    assert page.locator("h1").inner_text().split() == ODD[kind].get("title", "A study").split()
    if kind == "all diverged":
        assert "500 of 500 points are outside" in page.locator("#left .note").inner_text()
        assert page.locator("#left tbody td").first.inner_text() == "diverged at training step 2"
    if kind == "points from a file":
        assert "no density is known to compare with" in page.locator("#left .note").inner_text()


TINY = {"n_steps": 20, "log_every": 10}
MODELS_AT_HAND = {
    "cnf": {"method": "cnf", "training": TINY},
    "dsm": {"method": "dsm_single", "training": TINY, "sampling": {"n_steps": 10}},
    "gan": {"method": "gan", "training": TINY},
    **{name: {"method": name} for name in ("gaussian", "kde", "resample", "truth")},
}
MIXTURE = {"kind": "gaussian_mixture", "n_train": 100, "n_holdout": 50}
FILE = {"kind": "points", "path": "points.csv", "n_train": 100, "n_holdout": 50}


def some(*names, **training):
    """Models of a study; keys of the training replace those of the ones that train."""
    models = {name: copy.deepcopy(MODELS_AT_HAND[name]) for name in names}
    for model in models.values():
        if "training" in model:
            model["training"] |= training
    return models


ODD_RUNS = {
    "one model": ({"mixture": MIXTURE}, some("cnf")),
    "points from a file": (
        {"mine": FILE, "mixture": MIXTURE},
        some("cnf", "dsm", "gan", "kde", "truth") | {"oracle": {"method": "oracle", "of": "dsm"}},
    ),
    "all diverged": (
        {"mixture": MIXTURE},
        some("cnf", "dsm", "gan", "resample", learning_rate=1e30),
    ),
    "twelve models": (
        {"mixture": MIXTURE},
        some("cnf", "dsm", "gaussian", "kde", "resample", "truth")
        | {f"truth_{i}": {"method": "truth"} for i in range(6)},
    ),
    "one seed": ({"mixture": MIXTURE}, some("cnf", "dsm", "gaussian", "kde", "truth")),
    "no Gaussian and no kde": ({"mixture": MIXTURE}, some("cnf", "dsm", "resample", "truth")),
    "long names and markup": (
        {"d" + "_data" * 12: MIXTURE},
        {"m" + "_long" * 12: MODELS_AT_HAND["cnf"], "t" + "_long" * 12: {"method": "truth"}},
    ),
}


def least(results, dataset, model):
    """The mean over seeds of what the first page gives where there is nothing to measure by."""
    with open(results / "metrics.csv") as stream:
        values = [
            float(row["value"])
            for row in csv.DictReader(stream)
            if (row["dataset"], row["model"], row["metric"]) == (dataset, model, "mmd2_small")
        ]
    return thousandths(np.mean(values))


def first_page_says(kind, page, results):
    """What the first page of each kind has to say, and what would not be true of it."""
    said = page.partition("Figure 1")[0]
    if kind == "one model":
        assert f"bandwidth, times 1000: cnf on mixture, {least(results, 'mixture', 'cnf')} " in page
    elif kind == "points from a file":
        assert "Of 6 pairs of a model and a data set," in page
        assert "Gaussian to" not in page and "Why:" not in page
    elif kind == "all diverged":
        assert "Every seed of every model diverged." in page
        assert "close" not in said and "better" not in said
    elif kind == "twelve models":
        assert re.search(r"Trained on 100 points, (none|[12]) of 2 models", page)
        assert "from one fitted Gaussian to the truth on mixture" in page
    elif kind == "long names and markup":
        assert "<script>" in page and f"m{' long' * 12} on d" in page
    elif kind == "one seed":
        assert "Nothing is tested, since that takes two seeds." in page
        assert "shown" not in said.replace("is shown to close", "")
    elif kind == "no Gaussian and no kde":
        assert "The least MMD² at the smallest bandwidth, times 1000:" in page
        assert "kernel density" not in said


@pytest.mark.parametrize("kind", ODD_RUNS)
def test_odd_studies_run_and_are_shown(open_page, tmp_path, monkeypatch, kind):
    datasets, models = ODD_RUNS[kind]
    study = {
        "seeds": 1 if kind == "one seed" else 2,
        "n_samples": 200,
        "datasets": datasets,
        "models": models,
        "metrics": {"n_reference": 200, "n_likelihood": 50},
        "report": {"title": HOSTILE if kind == "long names and markup" else kind},
    }
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(400, 2))
    np.savetxt("points.csv", points, delimiter=",")
    results = tmp_path / "results"
    runner.run(Plan(STAGES, config.load(study)), results)
    if kind == "all diverged":
        with open(results / "metrics.csv") as stream:
            rows = [row for row in csv.DictReader(stream) if row["model"] != "resample"]
        whys = ("diverged: diverged at training step", "skipped: no score was learned")
        assert all(f"{row['status']}: {row['note']}".startswith(whys) for row in rows)
    check_paper(results / "report.pdf")
    first_page_says(kind, text_of(results / "report.pdf"), results)
    check_report(open_page(results / "report.html", width=1024))
    page = open_page(results / "explorer.html", width=1024)
    page.wait_for_selector("html[data-ready=yes]")
    assert page.locator("#error").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").inner_text().split() == study["report"]["title"].split()
    for side in ("left", "right"):
        assert drawn(picture(page.locator(f"#{side} .plot"))) > 50
