"""The figure of densities, energies and scores draws what a model states, beside what is true."""

import numpy as np
import pytest

from drawings import texts
from gen2d.figures import fields
from gen2d.geometry import View
from gen2d.plan import figure_knobs as knobs


def field(*names, scale=1.0, n=8):
    """Fields of a standard normal law on [-2, 2]^2, as they are or `scale` times as large."""
    view = View(np.full(2, -2.0), np.full(2, 2.0))
    x = view.grid(n)
    density = np.exp(-(x**2).sum(1) / 2) / (2 * np.pi)
    known = {"exact": density, "learned": scale * density, "energy": scale * (x**2).sum(1) / 2}
    known |= {"exact_scores": -x, "scores": -scale * x, "typical_score": np.sqrt(2)}
    names = [*names, "typical_score"] if "scores" in names else names
    return {"view": np.array(view), **{name: known[name] for name in names}}


def drawn_fields(cells, model="m"):
    return fields.draw(fields.stacked(cells), knobs.FieldsFigureKnobs(title=model))


ALL_FIELDS = ("exact", "learned", "scores", "exact_scores")


def images(figure):
    return [image.get_array() for axes in figure.axes for image in axes.images]


def test_fields_show_the_learned_beside_the_exact_and_the_error():
    figure = drawn_fields({"a": field(*ALL_FIELDS, scale=1.5)})
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == [*list(fields.LAYERS)[:3], *list(fields.LAYERS)[4:]]
    exact, learned, difference, error = images(figure)
    assert np.allclose(learned, 1.5 * exact)
    assert np.allclose(difference, 0.5 * exact)
    assert np.allclose(error, 0.5 * np.hypot(*field("scores")["scores"].T).reshape(8, 8))
    scales = {axes.images[0].get_clim() for axes in figure.axes[:2]}
    assert len(scales) == 1


def test_fields_hide_errors_of_scores_where_no_data_lies():
    known = field(*ALL_FIELDS)
    known["exact"] = np.where(np.arange(64) < 32, known["exact"], 0)
    *_, error = images(drawn_fields({"a": known}))
    assert not np.ma.getmaskarray(error)[:4].any()
    assert np.ma.getmaskarray(error)[4:].all()


def test_mass_is_counted_where_it_lies_though_cells_do_not_nest():
    side, n = 20, 64
    x1, x2 = View(np.zeros(2), np.ones(2)).grid(n).T
    known = {"exact": ((x1 > 0.5) & (x2 < 0.25)).astype(float)}
    mass = fields._mass(known, side).reshape(side, side)
    assert mass.mean() == pytest.approx(1)
    assert (mass[:5, 10:] > 0).all() and (mass[5:] == 0).all() and (mass[:, :10] == 0).all()


def test_fields_leave_out_what_no_data_set_has_and_say_what_one_lacks():
    cells = {"a": field(*ALL_FIELDS), "b": field("learned", "scores")}
    figure = drawn_fields(cells)
    assert "energy" not in texts(figure)
    assert "no exact one is known" in texts(figure)
    energies = drawn_fields({"a": field("energy", "scores", "exact")})
    assert [axes.get_ylabel() for axes in energies.axes] == ["energy", "scores"]
    nothing = drawn_fields({"a": field()}, "a_model")
    assert "a model states neither density nor score" in texts(nothing)


def test_fields_that_diverged_say_so():
    known = {name: np.full_like(values, np.nan) for name, values in field(*ALL_FIELDS).items()}
    known |= field("exact", "exact_scores")
    assert "diverged" in texts(drawn_fields({"a": known}))


@pytest.mark.parametrize("n", [1, 4, 7, 13])
def test_fields_of_many_data_sets_are_wrapped(n):
    figure = drawn_fields({f"d{i}": field(*ALL_FIELDS) for i in range(n)})
    assert len(figure.axes) == 5 * n
    width, height = figure.get_size_inches()
    assert height <= 1.3 * width
    for name in ("d0", f"d{n - 1}"):
        (column,) = [axes for axes in figure.axes if axes.get_title() == name]
        assert column.images
