"""The contract of every registered method: streams, shapes, gradients, and weights in files."""

from pkgutil import resolve_name

import numpy as np
import pytest
import torch

from ensembles import SEEDS, TRAINED, build, put, streams, trained
from gen2d.config import METHODS
from gen2d.methods.base import Task
from gen2d.methods.scored import ScoreMethod
from gen2d.methods.trained import TrainedMethod
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import fanned

MADE_HERE = [name for name in METHODS if name != "external"]


@pytest.mark.parametrize("name", MADE_HERE)
def test_samples_have_their_shape_and_their_stream(name):
    method = build(name)
    x = method.sample(300, streams("sample", SEEDS))
    assert x.shape == (3, 300, 2)
    assert x.dtype == np.float64
    assert np.isfinite(x).all()
    assert x.tobytes() == method.sample(300, streams("sample", SEEDS)).tobytes()
    assert x.tobytes() != method.sample(300, streams("other", SEEDS)).tobytes()


@pytest.mark.parametrize("name", METHODS)
def test_knobs_say_what_the_implementation_can(name):
    made, knobs_class = resolve_name(METHODS[name].implementation), METHODS[name]
    assert knobs_class.learns_scores == issubclass(made, ScoreMethod)
    assert knobs_class.trained == issubclass(made, TrainedMethod)


def test_no_chunk_of_samples_is_drawn_twice(monkeypatch):
    monkeypatch.setattr("gen2d.methods.trained.CHUNK", 50)
    x = build("dsm_single").sample(100, streams("sample", SEEDS))
    assert len(np.unique(x[0], axis=0)) == 100


@pytest.mark.parametrize("name", MADE_HERE)
def test_samples_do_not_depend_on_the_company(name):
    together = build(name).sample(300, streams("sample", SEEDS))
    alone = build(name, seeds=(1,)).sample(300, streams("sample", (1,)))
    assert np.allclose(together[1], alone[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", MADE_HERE)
def test_global_random_state_is_untouched(name):
    before = np.random.get_state()[1].tobytes(), torch.get_rng_state()  # noqa: NPY002
    build(name).sample(10, streams("sample", SEEDS))
    assert np.random.get_state()[1].tobytes() == before[0]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize("sampler", ["ode", "sde"])
@pytest.mark.parametrize("name", TRAINED)
def test_evaluations_are_those_that_a_sample_takes(name, sampler, monkeypatch):
    """Rows that the networks see, a sample."""
    method = build(name)
    if sampler == "sde":
        if getattr(getattr(method.knobs, "sampling", None), "sampler", None) != "ode":
            pytest.skip("it has no such sampler")
        put(method, "sampling", sampler=sampler)
    inputs, rows = PointNetwork._inputs, []

    def counted(self, x, conditions):
        rows.append(x.shape[0] * x.shape[1])
        return inputs(self, x, conditions)

    monkeypatch.setattr(PointNetwork, "_inputs", counted)
    method.sample(10, streams("sample", SEEDS))
    assert sum(rows) == 10 * len(SEEDS) * method.knobs.n_evaluations


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_are_those_of_the_losses_and_of_every_member(name):
    method = build(name)
    n_members = 3 * method.per_seed
    x = torch.from_numpy(method.task.x_train.repeat(method.per_seed, axis=0)).float()
    sequences = fanned(streams("train", SEEDS), method.per_seed)
    gradients = [torch.empty_like(parameter) for parameter in method.parameters()]
    losses = method.loss_and_gradients(x, Noise(sequences), gradients)
    twin = build(name)
    parameters = list(twin.parameters())
    theirs = twin.losses(x, Noise(sequences))
    assert losses.shape == (n_members,)
    assert torch.allclose(losses, theirs, rtol=1e-4, atol=1e-5)
    expected = torch.autograd.grad(theirs.sum(), parameters, materialize_grads=True)
    largest = max(gradient.abs().max() for gradient in expected)
    for gradient, plain in zip(gradients, expected, strict=True):
        assert torch.allclose(gradient, plain, rtol=0, atol=1e-5 * largest)
        assert gradient.shape[0] == n_members
        assert torch.isfinite(gradient).all()
    assert sum(bool(gradient.any()) for gradient in gradients) >= len(gradients) - 1


@pytest.mark.parametrize("name", TRAINED)
def test_weights_survive_a_file(name, tmp_path):
    from gen2d.storage import files

    method, _ = trained(name, n_steps=5)
    # Otherwise some processors' products round differently than with weights from a file.
    assert all(parameter.data_ptr() % 64 == 0 for parameter in method.parameters())
    files.write_weights(tmp_path / "w.safetensors", method.state_dict(), {"a": 1})
    state, metadata = files.read_weights(tmp_path / "w.safetensors")
    fresh = build(name)
    fresh.load_state_dict(state)
    assert metadata == {"a": 1}
    samples = [m.sample(50, streams("sample", SEEDS)) for m in (method, fresh)]
    assert samples[0].tobytes() == samples[1].tobytes()


class Odd(TrainedMethod):
    def __init__(self, knobs, task):
        super().__init__(knobs, task)
        self.mean = torch.nn.Parameter(torch.zeros(len(task.x_train), 1, 2))

    def losses(self, x, noise):
        return (x - self.mean).square().sum(-1)

    def draw(self, n, noise):
        return noise.normal(n, 3)


def test_shapes_of_a_method_of_one_s_own_are_checked():
    x = np.zeros((3, 10, 2))
    odd = Odd(None, Task(None, x, x, np.random.SeedSequence(0).spawn(3)))
    with pytest.raises(ValueError, match=r"Odd\.losses: expected shape \[3\]; got \[3, 10\]"):
        odd.loss_and_gradients(torch.zeros(3, 10, 2), None, [])
    with pytest.raises(ValueError, match=r"Odd\.draw: expected shape \[3, 5, 2\]; got \[3, 5, 3\]"):
        odd.sample(5, np.random.SeedSequence(0).spawn(3))
