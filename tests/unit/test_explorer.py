"""The explorer: what is packed for it, and what it does with studies of every kind."""

import base64
import json
import re
import zlib

import numpy as np
import pytest

from explored import HOSTILE, shown
from gen2d.explorer.content import N_POINTS
from gen2d.explorer.packing import BYTE, EXACT, FINE_GRAIN, Packer, quantise
from gen2d.explorer.page import PACKAGE, SCRIPTS
from gen2d.geometry import View, view
from gen2d.metrics.catalogue import CATALOGUE, METRICS, metric_of


def unpack(packed):
    """The arrays of a packed text, as the page reads them."""
    data, arrays, start = zlib.decompress(base64.b64decode(packed["data"])), {}, 0
    for entry in packed["arrays"]:
        size = 4 if entry["n_codes"] == 0 else 1 + (entry["n_codes"] > 255)
        count = int(np.prod(entry["shape"]))
        planes = np.frombuffer(data, np.uint8, size * count, start).reshape(size, count)
        start += size * count
        kind = {1: "u1", 2: "<u2", 4: "<f4"}[size]
        codes = planes.T.copy().view(kind).reshape(entry["shape"])
        if entry["n_codes"]:
            low, high = np.array(entry["low"]), np.array(entry["high"])
            if entry["by_frame"]:
                low, high = (x.reshape(-1, *[1] * (codes.ndim - 1)) for x in (low, high))
            numbers = low + codes / (entry["n_codes"] - 1) * (high - low)
            codes = np.where(codes == entry["n_codes"], np.nan, numbers)
        arrays[entry["name"]] = codes
    assert start == len(data)
    return arrays


def test_arrays_survive_packing_to_their_grain():
    rng = np.random.default_rng(0)
    xy = rng.uniform(-1, 1, (5, 100, 2))
    fields = rng.normal(size=(3, 50)) * np.array([[1], [10], [1e-3]])
    losses = rng.normal(size=(2, 7))
    scores = rng.normal(size=(2, 50, 2)) * np.array([[[200]], [[1]]])
    packer = Packer()
    packer.add("xy", xy, FINE_GRAIN, ([-1, -1], [1, 1]))
    packer.add("fields", fields, BYTE)
    packer.add("scores", scores, EXACT)
    packer.add_floats("losses", losses)
    arrays = unpack(json.loads(json.dumps(packer.pack())))
    assert np.abs(arrays["xy"] - xy).max() <= 1 / (FINE_GRAIN - 1) + 1e-9
    ranges = np.ptp(fields, axis=1, keepdims=True)
    assert (np.abs(arrays["fields"] - fields) <= 0.502 * ranges / (BYTE - 1)).all()
    ranges = np.ptp(scores, axis=(1, 2), keepdims=True)
    assert (np.abs(arrays["scores"] - scores) <= 1e-5 * ranges).all()
    assert np.array_equal(arrays["losses"], losses.astype("f4"))


def test_what_is_not_finite_or_out_of_view_is_missing():
    xy = np.array([[[0, 0], [np.nan, 0], [np.inf, 0], [2, 0], [1, 1]]], dtype=float)
    codes, _, _ = quantise(xy, FINE_GRAIN, ([-1, -1], [1, 1]))
    assert ((codes == FINE_GRAIN).any(-1) == [[False, True, True, True, False]]).all()
    codes, low, high = quantise(np.full((2, 4), np.nan), BYTE)
    assert (codes == BYTE).all()
    assert np.isfinite([low, high]).all()


def test_packed_points_are_small():
    """Of about 12 bits a coordinate, and a third more for base64; in JSON they would be 60."""
    xy = np.random.default_rng(0).uniform(size=(20, 500, 2))
    packer = Packer()
    packer.add("xy", xy, FINE_GRAIN, ([0, 0], [1, 1]))
    assert len(packer.pack()["data"]) < 1.03 * xy.size * 12 / 8 * 4 / 3


def test_the_view_is_a_square_around_the_points():
    points = np.random.default_rng(0).normal(size=(1000, 2)) * [3, 1] + [5, 0]
    low, high = view(points)
    assert high[0] - low[0] == pytest.approx(high[1] - low[1])
    assert ((points > low) & (points < high)).all(1).mean() > 0.995
    grid = View(np.zeros(2), np.full(2, 4.0)).grid(4)
    assert grid[:2].tolist() == [[0.5, 0.5], [1.5, 0.5]]
    assert grid[4].tolist() == [0.5, 1.5]
    low, high = view(np.zeros((200, 2)))  # all points the same
    assert (high > low).all()


