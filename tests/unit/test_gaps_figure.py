"""Scores across gaps: which models are shown, how wrong they are, and how modes are filled."""

import numpy as np
import pandas as pd
import pytest

from drawings import check_texts, texts
from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.figures import gaps as figure
from gen2d.geometry import FINE, View
from gen2d.plan.figure_knobs import GapsFigureKnobs
from gen2d.report.sections import causes
from one_gaussian import TINY, VALUES
from studies import arrays_of, done, job_of, plan_of, table_of

MEANS = [[-2.0, 0.0], [2.0, 0.0]]
MODES = {"kind": "gaussians", "means": MEANS, "sd": 0.3, "weights": [3, 1]}
SIZES = {"n_train": 40, "n_holdout": 30}
CORNERS = View(np.array([-3.0, -3.0]), np.array([3.0, 3.0]))
MODELS = {
    "one": {"method": "dsm_single", **TINY},
    "many": {"method": "dsm_multilevel", "training": {"n_steps": 2, "log_every": 1}},
    "truth": {"method": "truth"},
}
STUDY = {
    **VALUES,
    "seeds": 2,
    "models": MODELS,
    "datasets": {"two": {**MODES, **SIZES}, "flat": {"kind": "moons", **SIZES}},
}
LEFT = {"truth": (3, 3), "one": (1, 4), "many": (2, 3)}
"""Of four samples of each seed those at the left mode."""


def samples(n_left):
    return np.array([MEANS[0]] * n_left + [MEANS[1]] * (4 - n_left))


@pytest.fixture
def written(tmp_path):
    """The files that the figure reads; the left mode's weight is three quarters."""
    plan, grid = plan_of(STUDY), CORNERS.grid(FINE)
    view = np.array(CORNERS)
    law = Gaussians(MEANS, 0.3, weights=[3, 1])
    exact = {
        "modes": law.modes[0],
        "weights": law.modes[1],
        "scores": law.smoothed_score(grid, 0.1),
    }
    for dataset, more in (("two", exact), ("flat", {})):
        fields = job_of(plan, tmp_path, "exact_grids", dataset=dataset)
        fields.write_arrays("grids", view=view, log_prob=law.log_prob(grid), **more)
    for model, factor in (("one", 0.5), ("many", 0.9)):
        scores = {"two.scores_at_level": factor * exact["scores"]}
        job_of(plan, tmp_path, "record_history", model=model).write_arrays("arrays", **scores)
    for model, left in LEFT.items():
        cell = {"dataset": "two", "model": model, "seeds": "seeds0-1"}
        drawn = np.stack([samples(n) for n in left])
        job_of(plan, tmp_path, "sample", **cell).write_arrays("samples", samples=drawn)
    rows = [("two", m, "score_learned", at, 0.9) for m, at in (("many", 0.1), ("many", 0.5))]
    rows += [("two", "one", "score_learned", 0.1, 0.99)]
    table = pd.DataFrame(rows, columns=["dataset", "model", "cause", "at", "mean"])
    job_of(plan, tmp_path, "causes").write_table("table", table)
    return plan, tmp_path


@pytest.fixture
def shown(written):
    return table_of(done(*written, "figure_gaps"), "table")


def test_the_data_set_has_modes_and_the_models_are_of_one_and_of_many_levels(shown):
    assert set(shown["dataset"]) == {"two"}
    models = shown[shown["quantity"] == "score_1"].drop_duplicates("place").set_index("place")
    assert models["model"].to_dict() == {0: "exact", 1: "one", 2: "many"}
    assert len(shown[shown["quantity"] == "score_2"]) == 3 * FINE**2


def test_modes_have_their_share_over_their_weight(shown):
    shares = shown[(shown["quantity"] == "share") & (shown["x1"] < 0)]
    found = {place: rows["value"].tolist() for place, rows in shares.groupby("place")}
    expected = {i: [n / 4 / 0.75 for n in LEFT[m]] for i, m in enumerate(("truth", "one", "many"))}
    assert found == {place: pytest.approx(values) for place, values in expected.items()}


def test_without_a_model_of_many_levels_that_of_one_stands_alone(written):
    plan, results = written
    job_of(plan, results, "causes").write_table(
        "table", pd.DataFrame(columns=["dataset", "model", "cause", "at", "mean"])
    )
    table = table_of(done(plan, results, "figure_gaps"), "table")
    assert sorted(table["place"].unique()) == [0, 1]


