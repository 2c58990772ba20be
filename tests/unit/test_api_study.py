"""gen2d.load: tables and models of a finished study, from its files, and what is missing."""

import shutil

import numpy as np
import pytest
from PIL import Image

import gen2d
from gen2d.api import animation
from gen2d.plan.code import forget
from gen2d.storage import files
from small_study import made


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "results"
    made(folder)
    return folder


@pytest.fixture
def study(results):
    return gen2d.load(results)


@pytest.fixture
def copy(results, tmp_path):
    return shutil.copytree(results, tmp_path / "results")


def test_tables_are_those_of_the_files(study, results):
    assert study.models == ["dsm", "gaussian", "kde", "truth"]
    assert study.datasets == ["checkerboard"]
    for name in ("metrics", "summary", "verdicts"):
        table = files.read_table(results / f"{name}.csv")
        assert getattr(study, name).equals(table) and len(table) > 3
    assert repr(study) == f"<study in {results}: 4 models on 1 data sets, 2 seeds>"


def test_models_of_every_seed_draw_the_samples_of_the_study(study, results):
    """Seed by seed, though each job had one."""
    models = study.model("dsm", "checkerboard")
    drawn = models.sample(300)
    for seed in models.seeds:
        path = results / f"samples/checkerboard/dsm/seeds{seed}-{seed}.npz"
        np.testing.assert_array_equal(drawn[seed], np.load(path)["samples"][0])
    assert models.log_prob(drawn[0][:5]).shape == (2, 5)
    assert models.score(drawn[0][:5], noise_level=0.5).shape == (2, 5, 2)
    assert models.losses["seed"].unique().tolist() == [0, 1]
    own = study.metrics[study.metrics["model"] == "dsm"].reset_index(drop=True)
    assert models.metrics.equals(own)
    assert models.seconds > 0


def test_files_of_another_version_of_the_code_are_read(study, results, monkeypatch):
    """What matters is that they are whole."""
    expected = study.model("dsm", "checkerboard").sample(20)
    forget()
    monkeypatch.setattr("gen2d.plan.code.code_digest", lambda *_: "other")
    models = gen2d.load(results).model("dsm", "checkerboard")
    np.testing.assert_array_equal(models.sample(20), expected)
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("kind", animation.KINDS)
def test_an_animation_shows_points_on_their_way(kind, study, tmp_path, monkeypatch):
    study.model("dsm", "checkerboard").animate(tmp_path / f"{kind}.gif")
    with Image.open(tmp_path / f"{kind}.gif") as picture:
        n_frames, frames = picture.n_frames, []
        for i in range(n_frames):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGB"), dtype=int))
        assert picture.info["duration"] == 1000 * animation.HELD
    blue = [(frame[..., 2] - frame[..., 0]) > 120 for frame in frames]
    assert min(points.sum() for points in blue) > 500
    assert (blue[0] != blue[-1]).sum() > 500
    assert n_frames == (10 if kind == "training" else 21)
    assert (tmp_path / f"{kind}.gif").stat().st_size < 3e6


def test_the_file_s_name_says_what_an_animation_is_of_unless_somebody_does(monkeypatch, study):
    asked = []
    monkeypatch.setattr(animation, "_write", lambda frames, *_: asked.append(frames[0].title))
    models = study.model("dsm", "checkerboard")
    for name, of in (("my_training.gif", None), ("out.gif", None), ("out.gif", "training")):
        gen2d.animate(models, name, of)
    titles = ["dsm, training: step 1", "dsm, sampling: noise level 20", "dsm, training: step 1"]
    assert asked == titles


def test_frames_hold_scores_or_the_density_of_an_energy():
    arrays = {
        "steps": np.array([1, 9]),
        "samples": np.zeros((2, 5, 2)),
        "scores_in_training": np.ones((2, 400, 2)),
    }
    first, _ = animation.in_training("m", arrays)
    assert first.scores is not None and first.density is None
    energies = np.full((2, 64**2), np.inf)
    energies[:, :100] = np.arange(100)
    last = animation.in_training("m", arrays | {"energies": energies})[-1]
    assert last.scores is None
    np.testing.assert_allclose(last.density[:3], np.exp([0, -1, -2]))
    assert last.density[100:].max() == 0


def test_an_animation_is_written_whole_or_not_at_all(study, tmp_path, monkeypatch):
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(ValueError, match=r"out.gif: expected a file to write; got No space"):
        study.model("dsm", "checkerboard").animate(tmp_path / "out.gif")
    assert not [*tmp_path.iterdir()]


def test_names_that_the_study_lacks_are_named(study):
    with pytest.raises(
        ValueError, match="model: expected one of dsm, gaussian, kde, truth; got 'x'"
    ):
        study.model("x", "checkerboard")
    with pytest.raises(ValueError, match="dataset: expected one of checkerboard; got 'spiral'"):
        study.model("dsm", "spiral")


MISSING = [
    ("config.yaml", lambda study: study),
    ("metrics.csv", lambda study: study.metrics),
    ("models/checkerboard/dsm/seeds1-1.safetensors", lambda s: model(s).sample(3)),
    ("data/checkerboard/seeds0-0.npz", lambda s: model(s).sample(3)),
    ("models/checkerboard/dsm/seeds1-1.losses.csv", lambda s: model(s).losses),
    ("metrics/checkerboard/dsm/seeds0-0.csv", lambda s: model(s).metrics),
    ("benchmarks/models/checkerboard/dsm/seeds0-0.tsv", lambda s: model(s).seconds),
    ("histories/dsm.npz", lambda s: model(s).animate("a.gif")),
]


def model(study):
    return study.model("dsm", "checkerboard")


@pytest.mark.parametrize(("name", "ask"), MISSING, ids=[name for name, _ in MISSING])
def test_a_file_that_is_missing_or_damaged_is_named_in_one_line(name, ask, copy):
    path = copy / name
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(ValueError, match=rf"{name}: expected a file of a finished study; got No"):
        ask(gen2d.load(copy))
    path.write_bytes(content[: len(content) // 2])
    if name.endswith(".tsv"):
        path.write_bytes(b"")
    with pytest.raises(ValueError, match=f"{name}: expected") as raised:
        ask(gen2d.load(copy))
    assert "\n" not in str(raised.value)


def test_a_folder_that_is_none_is_named(tmp_path):
    (tmp_path / "file").touch()
    for name in ("nowhere", "file"):
        with pytest.raises(ValueError, match=f"{name}/config.yaml: expected a file of a finished"):
            gen2d.load(tmp_path / name)
