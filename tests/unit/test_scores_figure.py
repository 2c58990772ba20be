"""The share of the score that models learned, and the least losses: lines, marks and names."""

import numpy as np
import pandas as pd
import pytest

from drawings import check_texts, texts
from gen2d.figures import floors, naming, scores
from gen2d.plan.figure_knobs import FloorsFigureKnobs, ScoresFigureKnobs
from gen2d.report.sections import learned
from one_gaussian import TINY, VALUES
from studies import done, job_of, plan_of, table_of

LEVELS = (0.1, 0.5, 2.0)


def shares(models, datasets=("here",), levels=LEVELS):
    """The table of the figure: what each model learns, at all levels or at one."""
    rows = [
        (dataset, model, level, 3, share, share - 0.1, share + 0.1)
        for dataset in datasets
        for model, share in models.items()
        for level in levels
    ]
    return pd.DataFrame(rows, columns=scores.COLUMNS)


def drawn(table, judged=("m",), **titles):
    names = list(table["model"].unique())
    told = ScoresFigureKnobs(
        methods=[(name, "dsm" if name in judged else "gaussian") for name in names],
        titles=[(name, titles.get(name, name)) for name in names],
        judged=list(judged),
        marker_size=4.0,
    )
    return scores.draw(table, told)


def test_the_share_is_that_of_the_causes_in_percent(tmp_path):
    models = {"m": {"method": "dsm_single", **TINY}, "gaussian": {"method": "gaussian"}}
    plan = plan_of({**VALUES, "seeds": 2, "models": models})
    rows = [
        ("here", "m", "score_learned", 0.1, 2, 0.5, 0.4, 0.6),
        ("here", "m", "outside", 0.1, 2, 0.1, 0.1, 0.1),
    ]
    columns = ["dataset", "model", "cause", "at", "n_seeds", "mean", "low", "high"]
    job_of(plan, tmp_path, "causes").write_table("table", pd.DataFrame(rows, columns=columns))
    table = table_of(done(plan, tmp_path, "figure_scores"), "table")
    assert table.to_numpy().tolist() == [["here", "m", 0.1, 2, 50.0, 40.0, 60.0]]


def test_the_axis_spreads_what_is_missed_and_is_labelled_by_what_is_learned():
    axes = drawn(shares({"m": 99.0, "n": 50.0}), ("m", "n")).axes[0]
    low, high = axes.get_ylim()
    assert low > high and axes.get_yscale() == "log"  # more is learned further up
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["0", "50", "90", "99"]
    np.testing.assert_allclose(axes.get_yticks(), [100, 50, 10, 1])
    lines = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == len(LEVELS)]
    assert any(np.allclose(y, 1.0) for y in lines) and any(np.allclose(y, 50.0) for y in lines)


def test_a_model_of_one_level_is_a_mark_and_a_baseline_a_thin_line():
    table = pd.concat([shares({"m": 30.0}, levels=(0.1,)), shares({"g": 90.0})])
    mark, *_, line = drawn(table).axes[0].lines
    assert mark.get_xdata().tolist() == [0.1] and mark.get_marker() == "o"
    assert line.get_marker() == "None" and line.get_linewidth() < 1


def test_baselines_beyond_the_models_are_named_where_they_leave():
    table = pd.concat([shares({"m": 90.0}), shares({"g": 90.0})])
    table.loc[(table["model"] == "g") & (table["noise_level"] == 2.0), "share"] = 99.9999
    drawing = drawn(table)
    least = drawing.axes[0].get_ylim()[1]
    (note,) = (text for text in drawing.axes[0].texts if text.get_text() == "g")
    x, y = note.xy
    assert 0.5 < x < 2.0 and y == pytest.approx(least)


def test_a_model_that_is_worse_than_no_score_is_inside():
    axes = drawn(shares({"m": -900.0})).axes[0]
    assert axes.get_ylim()[0] > 1000


@pytest.mark.parametrize(("n_datasets", "n_models"), [(1, 1), (4, 3), (6, 12)])
def test_the_texts_of_any_study_can_be_read(n_datasets, n_models):
    models = {f"m{i}": f"a score model with a rather long title {i}" for i in range(n_models)}
    known = dict.fromkeys(models, 97.0)
    table = shares(known, [f"gaussian_mixture_{i}" for i in range(n_datasets)])
    check_texts(drawn(table, tuple(models), **models))


