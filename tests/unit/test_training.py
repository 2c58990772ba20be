"""The training loop that all methods share: members apart, records, divergence, snapshots."""

import numpy as np
import pytest
import torch

from ensembles import SEEDS, TRAINED, build, streams, trained
from gen2d.config import Training
from gen2d.methods import training
from gen2d.methods.dsm_single import DSM
from gen2d.methods.training import learning_rate, snapshot_steps, train
from gen2d.randomness.noise import Noise


@pytest.mark.parametrize("name", TRAINED)
def test_a_member_trains_as_if_alone(name):
    """To rounding: batched products may add in another order."""
    together, _ = trained(name)
    alone, record = trained(name, seeds=(1,))
    m = together.per_seed
    for many, one in zip(together.parameters(), alone.parameters(), strict=True):
        assert one.shape[0] == m
        assert torch.allclose(many[m : 2 * m], one, rtol=0, atol=2e-5)
    assert record.loss_train.shape == (5, 1)


@pytest.mark.parametrize("name", TRAINED)
def test_training_is_reproducible_to_the_bit(name):
    first, again = (trained(name)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[key], again[key]) for key in first)


@pytest.mark.parametrize(
    ("name", "averaging"), [*((name, 0.0) for name in TRAINED), ("dsm_single", 0.9)]
)
def test_records_of_holdout_do_not_disturb_training(name, averaging):
    steps = {"n_steps": 40, "averaging": averaging}
    often, rarely = (trained(name, log_every=every, **steps)[0] for every in (1, 40))
    for one, other in zip(often.parameters(), rarely.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_holdout_loss_is_that_of_all_points_however_they_are_cut(monkeypatch):
    _, whole = trained("dsm_single")
    asked = []

    def losses(method, x, noise, taken=DSM.losses):
        asked.append(x.shape[1])
        return taken(method, x, noise)

    monkeypatch.setattr(DSM, "losses", losses)
    monkeypatch.setattr(training, "HOLDOUT", 13)
    _, cut = trained("dsm_single")
    assert asked == 5 * [13, 13, 13, 11]
    np.testing.assert_allclose(cut.loss_holdout, whole.loss_holdout, rtol=1e-5)


def test_a_recorded_loss_is_the_mean_of_the_steps_since_the_last():
    every, rarely = (trained("dsm_single", n_steps=40, log_every=n)[1].loss_train for n in (1, 20))
    np.testing.assert_allclose(rarely, every.reshape(2, 20, 3).mean(1), rtol=1e-6)


def test_holdout_losses_have_noise_of_their_own():
    method, drawn = build("dsm_single", n_steps=1, batch_size=50, log_every=1), []

    def drawing(function):
        def and_drawing(x, noise, *out):
            drawn.append(noise.normal(50, 2))
            return function(x, noise, *out)

        return and_drawing

    method.loss_and_gradients, method.losses = (
        drawing(method.loss_and_gradients),
        drawing(method.losses),
    )
    x = method.task.x_train
    train(method, x, x, method.knobs.training, streams("train", SEEDS))
    in_training, held_out = drawn
    assert not torch.equal(in_training, held_out)


def test_training_is_adam_on_minibatches():
    """The loop does what a plain loop with torch's own optimiser does."""
    method, _ = trained("dsm_single", n_steps=50, beta1=0.8, beta2=0.95)
    plain = build("dsm_single", n_steps=50, batch_size=32, log_every=20)
    rate = plain.knobs.training.learning_rate
    optimizer = torch.optim.Adam(plain.parameters(), lr=rate, betas=(0.8, 0.95))
    spawned = [stream.spawn(3) for stream in streams("train", SEEDS)]
    batches, noise, _ = (Noise(stream) for stream in zip(*spawned, strict=True))
    x_train = torch.from_numpy(plain.task.x_train).float()
    for _ in range(50):
        rows = batches.integers(200, 32)
        x = torch.stack([x_train[k, rows[k]] for k in range(3)])
        optimizer.zero_grad()
        plain.losses(x, noise).sum().backward()
        optimizer.step()
    for ours, theirs in zip(method.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-5)


def test_divergence_is_a_result_with_its_step():
    method = build("dsm_single", n_steps=30, batch_size=32, log_every=10, learning_rate=1e-3)
    method.task.x_train[1] = np.nan  # every loss of this member is NaN, from the first step
    x_train = method.task.x_train
    record = train(method, x_train, x_train, method.knobs.training, streams("train", SEEDS))
    assert record.diverged_at == [None, 1, None]
    assert np.isfinite(record.loss_train[:, [0, 2]]).all()


def test_the_step_of_divergence_is_exact():
    method = build("dsm_single", n_steps=30, batch_size=32, log_every=10)
    loss_and_gradients, calls = method.loss_and_gradients, []

    def break_at_step_17(x, noise, out):
        calls.append(1)
        broken = torch.tensor([1.0, 1.0, float("inf") if len(calls) == 17 else 1.0])
        return loss_and_gradients(x, noise, out) * broken

    method.loss_and_gradients = break_at_step_17
    x = method.task.x_train
    assert train(method, x, x, method.knobs.training, streams("train", SEEDS)).diverged_at == [
        None,
        None,
        17,
    ]


def test_the_average_of_parameters_is_what_is_left():
    last, _ = trained("dsm_single", n_steps=20)
    averaged, _ = trained("dsm_single", n_steps=20, averaging=0.99)
    steps = [trained("dsm_single", n_steps=n)[0] for n in range(1, 21)]
    for name, ours in averaged.named_parameters():
        mean = torch.stack([dict(step.named_parameters())[name] for step in steps]).mean(0)
        assert torch.allclose(ours, mean, atol=1e-6)
        assert not torch.equal(ours, dict(last.named_parameters())[name])


def test_learning_rate_rises_and_falls():
    chosen = Training(learning_rate=2.0, warmup_steps=10, n_steps=100, schedule="cosine")
    rates = [learning_rate(step, chosen) for step in range(1, 101)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == pytest.approx(2.0, rel=0.03)
    assert rates[-1] < 0.001
    assert learning_rate(100, chosen.model_copy(update={"schedule": "constant"})) == 2.0


def test_snapshots_are_the_first_member_on_its_way():
    method, record = trained("cnf", n_steps=30, averaging=0.9)
    steps = snapshot_steps(30)
    assert steps[0] == 1 and steps[-1] == 30 and len(steps) <= 12
    for name, parameter in method.named_parameters():
        assert record.snapshots[name].shape == (len(steps), *parameter.shape[1:])
        assert torch.equal(record.snapshots[name][-1], parameter[0])
    shorter, _ = trained("cnf", n_steps=steps[5], averaging=0.9)
    for name, parameter in shorter.named_parameters():
        assert torch.equal(record.snapshots[name][5], parameter[0])
