"""Labels of points: how a file's are read, that each stays with its point, and where they show."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

import gen2d
from gen2d.api import comparing
from gen2d.cli import words
from gen2d.densities.points import Points
from gen2d.figures import hero, samples
from gen2d.figures.style import BLUE, CLASSES, GREY
from gen2d.runner import run
from gen2d.storage.errors import FileError
from gen2d.storage.points import LABEL, MOST_CLASSES, read_points
from studies import job_of, plan_of, table_of, values_of, written

N = 400
X = np.random.default_rng(0).normal(size=(N, 2))


def codes_of(x):
    """The label of each point, which follows from it: a code from 0 to 2."""
    return (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)


NAMES = np.array(["ash", "beech", "oak"])
NAMED = pd.DataFrame(X, columns=["x", "y"])
LABELLED = NAMED.assign(label=NAMES[codes_of(X)])
KEPT = "the column label is kept as colours of true points that are drawn alone"


def save(folder, frame, name="mine.csv", **knobs):
    path = folder / name
    frame.to_csv(path, **{"index": False, **knobs})
    return path


@pytest.mark.parametrize("name", [LABEL, "Label", "LABEL"])
@pytest.mark.parametrize("has_index", [False, True])
@pytest.mark.parametrize("first", ["x", LABEL])
def test_a_column_of_labels_is_no_coordinate(tmp_path, name, has_index, first):
    frame = LABELLED[sorted(LABELLED, key=lambda column: column != first)]
    found = read_points(save(tmp_path, frame.rename(columns={LABEL: name}), index=has_index))
    np.testing.assert_allclose(found.points, X)
    assert found.labels == LABELLED[LABEL].tolist()
    np.testing.assert_array_equal(found.codes, codes_of(X))
    assert len(found.notes) == has_index
    assert found.all_notes == [*found.notes, KEPT]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2, 10, 2, 3], ["2", "10", "2", "3"]),
        ([True, False, True, True], ["True", "False", "True", "True"]),
        (["a", None, "a", "NA"], ["a", "", "a", "NA"]),  # what is missing is a class of its own
        (["a b", 'c "d"', "e, f", "é"], ["a b", 'c "d"', "e, f", "é"]),
    ],
)
def test_labels_are_words_or_numbers_as_they_are(tmp_path, values, expected):
    found = read_points(save(tmp_path, NAMED.assign(label=values * (N // 4))))
    np.testing.assert_allclose(found.points, X)
    assert found.labels == expected * (N // 4)
    assert len(set(found.codes)) == len(set(expected))


def test_columns_may_be_picked_beside_labels(tmp_path):
    path = save(tmp_path, LABELLED.assign(z=1.5, label=codes_of(X)))
    found = read_points(path, columns=["y", "z"])
    np.testing.assert_array_equal(found.codes, codes_of(X))
    assert read_points(path, columns=["x", LABEL]).labels is None
    with pytest.raises(FileError, match="got 3 columns: x, y, z; pick two"):
        read_points(path)


def test_arrays_by_their_names_have_labels_too(tmp_path):
    np.savez(tmp_path / "a.npz", x=X[:, 0], y=X[:, 1], label=codes_of(X))
    kinds = [("x", float), ("y", float), ("label", "U5")]
    rows = [(*point, name) for point, name in zip(X, NAMES[codes_of(X)], strict=True)]
    np.save(tmp_path / "b.npy", np.array(rows, dtype=kinds))
    for name in ("a.npz", "b.npy"):
        found = read_points(tmp_path / name)
        np.testing.assert_array_equal(found.points, X)
        np.testing.assert_array_equal(found.codes, codes_of(X))


def test_without_labels_there_are_none(tmp_path):
    found = read_points(save(tmp_path, NAMED))
    assert found.labels is None and found.codes is None and found.all_notes == []


def test_more_classes_than_colours_are_left_out(tmp_path):
    assert len({*CLASSES, GREY}) == MOST_CLASSES + 1
    most = read_points(save(tmp_path, NAMED.assign(label=np.arange(N) % MOST_CLASSES)))
    assert set(most.codes) == set(range(MOST_CLASSES)) and most.all_notes == [KEPT]
    more = read_points(save(tmp_path, NAMED.assign(label=np.arange(N) % (MOST_CLASSES + 1))))
    assert more.codes is None
    (note,) = more.all_notes
    assert note == "the column label is left out: its 9 classes are more than 8 colours"


def test_who_scores_a_file_hears_that_labels_are_left_out(tmp_path, capsys):
    path = str(save(tmp_path, LABELLED))
    np.testing.assert_allclose(words.points_of(path), X)
    line = f"{path}: the column {LABEL} is left out: it is no coordinate\n"
    assert capsys.readouterr() == ("", line)
    (found, _) = words.data_of(path)
    assert found.labels == LABELLED[LABEL].tolist()
    assert capsys.readouterr().err == f"{path}: {KEPT}\n"


@pytest.mark.parametrize("study_seed", [0, 1])
def test_each_label_stays_with_its_point(tmp_path, study_seed):
    path = save(tmp_path, LABELLED)
    law = Points(str(path), read_points(path).digest, study_seed, n_holdout=30, n_reference=100)
    points = law.reference_points(90, np.random.default_rng(0))
    np.testing.assert_array_equal(law.reference_labels(90), codes_of(points))


# --- a study of points with labels, and of others -------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Its plan and its folder, made up to the figures that show the truth alone."""
    folder = tmp_path_factory.mktemp("labels")
    plain, labelled = save(folder, NAMED, "plain.csv"), save(folder, LABELLED)
    datasets = {
        "mine": {"kind": "points", "path": str(labelled)},
        "plain": {"kind": "points", "path": str(plain)},
        "moons": {"kind": "moons", "n_train": 50, "n_holdout": 20},
    }
    models = {name: {"method": name} for name in ("truth", "gaussian", "kde")}
    metrics = {"n_reference": 200, "n_likelihood": 20}
    plan = plan_of(values_of(models, datasets=datasets, seeds=2, n_samples=50, metrics=metrics))
    run(plan, folder, ("data", "figure_hero", "figure_samples"))
    return plan, folder


