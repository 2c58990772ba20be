"""Figures draw what they are given, whatever the study holds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from gen2d import files
from gen2d.figures import losses, metrics, samples
from gen2d.stages.summary import summarise


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def loss_table(value=1.0, floor=0.5, datasets=("a", "b")):
    rows = [
        (dataset, seed, step, value, value, floor)
        for dataset in datasets
        for seed in range(3)
        for step in (10, 20, 30)
    ]
    columns = ["dataset", "seed", "step", "loss_train", "loss_holdout", "floor"]
    return pd.DataFrame(rows, columns=columns)


def metric_table(values, models=("m", "truth")):
    rows = [
        ("a", model, seed, "energy_distance", value, "")
        for model, cell in zip(models, values, strict=True)
        for seed, value in enumerate(cell)
    ]
    return pd.DataFrame(rows, columns=["dataset", "model", "seed", "metric", "value", "note"])


def drawn_metrics(table):
    methods = {model: {"m": "dsm"}.get(model, model) for model in table["model"].unique()}
    return metrics.draw(table, summarise(table, 0.95), methods, 4)


def texts(figure):
    return {text.get_text() for text in figure.findobj(plt.Text)}


def test_losses_show_medians_seeds_and_the_floor():
    figure = losses.draw(loss_table(), 0.3)
    assert len(figure.axes) == 4
    top = figure.axes[0]
    assert any(np.allclose(line.get_ydata(), 0.5) for line in top.lines)
    assert sum(len(line.get_xdata()) == 3 for line in top.lines) == 2 * (3 + 1)
    below = figure.axes[2]
    assert below.get_yscale() == "log"
    assert all(np.allclose(line.get_ydata(), 0.5) for line in below.lines)


def test_losses_without_a_floor_have_one_row():
    assert len(losses.draw(loss_table(floor=np.nan), 0.3).axes) == 2


def test_losses_say_where_no_floor_is_known():
    table = pd.concat([loss_table(datasets=("a",)), loss_table(floor=np.nan, datasets=("b",))])
    _, top, known, unknown = losses.draw(table, 0.3).axes
    assert "no floor is known" not in texts(known)
    assert "no floor is known" in texts(unknown)
    assert np.isfinite(top.get_ylim()).all()


def test_losses_that_all_diverged_say_so():
    figure = losses.draw(loss_table(value=np.nan, floor=np.nan, datasets=("a",)), 0.3)
    assert "every seed diverged" in texts(figure)


def test_samples_share_limits_and_count_what_lies_outside():
    rng = np.random.default_rng(0)
    true = {"a": rng.uniform(-1, 1, size=(100, 2))}
    x = {("a", "m"): np.vstack([true["a"][:50], np.full((50, 2), 9.0)]), ("a", "n"): true["a"]}
    figure = samples.draw(true, x, 1.0)
    first, second = figure.axes
    assert first.get_xlim() == second.get_xlim()
    assert first.get_aspect() == 1
    assert "50.0% outside" in texts(figure)


def test_samples_that_diverged_say_so():
    figure = samples.draw({"a": np.eye(2)}, {("a", "m"): np.full((5, 2), np.nan)}, 1.0)
    assert "diverged" in texts(figure)


def test_metrics_show_every_seed_the_mean_and_the_band():
    figure = drawn_metrics(metric_table([[1.0, 2.0, 3.0], [-0.1, 0.0, 0.1]]))
    (axes,) = figure.findobj(plt.Axes)
    drawn = [list(line.get_xdata()) for line in axes.lines]
    assert [1.0, 2.0, 3.0] in drawn
    assert [2.0] in drawn
    (band,) = axes.patches
    assert band.get_x() == pytest.approx(-0.1)
    assert band.get_width() == pytest.approx(0.2)


@pytest.mark.parametrize(
    "values",
    [
        [[np.nan, np.nan], [0.1, 0.2]],
        [[np.nan, np.nan], [np.nan, np.nan]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[1.0], [0.5]],
        [[-1.0, -2.0], [-0.5, -0.1]],
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
