"""gen2d.fit: the study's own numbers, torch left as it was, data of every kind, and mistakes."""

import io
import random
import sys

import numpy as np
import pandas as pd
import pytest
import torch

import gen2d
import readme
from fresh import python
from gen2d.api import progress
from gen2d.config.recipes import recipes
from gen2d.methods import training
from gen2d.networks.arithmetic import matmul
from gen2d.plan.stages import STAGES
from gen2d.runner import run
from small_study import FEW, SHORT, small_values
from studies import plan_of

KEY = ["seed", "metric"]
EXACT = {"rtol": 1e-6, "atol": 0}
DIFFERENCES = ["kl", "density_tv", "generalisation_gap"]
"""Metrics that are differences, near 0, of log-densities of a few nats in single precision."""


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    for name, value in SHORT.items():
        monkeypatch.setitem(recipes(), name, value)


def fit(model="dsm", data="checkerboard", **knobs):
    """Two seeds, of models that are trained in a few steps."""
    is_short = recipes()["models"].get(model, FEW).get("training")
    return gen2d.fit(model, data, **{"seeds": 2, **(FEW if is_short else {}), **knobs})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A study whose jobs have one seed each."""
    folder = tmp_path_factory.mktemp("results")
    run(plan_of(small_values()), folder, ("collect",))
    return folder


@pytest.mark.parametrize("model", ["dsm", "gaussian"])
def test_the_metrics_are_those_of_the_study(model, results):
    table = pd.read_csv(results / "metrics.csv")
    expected = table[table["model"] == model].sort_values(KEY).reset_index(drop=True)
    found = fit(model).metrics.sort_values(KEY).reset_index(drop=True)
    near_0 = found["metric"].isin(DIFFERENCES)
    for rows, tolerance in ((~near_0, EXACT), (near_0, {"rtol": 1e-6, "atol": 1e-7})):
        pd.testing.assert_frame_equal(
            found[rows], expected[rows], check_exact=False, check_dtype=False, **tolerance
        )
    assert len(found) > 20


def test_samples_are_those_of_the_study(results):
    paths = [results / f"samples/checkerboard/dsm/seeds{seed}-{seed}.npz" for seed in (0, 1)]
    drawn = np.concatenate([np.load(path)["samples"] for path in paths])
    models, x = fit(), drawn[0][:20]
    np.testing.assert_allclose(models.sample(300), drawn, rtol=1e-5, atol=1e-6)
    assert models.log_prob(x).shape == (2, 20)
    score = models.score(torch.as_tensor(x), noise_level=0.5)
    assert score.shape == (2, 20, 2) and score.dtype == torch.float64


def state():
    denormal = (torch.tensor(2.0**-120, dtype=torch.float32) * 2.0**-20).item() != 0
    modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
    chosen = torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()
    return denormal, matmul.fp32_precision, *chosen, *modes


def global_numbers():
    of_numpy = np.random.get_state()[1].tolist()  # noqa: NPY002
    return random.getstate(), of_numpy, torch.get_rng_state().tolist()


@pytest.fixture
def _unusual_torch():
    """As somebody else may have set it."""
    kept = matmul.fp32_precision
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    torch.set_default_dtype(torch.float64)
    matmul.fp32_precision = "tf32"
    yield
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.set_default_dtype(torch.float32)
    matmul.fp32_precision = kept


@pytest.mark.usefixtures("_unusual_torch")
def test_torch_and_random_numbers_are_left_as_they_were(monkeypatch):
    expected = fit().sample(5)
    before = state()
    numbers = global_numbers()
    assert before[0] and before[1:4] == ("tf32", torch.float64, torch.device("cpu"))
    with torch.inference_mode():
        models = fit()
        np.testing.assert_array_equal(models.sample(5), expected)
        assert np.isfinite(fit("vae").losses["loss_train"]).all()  # by autograd
        assert state() == (*before[:5], False, True)
    assert len(models.metrics) and models.log_prob([[0, 0]]).shape == (2, 1)
    assert state() == before
    monkeypatch.setattr(training, "learning_rate", lambda step, knobs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit()
    assert state() == before
    assert global_numbers() == numbers


DEVICES = """
import torch
from gen2d.networks.arithmetic import configured_torch

torch.set_default_device("meta")
with configured_torch():
    assert torch.zeros(1).device.type == "cpu"
