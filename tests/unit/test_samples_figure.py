"""The samples of every model stand on one page, in order, whatever they are."""

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.figures import samples as figure
from gen2d.figures.style import LONGEST
from gen2d.plan.figure_knobs import SamplesFigureKnobs


def drawn(samples, datasets=("a",)):
    """The figure of models' samples, by name; the truth is uniform."""
    true = np.random.default_rng(0).uniform(-1, 1, size=(200, 2))
    parts = [
        pd.DataFrame(x, columns=["x1", "x2"]).assign(dataset=dataset, place=place, model=model)
        for dataset in datasets
        for place, (model, x) in enumerate({figure.TRUE: true, **samples}.items())
    ]
    titles = [(model, f"the {model}") for model in samples]
    told = SamplesFigureKnobs(groups=[], titles=titles, n_points=200, point_size=1.0)
    return figure.draw(pd.concat(parts), told)


def test_models_share_limits_and_the_share_that_is_far_is_written():
    near = np.random.default_rng(1).uniform(-1, 1, size=(200, 2))
    far = np.vstack([near[:100], np.full((100, 2), 9.0)])
    drawing = drawn({"near": near, "far": far})
    assert len({axes.get_xlim() for axes in drawing.axes}) == 1
    said = texts(drawing)
    assert said.count("50 % far") == 1 and {"the truth", "the near", "the far"} <= {*said}
    assert all(axes.get_aspect() == 1 for axes in drawing.axes)


def test_samples_that_are_not_finite_say_so():
    assert "none finite" in texts(drawn({"gone": np.full((5, 2), np.nan)}))


@pytest.mark.parametrize(("n_models", "n_datasets"), [(1, 1), (3, 4), (17, 4), (40, 2), (5, 12)])
def test_every_model_is_on_one_page(n_models, n_datasets):
    x = np.eye(2)
    datasets = [f"d{i}" for i in range(n_datasets)]
    drawing = drawn({f"m{i}": x for i in range(n_models)}, datasets)
    assert len(drawing.axes) == (n_models + 1) * n_datasets
    width, height = drawing.get_size_inches()
    assert width == figure.WIDTH and height <= LONGEST * figure.WIDTH
    places = {axes.get_subplotspec().get_geometry()[2] for axes in drawing.axes}
    assert len(places) == len(drawing.axes)


def test_models_are_in_order_of_their_error_within_their_groups():
    groups = {"a": "tuned", "b": "tuned", "c": "coursework", "d": "coursework", "k": "baselines"}
    ratios = pd.DataFrame({"model": [*groups], "ratio": [2.0, 0.5, 9.0, 8.0, 1.0]})
    ratios = ratios.assign(n_diverged=0)
    assert figure.in_order(groups, ratios) == ["b", "a", "d", "c", "k"]
    assert figure.in_order(groups, ratios.iloc[:0]) == [*groups]