def test_without_modes_or_models_there_are_no_rows(written):
    plan, results = written
    fields = job_of(plan, results, "exact_grids", dataset="two")
    fields.write_arrays("grids", view=np.array(CORNERS), log_prob=np.zeros(FINE**2))
    assert table_of(done(plan, results, "figure_gaps"), "table").empty
    models = {"many": MODELS["many"]}
    other = plan_of({**STUDY, "models": models})
    assert figure.table(job_of(other, results, "figure_gaps")).empty


def drawn(table, title="The one"):
    titles = [("one", title), ("many", f"{title} of many"), ("truth", "truth")]
    told = {"single": "one", "noise_level": 0.1, "truth": "truth"}
    return figure.draw(table, GapsFigureKnobs(**told, titles=titles))


def test_errors_are_drawn_beside_the_exact_score_on_one_scale(shown):
    drawing = drawn(shown)
    exact, one, many = drawing.axes[:3]
    assert not exact.images and {"1", "2"} <= {*texts(exact)}
    (worse,), (better,) = one.images, many.images
    assert worse.get_clim() == better.get_clim()
    np.testing.assert_allclose(worse.get_array(), 5 * better.get_array(), rtol=1e-6)
    assert len(one.collections) == 2  # the contour and the arrows


def test_bars_are_of_the_first_seed_and_ticks_of_all(shown):
    below = drawn(shown).axes[4]
    assert [bar.get_height() + 1 for bar in below.patches] == pytest.approx([1 / 3, 3.0])
    _, *ticks = below.lines
    assert [line.get_ydata().tolist() for line in ticks] == [
        pytest.approx([1 / 3, 4 / 3]),
        pytest.approx([3.0, 0.0]),
    ]


@pytest.mark.parametrize("places", [[0, 1], [0, 1, 2]])
def test_its_texts_can_be_read(shown, places):
    check_texts(drawn(shown[shown["place"].isin(places)], "a score model with a rather long title"))


def test_without_rows_the_figure_says_so():
    said = texts(drawn(pd.DataFrame(columns=figure.COLUMNS)))
    assert "no data set has modes that a model of one level fills" in said


def test_the_report_says_how_modes_are_filled(shown):
    ends = {"one": (0.33, 3.0), "many": (0.5, 1.5)}
    rows = [
        ("two", model, name, mean, mean - 0.1, mean + 0.1)
        for model, values in ends.items()
        for name, mean in zip(("least_mode", "largest_mode"), values, strict=True)
    ]
    columns = ["dataset", "model", "metric", "mean", "low", "high"]
    said = causes.gaps(shown, pd.DataFrame(rows, columns=columns))
    assert said["claim"] == "one gives modes 0.33 to 3.00 times their due"
    assert "with one 0.33 [0.23, 0.43] and 3.00 [2.90, 3.10]; with many 0.50" in said["text"]
    assert causes.gaps(shown.iloc[:0], pd.DataFrame()) == {}


def test_exact_and_learned_scores_are_those_of_the_level(tmp_path):
    plan = plan_of(STUDY)
    for dataset in ("two", "flat"):
        for stage in ("reference", "exact_grids"):
            done(plan, tmp_path, stage, dataset=dataset)
        done(plan, tmp_path, "data", dataset=dataset, seeds="seeds0-1")
        done(plan, tmp_path, "train", dataset=dataset, model="one", seeds="seeds0-1")
    job = job_of(plan, tmp_path, "exact_grids", dataset="two")
    view, modes, scores = arrays_of(job, "grids", "view", "modes", "scores")
    law, grid = Gaussians(MEANS, 0.3, weights=[3, 1]), View(*view).grid(FINE)
    np.testing.assert_allclose(modes, MEANS)
    np.testing.assert_allclose(scores, law.smoothed_score(grid, 0.1))
    explored = done(plan, tmp_path, "record_history", model="one")
    (learned,) = arrays_of(explored, "arrays", "two.scores_at_level")
    assert learned.shape == (FINE**2, 2) and np.isfinite(learned).all()
    with np.load(tmp_path / "histories/one.npz") as arrays:
        assert "flat.scores_at_level" not in arrays
