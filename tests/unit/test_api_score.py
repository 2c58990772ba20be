"""gen2d.score: a verdict on samples, its words and its picture, and what is made once."""

import matplotlib as mpl
import numpy as np
import pytest
import torch

import gen2d
from gen2d.api import scoring
from gen2d.figures import verdict as figure

BOARD = gen2d.density("checkerboard")
X = BOARD.sample(1000, rng=0)


@pytest.fixture(autouse=True)
def _few_true_points(monkeypatch):
    monkeypatch.setattr(scoring, "N_REFERENCE", 3000)
    monkeypatch.setattr(scoring, "_TRUTHS", {})


def test_the_law_is_a_name_a_density_or_true_points():
    by_name, by_density = gen2d.score(X, "checkerboard"), gen2d.score(X, BOARD)
    assert by_name.to_dict() == by_density.to_dict()
    assert not by_name.differs
    by_points = gen2d.score(torch.as_tensor(X), BOARD.sample(6000, rng=1))
    assert not by_points.differs and by_points.n_true == 1000
    assert gen2d.score(X, gen2d.density("checkerboard")).truth is by_name.truth
    assert gen2d.score(0.5 * X, "checkerboard").differs
    assert gen2d.score(X, gen2d.density("rings", radii=[4.0])).differs


def test_what_is_of_the_law_alone_is_made_once(monkeypatch):
    gen2d.score(X, "checkerboard")
    monkeypatch.setattr(type(BOARD.law), "sample", lambda *_: pytest.fail("true points again"))
    again = gen2d.score(1.01 * X, "checkerboard")
    assert again.n_true == len(X)
    assert len(scoring._TRUTHS) == 1
    for sd in np.arange(1, 2 * scoring._MOST_TRUTHS) / 100:
        scoring.truth_of(gen2d.density("moons", sd=sd))
    assert len(scoring._TRUTHS) == scoring._MOST_TRUTHS


def test_the_table_has_what_true_samples_score_beside_each_metric():
    verdict = gen2d.score(X, "checkerboard")
    table = verdict.metrics
    assert list(table.columns) == ["value", "truth_low", "truth_high"]
    assert table.loc["off_support"].tolist() == [0, 0, 0]
    assert (table["truth_low"] <= table["truth_high"]).all()
    assert set(verdict.tests) == {"distances", "bins", "off_support"}
    assert str(verdict).splitlines()[-1] in verdict._repr_html_()
    assert "1000 points: the sample is not distinguishable from checkerboard" in str(verdict)
    assert "<table" in verdict._repr_html_()


def test_infinite_values_are_missing_in_the_table():
    line = np.linspace(-4, 4, 500)[:, None] * [1.0, 1.0]
    verdict = gen2d.score(line, "checkerboard")
    assert np.isnan(verdict.metrics.loc["kde_log_likelihood", "value"])
    assert verdict.to_dict()["metrics"]["kde_log_likelihood"]["value"] is None


def test_the_plot_shows_where_points_are_too_many_and_leaves_matplotlib_as_it_was(monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "font.size", 17)
    moved = np.where((X > 0).all(1, keepdims=True), X - 4, X)  # from one quadrant to another
    verdict = gen2d.score(moved, "checkerboard")
    before = dict(mpl.rcParams), mpl.get_backend()
    drawn = verdict.plot()
    assert (dict(mpl.rcParams), mpl.get_backend()) == before
    left, right, _ = drawn.axes
    (cells,) = right.collections
    centres = np.array([path.vertices[:4].mean(axis=0) for path in cells.get_paths()])
    surplus = cells.get_array()
    assert surplus[(centres < 0).all(1)].mean() > 2
    assert surplus[(centres > 0).all(1)].mean() < -2
    assert len(left.collections) == 2


def test_true_samples_exceed_by_one_standard_deviation():
    truth = scoring.truth_of("checkerboard")
    bins = figure.Bins.of(truth.reference.points, 1000)
    found = [figure.excess(BOARD.sample(1000, rng=k), truth.reference, bins) for k in range(30)]
    assert np.std(found) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("x", "against", "words"),
    [
        (X[:50], "moons", "x: expected at least 100 distinct points; got 50 in 50 rows"),
        (X, "moon", "density: expected one of .*; got 'moon'"),
        (X, 3, r"against: expected numbers of shape \(N, 2\); got int64 of shape \(\)"),
        (
            X * np.nan,
            "moons",
            r"x: expected finite numbers below 1e\+100; got \[nan nan\] in row 1",
        ),
        (
            X[:, 0],
            "moons",
            r"x: expected numbers of shape \(N, 2\); got float64 of shape \(1000,\)",
        ),
        (X, np.ones((300, 2)), "against: expected at least 100 distinct points; got 1 in 300 rows"),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_line(x, against, words):
    with pytest.raises(ValueError, match=f"^{words}$"):
        gen2d.score(x, against)
