"""Densities stand beside the exact ones, in the order of their losses; wins are those of tests."""

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.figures import densities as figure
from gen2d.geometry import FINE, View
from gen2d.plan.figure_knobs import DensitiesFigureKnobs
from gen2d.report.sections.works import wins
from one_gaussian import VALUES
from studies import done, job_of, plan_of, table_of

CORNERS = np.array([[-1.0, -1.0], [1.0, 1.0]])


@pytest.fixture
def shown(tmp_path):
    """The table of the figure, of two densities of which the second by name is the better."""
    models = {"gaussian": {"method": "gaussian"}, "kde": {"method": "kde"}}
    plan = plan_of({**VALUES, "seeds": 2, "models": models})
    fields = job_of(plan, tmp_path, "exact_grids", dataset="here")
    fields.write_arrays("grids", view=CORNERS, log_prob=np.zeros(FINE**2))
    for model, value in (("gaussian", 1.0), ("kde", 2.0)):
        job = job_of(plan, tmp_path, "record_history", model=model)
        job.write_arrays("arrays", **{"here.log_prob": np.full(FINE**2, np.log(value))})
    summary = pd.DataFrame(
        {"dataset": "here", "model": ["gaussian", "kde"], "metric": "kl", "mean": [0.5, 0.25]}
    )
    job_of(plan, tmp_path, "summary").write_table("summary", summary)
    return table_of(done(plan, tmp_path, "figure_densities"), "table")


def test_models_are_sorted_by_their_loss(shown):
    first = shown.drop_duplicates("place").set_index("place")
    assert first["model"].to_dict() == {0: "exact", 1: "kde", 2: "gaussian"}
    assert first.loc[1, "value"] == pytest.approx(2.0) and first.loc[1, "loss"] == 0.25
    grid = View(*CORNERS).grid(FINE)
    np.testing.assert_allclose(shown.loc[shown["place"] == 0, ["x1", "x2"]], grid)


def drawn(table):
    titles = [("kde", "The kde"), ("gaussian", "The Gaussian")]
    return figure.draw(table, DensitiesFigureKnobs(titles=titles))


def test_a_row_has_one_scale_and_losses_in_the_corner(shown):
    drawing = drawn(shown)
    assert len({axes.images[0].get_clim() for axes in drawing.axes}) == 1
    said = {*texts(drawing)}
    assert {"exact", "The kde", "The Gaussian", "0.25", "0.50"} <= said


def test_what_is_not_known_says_so(shown):
    unknown = shown.assign(value=shown["value"].where(shown["place"] > 0))
    said = texts(drawn(unknown))
    assert said.count("not known") == 1


def test_wins_are_counted_over_data_sets():
    rows = [
        ("a", "b", "here", -1.0, 0.01),
        ("a", "b", "there", -1.0, 0.01),
        ("a", "b", "where", -1.0, 0.20),
        ("b", "a", "here", 1.0, 0.01),
    ]
    columns = ["model", "other", "dataset", "difference", "p_holm"]
    compared = pd.DataFrame(rows, columns=columns).assign(metric="mmd2_small")
    overall = pd.DataFrame({"model": ["a", "b"], "ratio": [2.0, 1.0], "n_diverged": 0})
    found = wins(compared, overall, ["a", "b"], 0.05)
    assert found["header"] == ["", "b", "a"]
    assert found["rows"] == [["b", "", "0"], ["a", "2", ""]]
    assert wins(compared, overall, ["a"], 0.05)["rows"] == []
