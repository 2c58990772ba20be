"""Figures draw what they are given, whatever the study holds."""

import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from drawings import texts
from gen2d.figures import cost, losses, metrics, style
from gen2d.figures.method_looks import LOOKS, markers
from gen2d.plan import figure_knobs as knobs
from gen2d.stages.summary import summarise
from gen2d.storage import files

LOSSES = knobs.LossesFigureKnobs(method="dsm_single", noise_level=None, seed_opacity=0.3)


def styled(methods):
    """Knobs that figures of metrics share; every model's title is its name."""
    titles = [(model, model) for model in methods]
    return {"methods": [*methods.items()], "titles": titles, "confidence": 0.95, "marker_size": 4.0}


def loss_table(value=1.0, floor=0.5, datasets=("a", "b")):
    rows = [
        (dataset, seed, step, value, value, floor)
        for dataset in datasets
        for seed in range(3)
        for step in (10, 20, 30)
    ]
    columns = ["dataset", "seed", "step", "loss_train", "loss_holdout", "floor"]
    return pd.DataFrame(rows, columns=columns)


def metric_table(values, models=("m", "truth"), missing="diverged"):
    rows = [
        ("a", model, seed, "energy_distance", value, missing if np.isnan(value) else "ok")
        for model, cell in zip(models, values, strict=True)
        for seed, value in enumerate(cell)
    ]
    return pd.DataFrame(rows, columns=["dataset", "model", "seed", "metric", "value", "status"])


def drawn_metrics(table, methods=None):
    methods = methods or {m: {"m": "dsm_single"}.get(m, m) for m in table["model"].unique()}
    joined = table.merge(summarise(table, 0.95), on=["dataset", "model", "metric"])
    told = knobs.MetricsFigureKnobs(metric="energy_distance", **styled(methods))
    return metrics.draw(joined, told)


def test_losses_show_medians_seeds_and_the_floor():
    figure = losses.draw(loss_table(), LOSSES)
    assert len(figure.axes) == 4
    top = figure.axes[0]
    assert any(np.allclose(line.get_ydata(), 0.5) for line in top.lines)
    assert sum(len(line.get_xdata()) == 3 for line in top.lines) == 2 * (3 + 1)
    below = figure.axes[2]
    assert below.get_yscale() == "log"
    assert len(below.lines) == 2 * (3 + 1)
    assert all(np.allclose(line.get_ydata(), 0.5) for line in below.lines)


def test_losses_without_a_floor_have_one_row():
    assert len(losses.draw(loss_table(floor=np.nan), LOSSES).axes) == 2


def test_losses_say_where_no_floor_is_known():
    table = pd.concat([loss_table(datasets=("a",)), loss_table(floor=np.nan, datasets=("b",))])
    _, top, known, unknown = losses.draw(table, LOSSES).axes
    assert "no floor is known" not in texts(known)
    assert "no floor is known" in texts(unknown)
    assert np.isfinite(top.get_ylim()).all()


def test_losses_that_all_diverged_say_so():
    figure = losses.draw(loss_table(value=np.nan, floor=np.nan, datasets=("a",)), LOSSES)
    assert "every seed diverged" in texts(figure)


def test_metrics_show_every_seed_the_mean_and_the_band():
    figure = drawn_metrics(metric_table([[1.0, 2.0, 3.0], [-0.1, 0.0, 0.1]]))
    (axes,) = figure.findobj(plt.Axes)
    drawn = [list(line.get_xdata()) for line in axes.lines]
    assert [1.0, 2.0, 3.0] in drawn
    assert [2.0] in drawn
    (band,) = axes.patches
    assert band.get_x() == pytest.approx(-0.1)
    assert band.get_width() == pytest.approx(0.2)


@pytest.mark.parametrize("least", [0.01, 0.03])
@pytest.mark.parametrize("most", [0.11, 0.25])
def test_labels_of_metrics_ticks_do_not_meet(least, most):
    table = pd.concat(
        metric_table([[least, 2 * least, most]], models=("m",)).assign(dataset=name)
        for name in "abcd"
    )
    figure = drawn_metrics(table)
    figure.canvas.draw()
    for axes in figure.axes:
        extents = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert len(extents) >= 2
        for one, other in itertools.pairwise(extents):
            assert one.x1 < other.x0


@pytest.mark.parametrize("least", [-1.4e-4, -1e-5])
def test_labels_on_both_sides_of_0_do_not_meet(least):
    figure, axes = plt.subplots(figsize=(1.7, 1.4))
    axes.plot([0, 1, 2], [least, 4e-5, 2e-3])
    axes.set_yscale("symlog", linthresh=4e-5)
    style.set_ticks(axes.yaxis, style.ticks_about_0(4e-5, least, 2e-3))
    figure.canvas.draw()
    labels = axes.get_yticklabels()
    assert "0" in {label.get_text() for label in labels} and len(labels) >= 3
    for one, other in itertools.pairwise(label.get_window_extent() for label in labels):
        assert one.y1 < other.y0


def test_a_model_without_the_metric_is_named_and_has_no_value():
    table = metric_table([[1.0, 2.0], [0.0, 0.1]])
    methods = {"m": "dsm_single", "without": "gan", "truth": "truth"}
    figure = drawn_metrics(table, methods)
    assert {"none stated", "without"} <= {text.strip() for text in texts(figure)}


def test_a_metric_of_no_data_set_is_drawn_empty(tmp_path):
    none = metric_table([[1.0], [1.0]]).iloc[:0]
    figure = drawn_metrics(none, {"m": "dsm_single"})
    files.write_figure(figure, tmp_path / "m.svg", tmp_path / "m.png")
    assert "stated for no data set" in texts(figure)


