"""Where errors come from: bars are what sources add, and sentences what the tests decide."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from scipy import stats

from drawings import check_texts, texts
from gen2d.diagnostics.error_sources import ERROR_SOURCES
from gen2d.figures import error_sources as figure
from gen2d.metrics.statistics import holm
from gen2d.plan.figure_knobs import ErrorSourcesFigureKnobs
from gen2d.report.sections import error_sources

LEVELS = {"smoothing": 1.0, "discretisation": 1.0, "mixing": 1.0, "network": 4.0}
LONG = "a score model with a rather long title"


def seeds(dataset="spiral", model="m", levels=LEVELS, spread=0.1, n_seeds=10):
    """The errors of seeds on every source, as a job splits them."""
    rng = np.random.default_rng(0)
    rows = [
        (dataset, model, at, denoised, not denoised, seed, metric, error + spread * rng.normal())
        for at, error in levels.items()
        for denoised in (False, True)
        for seed in range(n_seeds)
        for metric in figure.SHOWN
    ]
    columns = ["dataset", "model", "source", "denoised", "own", "seed", "metric", "value"]
    return pd.DataFrame(rows, columns=columns).assign(note="")


def shown(*parts, unit=np.nan):
    """The table of the figure."""
    values = pd.concat(parts)
    found = figure.steps(values, 0.95).assign(own=True)
    table = values.merge(found, "left", ["model", "metric", "dataset", "source", "own"])
    return table.assign(unit=unit)[figure.COLUMNS]


def own(table):
    """As the report reads it."""
    return table[table["own"]].drop_duplicates(["dataset", "model", "metric", "source"])


def drawn(table, **titles):
    names = table["model"].unique()
    told = [(name, titles.get(name, name)) for name in names]
    return figure.draw(table, ErrorSourcesFigureKnobs(titles=told, kde="", confidence=0.95))


def test_the_sources_have_colours():
    assert tuple(figure.SOURCES) == ERROR_SOURCES


def test_steps_add_up_though_seeds_diverge_on_a_later_source():
    table = seeds()
    gone = (table["source"] == "network") & (table["seed"] < 3)
    found = figure.steps(table.assign(value=table["value"].mask(gone)), 0.95)
    assert set(found["metric"]) == set(figure.SHOWN)
    for _, rows in found.groupby("metric"):
        assert rows["step"].sum() == pytest.approx(rows["total"].iloc[-1])


def test_steps_have_intervals_of_their_level_and_adjusted_p_values():
    table = seeds()
    found = figure.steps(table, 0.8)
    np.testing.assert_array_equal(found["p_holm"], found["p"])  # of one data set
    both = figure.steps(pd.concat([table, table.assign(dataset="pinwheel")]), 0.8)
    for _, rows in both.groupby(["model", "metric", "source"]):
        np.testing.assert_array_equal(rows["p_holm"], holm(rows["p"].to_numpy()))
    apart = figure.steps(pd.concat([table, table.assign(model="n")]), 0.8)
    np.testing.assert_array_equal(apart["p_holm"], apart["p"])  # whoever else is in the table
    first = found.query("source == 'smoothing' and metric == 'mmd2_small'").iloc[0]
    value = table.query("source == 'smoothing' and own and metric == 'mmd2_small'")["value"]
    expected = stats.t.interval(0.8, len(value) - 1, value.mean(), stats.sem(value))
    np.testing.assert_allclose([first["low"], first["high"]], expected)


def test_the_parts_of_a_bar_are_what_sources_add_and_pale_where_no_test_shows_it():
    levels = {"smoothing": 1.0, "discretisation": 1.0, "mixing": 0.5, "network": 3.0}
    table = shown(seeds(levels=levels, spread=1e-3))
    axes = drawn(table).axes[0]
    widths = [bar.get_width() for bar in axes.patches]
    np.testing.assert_allclose(widths, [25, 0, -12.5, 62.5], atol=0.1)
    left = [bar.get_x() + min(bar.get_width(), 0) for bar in axes.patches]
    np.testing.assert_allclose(left, [0, 25, -12.5, 25], atol=0.1)
    assert [bar.get_alpha() for bar in axes.patches] == [1, figure.PALE, 1, 1]
    for bar, colour in zip(axes.patches, figure.SOURCES.values(), strict=True):
        assert same_color(bar.get_facecolor()[:3], colour)
    assert "network" in texts(axes) and "discretisation" not in texts(axes)


def test_the_error_stands_beside_its_bar_in_units_of_kde_or_as_it_is():
    table = seeds(spread=1e-3)
    assert "4e+03" not in texts(drawn(shown(table)).axes[0])
    assert "4000" in texts(drawn(shown(table)).axes[0])
    assert "8 ×" in texts(drawn(shown(table, unit=0.5)).axes[0])


def test_what_is_not_split_says_why():
    reason = "no density is known"
    skipped = seeds("mine").assign(value=np.nan, note=reason)
    both = shown(seeds(), skipped)
    said = [reason in texts(axes) for axes in drawn(both).axes]
    assert said == [False, True, False, True]
    every = both[both["own"]]
    assert error_sources.missing(every) == [f"m on mine ({reason})"]
    assert error_sources.missing(every[every["dataset"] == "spiral"]) == []
    assert [row[0] for row in error_sources.rows(own(both))[0]["rows"]] == ["spiral"] * 4
    assert error_sources.rows(own(shown(skipped))) == []


def test_without_score_models_the_figure_says_so():
    empty = pd.DataFrame(columns=figure.COLUMNS)
    assert "no model's error can be split" in texts(drawn(empty))


@pytest.mark.parametrize(("n_datasets", "n_models"), [(1, 1), (4, 3), (6, 12)])
def test_the_texts_of_any_study_can_be_read(n_datasets, n_models):
    models = {f"m{i}": f"{LONG} {i}" for i in range(n_models)}
    one = shown(seeds(n_seeds=2), unit=0.1)
    parts = [
        one.assign(dataset=f"gaussian_mixture_{i}", model=model)
        for i in range(n_datasets)
        for model in models
    ]
    drawing = drawn(pd.concat(parts), **models)
    check_texts(drawing)
    assert drawing.get_size_inches()[1] < 9.2


def test_sentences_name_the_sources_that_tests_show():
    smooth = {"smoothing": 3.0, "discretisation": 3.0, "mixing": 3.0, "network": 4.0}
    table = own(shown(seeds("a"), seeds("b"), seeds("b", "n", smooth), seeds("a", "n")))
    said = {row["name"]: row["text"] for row in error_sources.sentences(table, 0.05)}
    assert said == {
        "m": "the network everywhere; also smoothing everywhere",
        "n": "smoothing on b; the network on a",
    }
    largest = error_sources.largest_sources(table, "mmd2_small", 0.05)
    assert (
        error_sources.claim(largest) == "The network is the largest source of error in 3 of 4 cells"
    )
    assert error_sources.difference(largest, largest) == ""
    other = {**largest, ("n", "b"): "network", ("m", "a"): ""}
    assert error_sources.difference(largest, other) == (
        "The two metrics disagree on the largest source of m on a (network by MMD², none by energy"
        " distance); n on b (smoothing by MMD², network by energy distance)."
    )


def test_a_source_that_takes_error_away_or_is_not_shown_is_not_named():
    table = own(shown(seeds()))
    for changed in (table.assign(step=-table["step"].abs()), table.assign(p_holm=0.2)):
        assert error_sources.sentences(changed, 0.05)[0]["text"] == "no source is shown on spiral"
        largest = error_sources.largest_sources(changed, "mmd2_small", 0.05)
        assert error_sources.claim(largest) == "No source of error is shown"


def test_of_one_seed_nothing_is_said_and_the_numbers_are_listed():
    table = own(shown(seeds(n_seeds=1)))
    assert error_sources.sentences(table, 0.05) == []
    assert error_sources.claim(error_sources.largest_sources(table, "mmd2_small", 0.05)).startswith(
        "No source"
    )
    (group,) = error_sources.rows(table)
    assert [row[4] for row in group["rows"]] == ["–"] * 4
    bars = drawn(shown(seeds(n_seeds=1))).axes[0].patches
    assert {bar.get_alpha() for bar in bars} == {figure.PALE}