def test_without_scores_the_figure_says_so():
    assert "no learned score can be compared" in texts(drawn(shares({})))


@pytest.mark.parametrize("places", [[0.5] * 4, [0, 0, 1, 1], [0.99, 1, 1, 1], [0.1, 0.4, 0.6, 0.9]])
def test_names_are_apart_and_in_order(places):
    found = naming.spread(np.array(places), 0.2)
    assert (np.diff(found) >= 0.2 - 1e-12).all()
    assert found[0] >= 0 and found[-1] <= 1 + 1e-12
    assert found.tolist() == pytest.approx(places) or min(np.diff(places)) < 0.2


def floor_table(datasets):
    rows = [(d, q, level, 1 + level) for d in datasets for q in floors.FLOORS for level in LEVELS]
    return pd.DataFrame(rows, columns=floors.COLUMNS)


@pytest.mark.parametrize("n_datasets", [1, 4, 6])
def test_least_losses_are_lines_with_names(n_datasets):
    told = FloorsFigureKnobs(noise_levels=list(LEVELS))
    drawing = floors.draw(floor_table([f"d{i}" for i in range(n_datasets)]), told)
    assert [len(axes.lines) for axes in drawing.axes] == [3] * n_datasets
    assert drawing.axes[0].lines[0].get_ydata().tolist() == [1.1, 1.5, 3.0]
    assert {"velocity", "flow matching"} <= {*texts(drawing.axes[-1])}
    check_texts(drawing)
    assert "no density is known" in texts(floors.draw(floor_table([]), told))


def test_least_losses_are_those_that_are_known(tmp_path):
    models = {"m": {"method": "dsm_single", **TINY}}
    plan = plan_of({**VALUES, "seeds": 2, "models": models})
    table = {
        "quantity": ["dsm_loss_floor", "entropy", "v_loss_floor", "dsm_loss_floor"],
        "noise_level": [0.5, np.nan, 0.5, 7.0],
        "value": [1.5, 3.0, np.nan, 1.0],
    }
    job_of(plan, tmp_path, "exact", dataset="here").write_table("exact", table)
    found = table_of(done(plan, tmp_path, "figure_floors"), "table")
    assert found.to_numpy().tolist() == [["here", "dsm_loss_floor", 0.5, 1.5]]


def causes(rows):
    columns = ["model", "at", "mean"]
    return pd.DataFrame(rows, columns=columns).assign(cause="score_learned", dataset="here")


def test_the_claim_on_scores_is_of_models_of_many_levels():
    rows = [("m", 0.1, 0.5), ("m", 2.0, 0.999), ("n", 0.1, 0.6), ("n", 2.0, 0.99), ("one", 0.1, 0)]
    said = learned.score_claim(causes([*rows, ("gaussian", 0.1, -3)]), ["m", "n", "one"])
    assert said == (
        "Models of many noise levels learn 50 to 60 % of the score at noise 0.1 and"
        " 99.0 to 99.9 % of the score at noise 2"
    )
    assert learned.score_claim(causes(rows[-1:]), ["one"]) == (
        "Models learn 0 % of the score at noise 0.1"
    )
    assert learned.score_claim(causes(rows), []) == ""


def test_the_claim_on_densities_counts_data_sets():
    rows = [
        ("a", "m", "kl", 1.0),
        ("a", "n", "kl", 0.5),
        ("b", "m", "nll", 3.0),
        ("b", "n", "kl", 2),
    ]
    summary = pd.DataFrame(rows, columns=["dataset", "model", "metric", "mean"])
    assert (
        learned.density_claim(summary)
        == "n has the least mean loss to the truth on 2 of 2 data sets"
    )
    assert learned.density_claim(summary.query("dataset == 'a' and model == 'm'")) == (
        "m has the least mean loss to the truth on 1 of 1 data set"
    )
    assert learned.density_claim(summary.assign(metric="mmd2")) == ""