@pytest.mark.parametrize("n_datasets", [1, 4, 13])
@pytest.mark.parametrize("n_models", [1, 22, 60])
def test_metrics_of_any_study_fit_a_page(n_datasets, n_models):
    models = {f"m{i}": "dsm_single" for i in range(n_models)}
    parts = [metric_table([[1.0, 2.0]] * n_models, models) for _ in range(n_datasets)]
    table = pd.concat(part.assign(dataset=f"d{i}") for i, part in enumerate(parts))
    figure = drawn_metrics(table, models)
    width, height = figure.get_size_inches()
    assert height / width < 1.4
    assert len(figure.axes) == n_datasets


@pytest.mark.parametrize(
    "values",
    [
        [[np.nan, np.nan], [0.1, 0.2]],
        [[np.nan, np.nan], [np.nan, np.nan]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[1.0], [0.5]],
        [[-1.0, -2.0], [-0.5, -0.1]],
        [[0.14, 0.13], [0.13, 0.12]],  # no round number beyond the band
    ],
)
def test_metrics_of_odd_studies_are_drawn(values, tmp_path):
    figure = drawn_metrics(metric_table(values))
    files.write_figure(figure, tmp_path / "m.svg", tmp_path / "m.png")
    assert (tmp_path / "m.svg").stat().st_size > 1000
    assert ("diverged" in " ".join(texts(figure))) == np.isnan(values).any()


def test_equal_figures_have_equal_bytes(tmp_path):
    for name in "ab":
        figure = drawn_metrics(metric_table([[1.0, 2.0], [0.0, 0.1]]))
        files.write_figure(figure, tmp_path / f"{name}.svg", tmp_path / f"{name}.png")
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


COSTED = {"m": "dsm_single", "still": "vae", "kde": "kde"}


def cost_table(**columns):
    rows = [
        ("m", 0.2, 0.1, 0.3, 2.0, 40),
        ("still", 0.6, 0.5, 0.7, 5.0, np.nan),
        ("kde", 1.0, 1.0, 1.0, 0.5, np.nan),
    ]
    return pd.DataFrame(rows, columns=cost.COLUMNS).assign(**columns)


def drawn_costs(table):
    titles = [(model, f"the {model}") for model in COSTED]
    told = {"methods": [*COSTED.items()], "titles": titles, "marker_size": 4.0}
    return cost.draw(table, knobs.CostFigureKnobs(**told))


def points_of(axes):
    """Where single markers stand."""
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1]
    return [(*line.get_xdata(), *line.get_ydata()) for line in lines]


def test_costs_show_what_takes_something_beside_the_lines_of_baselines():
    figure = drawn_costs(cost_table())
    seconds, evaluations = figure.axes
    assert points_of(seconds) == [(2.0, 0.2), (5.0, 0.6)]
    assert points_of(evaluations) == [(40, 0.2)]
    assert {"the m", "the still", "kde"} <= {*texts(seconds), *texts(evaluations)}
    for axes in figure.axes:
        assert [1.0, 1.0] in [list(line.get_ydata()) for line in axes.lines]


@pytest.mark.parametrize("with_kde", [True, False])
def test_the_error_beside_costs_is_over_all_data_sets(with_kde):
    verdicts = pd.DataFrame(
        {
            "dataset": ["a", "b"] * 3,
            "model": ["m", "m", "still", "still", "kde", "kde"],
            "mmd2_small": [0.1, 0.4, 0.3, 0.0, 0.2, 0.2],
            "seconds": [1.0, 3.0, 1.0, 1.0, 0.5, 0.5],
            "evaluations": [40.0, 40.0, 1.0, 1.0, np.nan, np.nan],
        }
    )
    ratios = {"model": ["m", "still", "kde"], "ratio": [0.9, np.nan, 1.0], "low": 0.8, "high": 1.1}
    overall = pd.DataFrame(ratios)
    read = {"verdicts": verdicts, "overall": overall if with_kde else overall.iloc[:0]}
    table = cost.table(SimpleNamespace(table=read.get)).set_index("model")
    assert list(table.index) == ["m", "kde"]  # one that is 0 somewhere has no place on the axis
    assert table.loc["m", "error"] == pytest.approx(0.9 if with_kde else 0.2)
    assert tuple(table.loc["m", ["seconds", "evaluations"]]) == (2.0, 40.0)
    assert np.isnan(table.loc["m", "low"]) != with_kde


def test_costs_of_nothing_are_empty_panels():
    figure = drawn_costs(cost_table().iloc[:0])
    assert [points_of(axes) for axes in figure.axes] == [[], []]


def boxes_of(axes):
    renderer = axes.get_figure().canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in axes.texts]


def test_names_of_points_keep_clear_of_each_other():
    figure, axes = plt.subplots(figsize=(5, 3))
    x, y = np.array([1.0, 1.1, 1.2, 9.9]), np.array([1.0, 1.0, 1.02, 1.0])
    axes.set(xlim=(0, 10), ylim=(0, 2))
    style.name_points(axes, ["one", "two", "three", "at the end"], x, y)
    figure.canvas.draw()
    boxes = boxes_of(axes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)


def test_markers_tell_all_models_apart():
    kinds = ("ebm_single", "sm_single", "mine", "yours", "ebm_single", "mine", "ebm_single")
    methods = {f"m{i}": kind for i, kind in enumerate(kinds)}
    found = markers(methods)
    assert len({tuple(look.values()) for look in found.values()}) == len(kinds)
    assert found["m0"] == {**found["m4"], "fillstyle": "full"}
    assert {marker for _, marker in LOOKS.values()} <= set(Line2D.filled_markers)
