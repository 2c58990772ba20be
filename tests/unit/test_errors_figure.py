"""Errors in units of a kernel density estimate's are those of the tables, and coloured by tests."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from drawings import texts
from gen2d.figures import errors as figure
from gen2d.figures.style import BLUE, GREY, ORANGE
from gen2d.plan.figure_knobs import ErrorsFigureKnobs
from one_gaussian import TINY, VALUES
from studies import done, job_of, plan_of, table_of

RATIOS = {"good": 0.5, "even": 1.0, "bad": 4.0}


def drawn(ratios=RATIOS, baselines=(("kde", "k"), ("gaussian", "g")), spread=0.1):
    answers = {"good": "better", "bad": "worse"}
    rows = [
        ("here", place, model, seed, ratio, ratio, ratio / 2, 2 * ratio, answers.get(model, "un"))
        for place, (model, ratio) in enumerate(ratios.items())
        for seed in range(3)
    ]
    rows += [
        ("here", np.nan, model, 0, value, value, value, value, np.nan)
        for (_, model), value in zip(baselines, (1.0, 8.0), strict=False)
    ]
    titles = [(model, f"the {model}") for model in ratios]
    told = ErrorsFigureKnobs(
        judged=[*ratios], titles=titles, baselines=[*baselines], marker_size=4.0
    )
    return figure.draw(pd.DataFrame(rows, columns=figure.COLUMNS), told)


def test_markers_have_the_colour_of_the_test():
    (axes,) = drawn().axes
    markers = [line for line in axes.lines if line.get_marker() == "o"]
    found = {float(m.get_xdata()[0]): to_hex(m.get_color()) for m in markers}
    assert found == {0.5: BLUE, 1.0: GREY, 4.0: ORANGE}
    assert axes.get_xscale() == "log"
    assert {"the good", "the bad", "kde", "Gaussian"} <= {*texts(drawn())}


def test_a_model_that_diverged_says_so():
    assert "diverged" in texts(drawn({"good": 0.5, "gone": np.nan}))


def test_an_error_below_0_leaves_its_seeds_out():
    (axes,) = drawn({"good": -0.1}).axes
    assert not [line for line in axes.lines if line.get_marker() == "o"]


def test_without_a_kde_there_is_nothing_to_measure_by():
    empty = pd.DataFrame(columns=figure.COLUMNS)
    told = ErrorsFigureKnobs(judged=["m"], titles=[], baselines=[], marker_size=4.0)
    assert "no kde to measure by" in texts(figure.draw(empty, told))


def test_the_table_is_of_seeds_over_the_mean_of_the_estimate(tmp_path):
    models = {"m": {"method": "dsm_single", **TINY}, "kde": {"method": "kde"}}
    plan = plan_of({**VALUES, "seeds": 2, "models": models})
    values = {"m": [2.0, 4.0], "kde": [1.0, 3.0]}
    metrics = pd.DataFrame(
        [
            ("here", model, seed, "mmd2_small", value, "ok", None)
            for model, of_seeds in values.items()
            for seed, value in enumerate(of_seeds)
        ],
        columns=["dataset", "model", "seed", "metric", "value", "status", "note"],
    )
    told = {"kde_ratio": [1.5, 1.0], "kde_ratio_low": [1.0, 1.0], "kde_ratio_high": [2.0, 1.0]}
    verdicts = pd.DataFrame({"dataset": "here", "model": ["m", "kde"], **told})
    verdicts["against_kde_mmd2_small"] = ["worse", None]
    overall = pd.DataFrame({"model": ["m", "kde"], "ratio": [1.5, 1.0], "n_diverged": 0})
    job_of(plan, tmp_path, "collect").write_table("table", metrics)
    judging = job_of(plan, tmp_path, "verdicts")
    judging.write_table("table", verdicts)
    judging.write_table("overall", overall)
    table = table_of(done(plan, tmp_path, "figure_errors"), "table")
    assert table.loc[table["model"] == "m", "ratio"].tolist() == [1.0, 2.0]
    assert table.loc[table["model"] == "m", ["mean", "low", "high"]].iloc[0].tolist() == [
        1.5,
        1.0,
        2.0,
    ]
    assert table["place"].isna().tolist() == [False, False, True, True]