def test_one_model_without_truth_is_shown(tmp_path):
    page, content = shown(tmp_path)
    assert [model["name"] for model in content["models"]] == ["cnf"]
    cell = content["cells"]["mine/cnf"]
    assert cell["steps"] == [1, 2, 3]
    arrays = unpack(cell)
    assert arrays["samples"].shape == (2, N_POINTS, 2)
    assert np.isnan(arrays["samples"][1]).all()  # it diverged
    assert np.isnan(arrays["loss_train"][1]).all()
    assert arrays["loss_train"][0].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert content["metrics"]["energy_distance"]["line"].endswith("Lower is better.")
    (metric,) = content["measured"]["mine/cnf"]["metrics"]
    assert metric["seeds"][0]["value"] == 0.0123456789
    assert metric["seeds"][1] == {"value": None, "note": "diverged at training step 2"}
    assert metric["band"] is None and metric["low"] is None
    assert "@@" not in page.split("<script>")[0]


def test_what_is_not_known_is_left_out(tmp_path):
    _, content = shown(tmp_path, models=("cnf", "kde", "truth"), known=False)
    assert set(unpack(content["datasets"]["mine"])) == {"points"}
    assert "log_prob" not in unpack(content["cells"]["mine/cnf"])
    assert np.isnan(unpack(content["cells"]["mine/kde"])["log_prob"]).all()  # 0 everywhere
    assert set(unpack(content["cells"]["mine/truth"])) == {"samples"}


def test_labels_stay_with_their_points(tmp_path):
    _, content = shown(tmp_path, labels=lambda x: np.digitize(x[:, 0], [-0.5, 0.5]))
    found = unpack(content["datasets"]["mine"])
    first, labels = found["points"][0, :, 0], found["labels"][0]
    assert set(labels) == {0, 1, 2}
    is_clear = np.abs(np.abs(first) - 0.5) > 0.01  # not so of what is out of view
    assert is_clear.sum() > 200
    assert np.array_equal(labels[is_clear], np.digitize(first[is_clear], [-0.5, 0.5]))


def test_a_model_without_truth_is_offered_beside_the_true_points(tmp_path):
    _, content = shown(tmp_path, diverged=())
    (preset,) = content["presets"]
    assert preset["title"] == "cnf beside the truth"
    assert "data=mine&seed=0&left=cnf&right=&" in preset["address"]


def test_of_diverged_models_nothing_is_offered(tmp_path):
    assert shown(tmp_path, diverged=(0, 1))[1]["presets"] == []


def test_every_metric_is_explained_in_a_line():
    for metric in CATALOGUE:
        assert re.fullmatch(r".{20,90}\.", metric.meaning), metric.name
        says = metric.line.removeprefix(metric.meaning).strip()
        assert (
            says
            == {"lower": "Lower is better.", "higher": "Higher is better.", "": ""}[metric.better]
        )
    assert metric_of("kl") is METRICS["kl"]
    assert metric_of("fisher_divergence_0.1").title == "Fisher divergence at noise level 0.1"


def test_names_are_text_and_never_markup(tmp_path):
    page, content = shown(tmp_path, title=HOSTILE)
    assert content["title"] == HOSTILE
    assert "alert(1)</script>" not in page
    assert "<b>&amp;" not in page


def test_the_page_loads_nothing(tmp_path):
    page, _ = shown(tmp_path)
    assert not re.findall(r"""<(?:script|link|img|iframe)[^>]*\s(?:src|href)=""", page)
    assert not re.findall(r"""@import|url\(""", page.split("</style>")[0])


def test_scripts_import_what_those_before_them_export():
    """Of which the joined page says nothing, since it needs no imports."""
    paths = [PACKAGE / name for name in SCRIPTS]
    assert set(paths) == set((PACKAGE / "explorer/scripts").iterdir())
    exported = {}
    for path in paths:
        imports, code = [], []
        for line in path.read_text(encoding="utf-8").splitlines():
            (imports if line.startswith("import ") else code).append(line)
        words = re.findall(r"[\w$]+", "\n".join(code))
        for line in imports:
            names, source = re.fullmatch(r'import \{ (.+) \} from "\./(.+)";', line).groups()
            for name in names.split(", "):
                assert name in exported[source] and name in words, f"{path.name}: {name}"
        kinds = r"^export (?:const|class|(?:async )?function) ([\w$]+)"
        exported[path.name] = re.findall(kinds, "\n".join(code), re.MULTILINE)
