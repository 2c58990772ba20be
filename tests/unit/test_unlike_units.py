"""Data whose columns have unlike units, or rows far out: views, grids and figures resolve both."""

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.config import DATASETS
from gen2d.densities.base import Density
from gen2d.figures import densities, fields
from gen2d.figures import samples as figure
from gen2d.geometry import FINE, View, share_tied, view
from gen2d.plan.figure_knobs import DensitiesFigureKnobs, FieldsFigureKnobs, SamplesFigureKnobs
from gen2d.plugins import resolve
from gen2d.storage.points import read_points

rng = np.random.default_rng(0)
X = rng.standard_normal((300, 2))
MINUTES = np.stack([rng.uniform(1.5, 5.5, 300), rng.uniform(45, 95, 300)], axis=1)
RATE = X * [1e-3, 1e4] + [0.02, 5e4]
FIX = np.vstack([[[0.0, 0.0]], X * [0.01, 0.01] + [52.5, 13.4]])
UTM = X * [1000, 4000] + [431_000, 5_402_000]


@pytest.mark.parametrize("name", [n for n in DATASETS if n not in ("points", "gaussians")])
def test_known_densities_are_shown_in_the_square_as_before(name):
    knobs = DATASETS[name].model_validate({"kind": name})
    law = resolve(knobs.implementation)(**knobs.parameters(None))
    assert isinstance(law, Density)
    for n in (200, 10_000):
        points = law.sample(n, np.random.default_rng(1))
        low, high = np.quantile(points, [0.001, 0.999], axis=0)
        half = 1.25 * (high - low).max() / 2
        expected = (low + high) / 2 - half, (low + high) / 2 + half
        np.testing.assert_array_equal(np.array(view(points)), expected)


@pytest.mark.parametrize("x", [MINUTES, RATE, UTM, MINUTES[:, ::-1], RATE * 1e-9])
def test_axes_of_unlike_units_have_scales_of_their_own(x):
    shown = view(x)
    assert not shown.is_square
    spread = np.quantile(x, 0.999, axis=0) - np.quantile(x, 0.001, axis=0)
    np.testing.assert_allclose(shown.sides, 1.25 * spread, rtol=1e-6)
    grid = shown.grid(FINE)
    for axis in range(2):  # points fill many cells along either axis
        cells = np.floor((x[:, axis] - shown.low[axis]) / shown.sides[axis] * FINE)
        assert len({*cells}) > FINE / 2
    np.testing.assert_allclose(View.of_grid(grid, FINE), shown, rtol=1e-9)


@pytest.mark.parametrize(
    ("x", "share"),
    [
        (FIX, 1 / 301),
        (np.vstack([X, [[1e6, 0]] * 3]), 3 / 303),
        (np.random.default_rng(3).standard_t(1, (2000, 2)), 0.024),
    ],
)
def test_rows_far_out_are_left_out_and_counted(x, share):
    shown = view(x)
    assert shown.hides(x)
    assert shown.share_outside(x) == pytest.approx(share, abs=1e-3 if share == 0.024 else 1e-9)
    assert shown.sides.max() < 60 * np.diff(np.quantile(x, [0.25, 0.75], axis=0), axis=0).max()
    assert not view(X).hides(X)


def drawn(true, samples):
    parts = [
        pd.DataFrame(x, columns=["x1", "x2"]).assign(dataset="mine", place=place, model=model)
        for place, (model, x) in enumerate({figure.TRUE: true, "m": samples}.items())
    ]
    told = SamplesFigureKnobs(groups=[], titles=[("m", "M")], n_points=200, point_size=1.0)
    return figure.draw(pd.concat(parts), told)


def test_a_figure_of_unlike_units_has_ticks_and_square_panels():
    drawing = drawn(MINUTES, MINUTES[::-1])
    for axes in drawing.axes:
        assert axes.get_aspect() == "auto" and axes.get_box_aspect() == 1
        assert len(axes.get_xticks()) >= 2 and len(axes.get_yticks()) >= 2
        assert np.ptp(axes.get_ylim()) > 5 * np.ptp(axes.get_xlim())
    assert not any("outside" in text for text in texts(drawing))
    for axes in drawn(X, X).axes:
        assert axes.get_aspect() == 1 and not len(axes.get_xticks())


def test_a_figure_says_what_share_lies_outside():
    assert "0.33 % outside" in texts(drawn(FIX, FIX[1:]))


def test_learned_densities_and_fields_are_drawn_on_the_same_scales():
    shown = view(MINUTES)
    grid = shown.grid(FINE)
    value = np.exp(-(((grid - MINUTES.mean(0)) / MINUTES.std(0)) ** 2).sum(1))
    row = {"dataset": "mine", "place": 1, "model": "m", "loss": 1.0, "value": value}
    exact = {"dataset": "mine", "place": 0, "model": "exact", "loss": np.nan, "value": np.nan}
    frame = pd.DataFrame(grid, columns=["x1", "x2"])
    table = pd.concat([frame.assign(**exact), frame.assign(**row)])
    _, axes = densities.draw(table, DensitiesFigureKnobs(titles=[("m", "M")])).axes
    np.testing.assert_allclose([axes.get_xlim(), axes.get_ylim()], np.array(shown).T)
    coarse = shown.grid(20)
    scores = -(coarse - MINUTES.mean(0)) / MINUTES.var(0)
    known = {"view": np.array(shown), "learned": value, "scores": scores, "typical_score": 1.0}
    drawing = fields.draw(fields.stacked({"mine": known}), FieldsFigureKnobs(title="M"))
    for axes in drawing.axes:
        assert axes.get_box_aspect() == 1
        np.testing.assert_allclose([axes.get_xlim(), axes.get_ylim()], np.array(shown).T)
    quiver = drawing.axes[-1].collections[0]
    lengths = np.hypot(quiver.U / shown.sides[0], quiver.V / shown.sides[1])
    assert np.abs(quiver.U).max() / shown.sides[0] > lengths.max() / 2  # both components show
    assert np.abs(quiver.V).max() / shown.sides[1] > lengths.max() / 2


@pytest.mark.parametrize(
    ("x", "share"),
    [
        (X, 0),
        (np.round(X, 1), 0.5),
        (np.vstack([X, X[:2]]), 4 / 302),
        (np.stack([X[:, 0], np.round(X[:, 1])], axis=1), 0),
    ],
)
def test_the_share_of_ties(x, share):
    assert share_tied(x) == pytest.approx(share, abs=0.5 if share == 0.5 else 1e-9)


def test_the_cases_of_old_faithful(root):
    x = read_points(root / "tests/data/cases/unlike_units.csv").points
    assert not view(x).is_square and not view(x).hides(x)
