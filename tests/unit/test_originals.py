"""What others' figures show stands beside the study's own numbers, and is judged by them."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from gen2d.figures import originals as figure
from gen2d.plan.figure_knobs import OriginalsFigureKnobs
from gen2d.plan.page_knobs import OriginalFacts
from gen2d.report.sections import coursework
from one_gaussian import TINY, VALUES
from studies import done, job_of, plan_of, table_of

ORIGINAL = {
    "text": "The loss at the end",
    "model": "m",
    "quantity": "summed_loss",
    "shown": {"here": [-3.0, -1.0], "elsewhere": [0.0, 1.0]},
}


@pytest.fixture
def drawn(tmp_path):
    """The job of the figure, on losses of 3 seeds that were made up."""
    models = {"m": {"method": "sm_single", **TINY}, "truth": {"method": "truth"}}
    report = {"title": "Mine", "originals": [ORIGINAL]}
    plan = plan_of({**VALUES, "seeds": 3, "models": models, "report": report})
    losses = pd.DataFrame(
        {
            "seed": [0, 1, 2] * 2,
            "step": [1] * 3 + [2] * 3,
            "loss_train": [0.0, 0.1, 0.2, -0.01, -0.02, -0.03],
            "loss_holdout": 0.0,
        }
    )
    job_of(plan, tmp_path, "train", dataset="here", model="m", seeds="seeds0-2").write_table(
        "losses", losses
    )
    return losses, done(plan, tmp_path, "figure_originals", model="m")


def test_a_summed_loss_is_the_mean_over_points_times_the_batch(drawn):
    losses, job = drawn
    table = table_of(job, "table")
    np.testing.assert_allclose(table["loss"], 128 * losses["loss_train"])
    assert table[["low", "high"]].drop_duplicates().to_numpy().tolist() == [[-3.0, -1.0]]


def test_the_axis_holds_the_curve_and_what_the_original_shows(drawn):
    table = table_of(drawn[1], "table")
    knobs = OriginalsFigureKnobs(factor=1.0, label="loss", shown={})
    for low, high in ((-50.0, -40.0), (40.0, 50.0)):
        drawing = figure.draw(table.assign(low=low, high=high), knobs)
        bottom, top = drawing.axes[0].get_ylim()
        assert bottom < min(low, table["loss"].min()) and top > max(high, table["loss"].max())
        plt.close(drawing)
    drawing = figure.draw(table.assign(low=np.nan, high=np.nan), knobs)
    assert len(drawing.axes[0].lines) == 3 + 1  # the seeds, and the first again
    plt.close(drawing)


def inputs_of(values):
    """What the section reads, of a model whose three seeds have these furthest coordinates."""
    metrics = pd.DataFrame(
        {
            "dataset": "here",
            "model": "M",
            "seed": range(len(values)),
            "metric": "furthest_coordinate",
            "value": values,
        }
    )
    knobs = SimpleNamespace(datasets=[SimpleNamespace(name="here")], confidence=0.95)
    return SimpleNamespace(titles={"m": "M"}, metrics=metrics, knobs=knobs)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ([1000.0, 3000.0], ("1,000 to 3,000", ", within")),
        ([2500.0, 3000.0], ("2,500 to 3,000", ", outside")),
        ([2000.0, 2000.0], ("2,000", "")),
    ],
)
def test_an_original_is_set_beside_the_mean_over_seeds(shown, said):
    facts = OriginalFacts("Far", "m", "furthest_coordinate", {"here": shown, "there": shown})
    found = coursework.beside(facts, inputs_of([1000.0, 2000.0, 3000.0]))
    assert found == {"here": (said[0], f"2,000 (1,000 to 3,000){said[1]}")}


def test_originals_are_counted_that_come_back():
    facts = [
        OriginalFacts("Far", "m", "furthest_coordinate", {"here": [0.0, 3000.0]}),
        OriginalFacts("Near", "m", "furthest_coordinate", {"here": [0.0, 3.0], "there": [0, 1]}),
    ]
    inputs = inputs_of([1000.0, 2000.0, 3000.0])
    inputs.knobs.originals = facts
    told = coursework.original_tables(inputs)
    assert told["header"] == ["", "here"] and told["come_back"] == "1 of 2"
    assert told["groups"][0] == {
        "name": "Far",
        "rows": [["its figure", "0 to 3,000"], ["here", "2,000 (1,000 to 3,000), within"]],
    }


def test_of_a_model_or_seeds_that_are_not_there_nothing_is_shown():
    facts = OriginalFacts("Far", "m", "furthest_coordinate", {"here": [1.0, 2.0]})
    assert coursework.beside(facts, inputs_of([np.nan, np.nan])) == {}
    other = OriginalFacts("Far", "other", "furthest_coordinate", {"here": [1.0, 2.0]})
    assert coursework.beside(other, inputs_of([1.0])) == {}


@pytest.mark.parametrize(
    ("value", "shown"), [(-17500.2, "−17,500"), (-2.854, "−2.85"), (99.4, "99.4"), (0.0, "0")]
)
def test_numbers_are_readable(value, shown):
    assert coursework.number(value) == shown