def npz(study, stage, output, **cell):
    plan, folder = study
    with np.load(written(job_of(plan, folder, stage, **cell), output)) as archive:
        return {name: archive[name] for name in archive.files if name != "spec"}


def test_only_data_sets_with_labels_have_them_in_their_files(study):
    mine, plain, moons = (
        npz(study, "reference", "reference", dataset=name) for name in ("mine", "plain", "moons")
    )
    labels = mine.pop("labels")
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, codes_of(mine["points"]))
    assert [*mine] == [*plain] == [*moons] == ["points", "median_distance"]
    for name in mine:
        np.testing.assert_array_equal(mine[name], plain[name])
    for name in ("mine", "moons"):
        drawn = npz(study, "data", "points", dataset=name, seeds="seeds0-1")
        assert [*drawn] == ["x_train", "x_holdout"]


def test_the_report_says_what_labels_are_for(study):
    plan, _ = study
    assert plan.catalogue.dataset("mine").source.endswith(KEPT)
    assert KEPT not in plan.catalogue.dataset("plain").source


def dots(axes):
    """The colours of the points in axes: those of true ones, then those of samples, if any."""
    found = [part for part in axes.collections if isinstance(part, PathCollection)]
    return [{to_hex(colour) for colour in part.get_facecolors()} for part in found]


OF_THREE = {*CLASSES[:3]}


@pytest.mark.parametrize(("stage", "figure"), [("figure_hero", hero), ("figure_samples", samples)])
def test_true_points_alone_have_a_colour_a_label(study, stage, figure):
    plan, folder = study
    job = job_of(plan, folder, stage)
    drawing = figure.draw(table_of(job, "table"), job.knobs)
    panels = [dots(axes) for axes in drawing.axes]
    plt.close(drawing)
    assert sorted(map(len, panels)) == [1] * 3 + [2] * (len(panels) - 3)
    alone = [colours for (colours, *rest) in panels if not rest]
    assert sorted(alone, key=len) == [{GREY}, {GREY}, OF_THREE]
    assert all(colours[0] == {GREY} for colours in panels if len(colours) == 2)


def test_a_table_of_samples_has_labels_where_there_are_some(study):
    plan, folder = study
    table = table_of(job_of(plan, folder, "figure_samples"), "table")
    assert [*table] == [*samples.COLUMNS, "label"]
    has_one = (table["dataset"] == "mine") & (table["place"] == 0)
    assert (table["label"].notna() == has_one).all()
    mine = table[has_one]
    np.testing.assert_array_equal(mine["label"], codes_of(mine[["x1", "x2"]].to_numpy()))


def test_a_fitted_model_is_drawn_beside_labels(tmp_path):
    models = gen2d.fit("gaussian", read_points(save(tmp_path, LABELLED)), seeds=1, progress=False)
    np.testing.assert_array_equal(models.true_labels, codes_of(models.true_points))
    left, right = comparing.plot(models).axes
    assert dots(left) == [OF_THREE] and dots(right) == [{GREY}, {BLUE}]
    assert gen2d.fit("gaussian", X, seeds=1, progress=False).true_labels is None
