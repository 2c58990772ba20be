"""Metrics that are taken only where asked for: against closed forms, in a study, in a score."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

import gen2d
from commands import command
from fresh import python
from gen2d import config
from gen2d.api import scoring
from gen2d.config.sections import Metrics
from gen2d.densities.checkerboard import Checkerboard
from gen2d.metrics import catalogue, optional
from gen2d.metrics.catalogue import MORE, PACKAGES, TAKEN
from gen2d.metrics.two_sample import Reference
from gen2d.plan.stages import STAGES
from gen2d.runner import run
from small_study import METRICS, small_values
from studies import plan_of, spec_of

LAW = Checkerboard()


def gaussian(n, seed, mean=(0.0, 0.0), sds=(1.0, 1.0)):
    return np.random.default_rng(seed).normal(mean, sds, size=(n, 2))


def taken(name, x, y):
    return getattr(optional, name)(x, Reference.of(y, np.array([1.0])), LAW)


# --- the metrics ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_classifier_is_right_by_chance_where_laws_are_equal(scale):
    """Of 4000 points, so that the standard deviation is 0.008; five of them are allowed."""
    x, y = (scale * LAW.sample(2000, np.random.default_rng(seed)) for seed in (0, 1))
    assert taken("c2st", x, y) == pytest.approx(0.5, abs=0.04)


def test_a_classifier_sees_a_shift_as_well_as_can_be():
    """The best accuracy for means that are d apart is Phi(d / 2)."""
    near = taken("c2st", gaussian(2000, 0), gaussian(2000, 1, (1.5, 0)))
    assert near == pytest.approx(0.7734, abs=0.04)
    assert taken("c2st", gaussian(2000, 0), gaussian(2000, 1, (50, 0))) > 0.99


def test_a_classifier_sees_blur():
    """Which no coordinate shows by itself."""
    rng = np.random.default_rng(0)
    x, y = LAW.sample(2000, rng), LAW.sample(2000, rng)
    blurred = x + rng.normal(scale=0.4, size=x.shape)
    assert taken("c2st", blurred, y) > 0.57


@pytest.mark.parametrize("d", [0.0, 3.0, 1e-8, 1e8])
@pytest.mark.parametrize("n", [2, 100, 5000])
def test_a_shift_is_as_far_as_it_shifts(n, d):
    """Of the same rows, also where these are some of many."""
    x = d * gaussian(n, 0) if d else gaussian(n, 0)
    for name in ("wasserstein1", "wasserstein2"):
        assert taken(name, x + np.array([0.6, 0.8]) * d, x) == pytest.approx(d, rel=1e-6)


def test_transport_is_exact():
    """As many points of either: an assignment is the least cost."""
    x, y = gaussian(1000, 0), LAW.sample(1000, np.random.default_rng(1))
    for name, cost, power in (("wasserstein1", "euclidean", 1), ("wasserstein2", "sqeuclidean", 2)):
        costs = cdist(x, y, cost)
        least = costs[linear_sum_assignment(costs)].mean() ** (1 / power)
        assert taken(name, x, y) == pytest.approx(least, rel=1e-9)


def test_gaussians_are_as_far_as_their_means_and_standard_deviations():
    """W2^2 is |m - m'|^2 + sum (s - s')^2; 1000 points of one law add some 0.1 to 0 alone."""
    x, y = gaussian(1000, 0, (4, 0), (1, 3)), gaussian(1000, 1, (0, 0), (2, 1))
    assert taken("wasserstein2", x, y) == pytest.approx((16 + 1 + 4) ** 0.5, rel=0.03)


def test_transport_on_a_line_is_that_of_one_dimension():
    x, y = gaussian(500, 0)[:, 0], 2 * gaussian(500, 1)[:, 0]
    found = taken("wasserstein1", *(np.stack([a, 0.75 * a], axis=1) for a in (x, y)))
    assert found == pytest.approx(1.25 * wasserstein_distance(x, y), rel=1e-9)


@pytest.mark.parametrize("name", MORE)
def test_a_subsample_of_many_is_the_same_each_time(name, monkeypatch):
    monkeypatch.setattr(optional, "_CLASSIFIED", 200)
    monkeypatch.setattr(optional, "_TRANSPORTED", 200)
    np.random.seed(1)  # noqa: NPY002 - whose state is not to count
    x, y = gaussian(1500, 0), gaussian(1200, 1)
    first = taken(name, x, y)
    np.random.seed(2)  # noqa: NPY002
    assert taken(name, x, y) == first
    assert first != taken(name, x[:200], y[:200])  # not the first rows, whatever their order


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", MORE)
def test_few_points_that_coincide_have_a_number(name):
    assert taken(name, np.zeros((2, 2)), np.zeros((3, 2))) in (0.0, 0.5)


# --- where they are asked for ---------------------------------------------------------------------


def test_a_study_has_them_beside_those_of_the_truth(tmp_path):
    plan = plan_of(small_values(metrics={**METRICS, "more": ["wasserstein2", "c2st"]}))
    run(plan, tmp_path, ("verdicts", "figure_metrics"))
    metrics, summary = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("metrics", "summary"))
    for name, low, high in (("c2st", 0.3, 1.0), ("wasserstein2", 0.1, 20.0)):
        cells = metrics[metrics["metric"] == name]
        assert set(cells["model"]) == {"dsm", "gaussian", "kde", "truth"}
        assert (cells["status"] == "ok").all() and cells["value"].between(low, high).all()
        means = summary[summary["metric"] == name].set_index("model")["mean"]
        assert means["truth"] < means["gaussian"]
        assert (tmp_path / f"figures/metrics-{name}.svg").exists()
    assert "wasserstein1" not in set(metrics["metric"])
    assert not (tmp_path / "figures/metrics-wasserstein1.svg").exists()


def test_they_and_their_packages_count_in_the_jobs_that_take_them():
    """In no other: an edit of theirs reruns nothing where nobody asks for them."""
    cell = {"dataset": "checkerboard", "model": "truth", "seeds": "seeds0-0"}
    plans = {
        more: plan_of(small_values(metrics={**METRICS, "more": list(more)}))
        for more in ((), ("c2st",), ("wasserstein1",))
    }
    specs = {more: json.loads(spec_of(plan, "evaluate", **cell)) for more, plan in plans.items()}
    libraries = {more: set(spec["libraries"]) for more, spec in specs.items()}
    assert libraries[()] == {"numpy", "scipy"}
    assert libraries["c2st",] == {"numpy", "scipy", "scikit-learn"}
    assert libraries["wasserstein1",] == {"numpy", "scipy", "POT"}
    for more, plan in plans.items():
        files = plan.planned(STAGES["evaluate"], cell).files
        assert ("gen2d.metrics.optional" in files) == bool(more)
    assert dict(specs[()]["knobs"]["metrics"]) == TAKEN
    samples = {spec_of(plan, "sample", **cell) for plan in plans.values()}
    assert len(samples) == 1


def test_their_order_does_not_count():
    given = Metrics.model_validate({"more": ["wasserstein2", "c2st"]}).more
    assert given == ["c2st", "wasserstein2"]


def test_no_package_of_theirs_is_imported_until_they_are_taken(root):
    script = (
        "import sys, numpy as np\n"
        "from gen2d import config\n"
        "from gen2d.plan.spec import Plan\n"
        "from gen2d.plan.stages import STAGES\n"
        "values = config.read_file('config.yaml')\n"
        "values['metrics'] = {'more': ['c2st', 'wasserstein1']}\n"
        "plan = Plan(STAGES, config.load(values))\n"
        "plan.spec(*next(job for job in plan.jobs(STAGES.values()) if job[0].name == 'evaluate'))\n"
        "import gen2d.stages.evaluate, gen2d.metrics.optional, gen2d.api.scoring\n"
        "print([m for m in ('sklearn', 'ot') if m in sys.modules])"
    )
    assert python(root, script, cwd=root).stdout.strip() == "[]"


# --- in a score -----------------------------------------------------------------------------------


@pytest.fixture
def _few_true_points(monkeypatch):
    monkeypatch.setattr(scoring, "N_REFERENCE", 3000)
    monkeypatch.setattr(scoring, "_TRUTHS", {})


@pytest.mark.usefixtures("_few_true_points")
def test_a_score_has_them_beside_those_of_true_samples():
    x = LAW.sample(600, np.random.default_rng(3))
    before = gen2d.score(x, "checkerboard")
    verdict = gen2d.score(x / 2, "checkerboard", more=("wasserstein1", "c2st"))
    table = verdict.metrics
    assert set(table.index) - set(before.metrics.index) == {"c2st", "wasserstein1"}
    assert (table.loc[["c2st", "wasserstein1"], "value"] > table["truth_high"].loc["c2st"]).all()
    assert table.loc["c2st", "truth_low"] < table.loc["c2st", "truth_high"] < 0.6
    assert gen2d.score(x, "checkerboard").to_dict() == before.to_dict()


def test_the_command_takes_them(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, LAW.sample(500, np.random.default_rng(4)))
    status, out, _ = command(
        "score", path, "--dataset", "checkerboard", "--more", "c2st,wasserstein2", "--json"
    )
    found = json.loads(out)["metrics"]
    assert status == 0 and {"c2st", "wasserstein2"} < found.keys()
    assert len(found["c2st"]["truth"]) == 2 and found["c2st"]["value"] < 0.6


# --- what is refused ------------------------------------------------------------------------------

WRONG = [
    (["c2st", "fid"], f"expected some of {', '.join(MORE)}; got 'fid'"),
    (["c2st", "c2st"], "expected each once; got ['c2st', 'c2st']"),
]


@pytest.mark.parametrize(("more", "words"), WRONG)
def test_what_is_no_such_metric_is_named(more, words, tmp_path):
    x = LAW.sample(200, np.random.default_rng(5))
    with pytest.raises(config.ConfigError) as caught:
        gen2d.score(x, "checkerboard", more=more)
    assert str(caught.value) == f"more: {words}"
    with pytest.raises(config.ConfigError) as caught:
        plan_of(small_values(metrics={**METRICS, "more": more}))
    assert str(caught.value) == f"config: metrics.more: {words}"
    path = tmp_path / "x.npy"
    np.save(path, x)
    status, _, error = command("score", path, "--dataset", "moons", "--more", ",".join(more))
    assert (status, error.strip()) == (2, f"gen2d score: --more: {words}")


@pytest.mark.parametrize(("name", "package"), [("c2st", "scikit-learn"), ("wasserstein2", "POT")])
def test_a_package_that_is_missing_is_named_with_what_installs_it(name, package, monkeypatch):
    known = catalogue.find_spec
    hidden = catalogue.MODULES[package]
    monkeypatch.setattr(catalogue, "find_spec", lambda m: None if m == hidden else known(m))
    with pytest.raises(config.ConfigError) as caught:
        plan_of(small_values(metrics={**METRICS, "more": [name]}))
    assert str(caught.value) == (
        f'config: metrics.more: expected {package} for {name}, pip install "gen2d[more]"; '
        "got no such package installed"
    )
    plan_of(small_values(metrics={**METRICS, "more": [m for m in MORE if m[0] != name[0]]}))


def test_every_optional_metric_says_which_package_it_needs():
    assert set(PACKAGES.values()) == set(catalogue.MODULES)
    assert not set(PACKAGES) & set(TAKEN.values())