assert torch.zeros(1).device.type == "meta"
"""


def test_a_default_device_is_given_back(root):
    """In a process of its own, where no other test has set one."""
    python(root, DEVICES)


def test_data_may_be_a_density_with_knobs_or_points():
    models = fit("gaussian", gen2d.density("spiral", n_turns=1, n_train=100))
    assert models._blocks[0].method.task.x_train.shape == (2, 100, 2)
    assert models.density.span == (0, pytest.approx(2 * np.pi))
    points = gen2d.density("moons").sample(400, rng=0).astype(np.float32)
    for data in (points, torch.as_tensor(points), points.tolist()):
        models = fit("cnf", data)
        assert models.density is None
        rows = models._blocks[0].method.task.x_train.reshape(-1, 2)
        assert {*map(tuple, rows)} <= {*map(tuple, points.astype(float))}
    assert "nll" in set(models.metrics["metric"])


def test_a_method_of_a_plug_in_is_fitted_and_an_edit_of_it_counts(root, tmp_path):
    path, text = tmp_path / "blob.py", readme.plugin(root)
    path.write_text(text)
    training = {"n_steps": 50, "learning_rate": 0.1}
    plain = fit("blob", "moons", plugins=[path], training=training)
    assert plain.losses["loss_train"].iloc[-1] < 1e3
    path.write_text(text.replace("self.mean + noise", "self.mean + 100 + noise"))
    edited = fit("blob", "moons", plugins=[path], training=training)
    with pytest.raises(
        ValueError, match=r"blob.py: expected the code that was fitted; got an edit"
    ):
        plain.metrics  # noqa: B018
    assert edited.sample(200).mean() - plain.sample(200).mean() == pytest.approx(100, abs=0.5)


def test_draws_are_the_same_each_time_or_of_a_seed():
    models = fit("gaussian")
    np.testing.assert_array_equal(models.sample(5), models.sample(5))
    np.testing.assert_array_equal(models.sample(5, rng=1), models.sample(5, rng=1))
    first, second = models.sample(5, rng=1), models.sample(5, rng=np.random.default_rng(2))
    assert not np.array_equal(first, models.sample(5)) and not np.array_equal(first, second)
    assert not np.array_equal(first[0], first[1])


def test_diverged_seeds_have_no_samples():
    summed = {"n_steps": 3, "log_every": 1, "learning_rate": 1e30}
    models = fit("dsm_as_run", "moons", training=summed, sampling={"n_steps": 2})
    assert np.isnan(models.sample(4)).all()
    table = models.metrics.set_index("metric")
    assert set(table.loc["energy_distance", "status"]) == {"diverged"}


def test_weights_are_saved_whole_or_not_at_all(tmp_path, monkeypatch):
    from safetensors.torch import load_file

    models = fit()
    models.save(tmp_path / "dsm.safetensors")
    state = models._blocks[0].method.state_dict()
    saved = load_file(tmp_path / "dsm.safetensors")
    assert saved.keys() == state.keys()
    assert all(torch.equal(saved[name], state[name]) for name in state)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(ValueError, match=r"other.safetensors: expected a file to write; got No sp"):
        models.save(tmp_path / "other.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["dsm.safetensors"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_alone(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    said = {}
    for stream, wanted in ((Terminal, True), (Terminal, False), (io.StringIO, True)):
        monkeypatch.setattr(sys, "stderr", stream())
        fit("vae", progress=wanted)
        said[stream, wanted] = sys.stderr.getvalue()
    lines = said.pop((Terminal, True)).split("\r")
    assert lines[1].rstrip() == "vae on checkerboard, 2 seeds: ..."
    assert lines[2].startswith("vae on checkerboard, 2 seeds: #")
    assert "| 20/20, 0 s left" in lines[-2]
    assert "done in" in lines[-1]
    assert set(said.values()) == {""}


def test_ensembles_are_of_a_model_of_the_recipes(monkeypatch):
    small = {**recipes()["models"]["vae"], **FEW}
    monkeypatch.setitem(recipes()["models"], "small", small)
    models = gen2d.fit("ensemble", "moons", seeds=1, of="small", members=2)
    assert models.sample(10).shape == (1, 10, 2)


CALLS = [
    (lambda: gen2d.fit("dms", "moons"), "model: expected one of .*dsm.*; got 'dms'"),
    (lambda: gen2d.fit("dsm", "mons"), "density: expected one of .*moons.*; got 'mons'"),
    (lambda: gen2d.fit("dsm", 3), r"data: expected numbers of shape \(N, 2\); got int64 of"),
    (lambda: fit(seeds=0), "seeds: expected greater than or equal to 1; got 0"),
    (lambda: fit(training={"n_step": 3}), "dsm.training: expected one of the keys .*; got 'n_st"),
    (lambda: fit(trainng={}), "dsm: expected one of the keys .*; got 'trainng'"),
    (lambda: fit("blob", plugins=["no.py"]), "plugins.0: no.py: expected a Python file; got No"),
    (lambda: fit("gan").log_prob([[1, 2]]), "gan: expected a model with a density; got none: "),
    (lambda: fit("vae").score([[1, 2]], 1), "vae: expected a model that learns scores; got one"),
    (lambda: fit().score([[1, 2]], 1e9), "noise_level: expected one that dsm has learned; got"),
    (lambda: fit("kde").losses, "kde: expected a model that is trained; got one"),
    (lambda: fit("kde").save("a"), "kde: expected a model that is trained; got"),
    (lambda: fit("vae").save("a.pt"), "path: expected one that ends in .safetensors; got 'a.pt'"),
    (lambda: fit("vae").sample(0), "n: expected a whole number from 1 on; got 0"),
    (lambda: fit("gan").animate("sampling.gif"), "gan: expected a model that samples in steps; g"),
    (lambda: fit("vae").animate("a.png"), "path: expected one that ends in .gif; got 'a.png'"),
    (lambda: fit("vae").animate("a.gif", of="x"), "of: expected one of training, sampling; got"),
    (lambda: fit("truth").animate("a.gif"), "truth: expected a trained model; got"),
]


@pytest.mark.parametrize(("call", "words"), CALLS, ids=[words[:25] for _, words in CALLS])
def test_mistakes_are_one_line_of_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=f"^{words}") as raised:
        call()
    assert "\n" not in str(raised.value)


def test_nothing_is_done_twice(monkeypatch):
    """What one question made serves the next."""
    models = fit("vae")
    assert len(models.losses) and len(models.metrics)
    monkeypatch.setattr(STAGES["train"].__class__, "modules", property(lambda _: 1 / 0))
    assert models.sample(5).shape == (2, 5, 2)
    assert len(models.metrics) and models.seconds > 0
