"""The first figure shows the models that results put there, and what the tests say of them."""

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.figures import hero as figure
from gen2d.figures.style import BLUE, VERMILION, YELLOW
from gen2d.plan.figure_knobs import HeroFigureKnobs

MEANS = {"a": (0.1, 0.4), "b": (0.2, 0.3), "c": (1.0, 2.0), "d": (3.0, 3.0)}


def verdicts_of(means, **more):
    rows = [
        {"dataset": dataset, "model": model, "mmd2_small": value, **more}
        for model, values in means.items()
        for dataset, value in zip(("here", "there"), values, strict=True)
    ]
    return pd.DataFrame(rows)


def chosen(means, judged=None, **methods):
    """The rows of models that have a method each, but for those that share one."""
    judged = list(means) if judged is None else judged
    return figure.chosen(verdicts_of(means), judged, {m: methods.get(m, m) for m in judged})


def test_of_each_method_the_worst_alone_is_shown():
    means = {"good": (0.1, 0.1), "poor": (1.0, 1.0), "bad": (2.0, 2.0), "worst": (3.0, 3.0)}
    rows = chosen(means, bad="energy", worst="energy")
    assert [row[0] for row in rows] == ["worst", "poor", "good"]


def test_the_worst_and_the_best_are_those_of_the_results():
    rows = chosen(MEANS)
    assert rows == [
        ("d", {"here": "d", "there": "d"}),
        ("c", {"here": "c", "there": "c"}),
        ("least error", {"here": "a", "there": "b"}),
    ]


def test_models_whose_results_are_swapped_are_swapped():
    swapped = {**MEANS, "a": MEANS["d"], "d": MEANS["a"]}
    rows = chosen(swapped)
    assert [row[0] for row in rows] == ["a", "c", "least error"]
    assert rows[-1][1] == {"here": "d", "there": "b"}


def test_a_model_that_is_best_everywhere_is_named():
    assert chosen({"a": (1.0, 1.0)}) == [("a", {"here": "a", "there": "a"})]
    rows = chosen({"a": (1.0, 1.0), "b": (2.0, 0.5)})
    assert [row[0] for row in rows] == ["a", "b"]


def test_what_diverged_is_worst_and_baselines_are_not_shown():
    means = {**MEANS, "a": (np.nan, np.nan), "kde": (0.0, 0.0)}
    rows = chosen(means, [*MEANS])
    assert [row[0] for row in rows] == ["a", "d", "b"]
    assert chosen(means, []) == []
    gone = dict.fromkeys(MEANS, (np.nan, np.nan))
    assert len(chosen(gone)) == 3


@pytest.mark.parametrize(
    ("gaussian", "kde", "expected"),
    [
        ("worse", "worse", VERMILION),
        ("better", "worse", YELLOW),
        ("undecided", "undecided", BLUE),
        ("better", "better", BLUE),
        (np.nan, np.nan, BLUE),
    ],
)
def test_colours_are_those_of_the_tests(gaussian, kde, expected):
    cell = pd.Series({"against_gaussian": gaussian, "against_kde_mmd2_small": kde})
    assert figure.colour(cell) == expected
    assert figure.colour(pd.Series({"model": "m"})) == BLUE  # without baselines


def table_of(datasets, **told):
    rng = np.random.default_rng(0)
    parts = []
    for dataset in datasets:
        for place, row in enumerate((figure.TRUE, "m", figure.BEST)):
            own = {"skill": -76.4, "outside": 0.964, "colour": VERMILION, "model": "m", **told}
            own = own if place else {"skill": np.nan, "outside": np.nan, "colour": "grey"}
            points = pd.DataFrame(rng.normal(size=(50, 2)), columns=["x1", "x2"])
            parts.append(points.assign(dataset=dataset, place=place, row=row, **own))
    return pd.concat(parts, ignore_index=True).reindex(columns=figure.COLUMNS)


def drawn(table):
    titles = [("m", "The m")]
    return figure.draw(
        table, HeroFigureKnobs(judged=["m"], methods=[], titles=titles, n_points=50, point_size=1.0)
    )


def test_the_corner_has_the_skill_and_the_share_that_is_far():
    said = texts(drawn(table_of(["here"])))
    assert said.count("−76 %   96 % far") == 2
    assert {"the truth", "The m", "least error"} <= {*said}
    assert "−76 %" in texts(drawn(table_of(["here"], outside=0.01)))
    assert "96 % far" in texts(drawn(table_of(["here"], skill=np.nan)))


def test_no_more_data_sets_are_shown_than_fit():
    assert len(drawn(table_of([f"d{i}" for i in range(9)])).axes) == 3 * figure.MOST


def test_samples_that_are_not_finite_say_so():
    table = table_of(["here"])
    table.loc[table["place"] > 0, ["x1", "x2"]] = np.nan
    assert texts(drawn(table)).count("every seed diverged") == 2
