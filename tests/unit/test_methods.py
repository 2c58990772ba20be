"""The contract of every registered method, and the training loop that they share."""

import itertools
from pkgutil import resolve_name
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.stats import gaussian_kde

from gen2d.config import METHODS, Training
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.diagnostics.likelihood import measure_density
from gen2d.methods import training, vae
from gen2d.methods.base import Task
from gen2d.methods.baselines import BANDWIDTHS, KDE, Gaussian
from gen2d.methods.gan import LARGEST
from gen2d.methods.quadrature import CELLS, log_cell_area, midpoints
from gen2d.methods.trained import TrainedMethod
from gen2d.methods.training import learning_rate, snapshot_steps, train
from gen2d.networks.point_network import PointNetwork
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import seed_sequence
from gen2d.stages.explore import typical_score

SEEDS = (0, 1, 2)
DENSITY = GaussianMixture(n_components=1, radius=0.0, sd=0.5)


def streams(purpose, seeds):
    return [seed_sequence(0, purpose, seed) for seed in seeds]


def knobs(name, **training):
    """The method's default knobs, with some of training's replaced."""
    if name == "oracle":
        oracle = METHODS[name](method=name, of="target")
        oracle._target = knobs("dsm_multilevel")
        return oracle
    sections = {"training": training, "sampling": {"n_steps": 20}}
    given = {key: values for key, values in sections.items() if key in METHODS[name].model_fields}
    return METHODS[name].model_validate({"method": name, **given})


def put(method, section, **values):
    """Other values into a section of a method's knobs."""
    changed = getattr(method.knobs, section).model_copy(update=values)
    method.knobs = method.knobs.model_copy(update={section: changed})


def points(purpose, n, seeds):
    return np.stack([DENSITY.sample(n, np.random.default_rng(s)) for s in streams(purpose, seeds)])


def build(name, seeds=SEEDS, **training):
    chosen = knobs(name, **training)
    x_train, x_holdout = points("data", 200, seeds), points("holdout", 50, seeds)
    task = Task(DENSITY, x_train, x_holdout, streams("initialise", seeds))
    return resolve_name(METHODS[name].implementation)(chosen, task)


def trained(name, seeds=SEEDS, n_steps=100, **training):
    chosen = {"batch_size": 32, "log_every": 20, "n_steps": n_steps} | training
    method = build(name, seeds, **chosen)
    task = method.task
    record = train(
        method, task.x_train, task.x_holdout, method.knobs.training, streams("train", seeds)
    )
    return method, record


MADE_HERE = [name for name in METHODS if name != "external"]
TRAINED = [name for name, knobs_class in METHODS.items() if knobs_class.trained]
SCORED = [name for name in TRAINED if METHODS[name].states_scores]


@pytest.mark.parametrize("name", MADE_HERE)
def test_samples_have_their_shape_and_their_stream(name):
    method = build(name)
    x = method.sample(300, streams("sample", SEEDS))
    assert x.shape == (3, 300, 2)
    assert x.dtype == np.float64
    assert np.isfinite(x).all()
    assert x.tobytes() == method.sample(300, streams("sample", SEEDS)).tobytes()
    assert x.tobytes() != method.sample(300, streams("other", SEEDS)).tobytes()


def test_no_chunk_of_samples_is_drawn_twice(monkeypatch):
    monkeypatch.setattr("gen2d.methods.trained.CHUNK", 50)
    x = build("dsm").sample(100, streams("sample", SEEDS))
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


def velocity_loss(method, x, noise):
    """Flow matching, of the velocity itself."""
    x_noise, t = noise.normal(*x.shape[1:]), 1 - noise.stratified(x.shape[1]).square()
    return method.velocity((1 - t) * x_noise + t * x, t) - (x - x_noise)


def denoiser_loss(method, x, noise):
    """Denoising at all levels, of the denoiser itself, with weight (1 + sigma^2) / sigma^2."""
    eps, sigma = noise.normal(*x.shape[1:]), method.levels_to_train(x.shape[1], noise)
    error = method.denoise(x + sigma * eps, sigma) - x
    return error * (1 + sigma.square()).sqrt() / sigma


@pytest.mark.parametrize(
    ("name", "error"), [("cnf", velocity_loss), ("dsm_multilevel", denoiser_loss)]
)
def test_losses_are_those_of_what_is_stated(name, error):
    """The network is asked for something else, which makes the same loss."""
    method = build(name, stable_targets=False)
    x = torch.from_numpy(method.task.x_train).float()
    with torch.no_grad():
        ours = method.losses(x, Noise(streams("loss", SEEDS)))
        stated = error(method, method.units(x), Noise(streams("loss", SEEDS)))
    assert torch.allclose(ours, stated.square().sum(-1).mean(-1), rtol=1e-4)


def posterior_mean(x_t, x, signal, sd):
    """E[x | x_t] of x uniform over a minibatch, by Bayes' rule."""
    squares = (x_t.unsqueeze(2) - signal.unsqueeze(2) * x.unsqueeze(1)).square().sum(-1)
    return (-squares / (2 * sd.square())).softmax(-1) @ x


def stable_velocity(method, x, noise):
    """Of the network of a flow, and the noise there is in its points."""
    x_noise, t = noise.normal(20, 2), 1 - noise.stratified(20).square().double()
    x_t = (1 - t) * x_noise + t * x
    velocity = (posterior_mean(x_t, x, t, 1 - t) - x_t) / (1 - t)
    c = (t.square() + (1 - t).square()).sqrt()
    return c * velocity - (2 * t - 1) / c * x_t, 1 - t


def stable_noise(method, x, noise):
    """Of the network of a diffusion model."""
    eps, t = noise.normal(20, 2), 1 + (len(method.sigma[1:]) * noise.stratified(20)).long()
    a, s = method.signal[t].double(), method.sigma[t].double()
    x_t = a * x + s * eps
    mean = posterior_mean(x_t, x, a, s)
    eps = (x_t - a * mean) / s
    return (a * eps - s * mean if method.knobs.training.prediction == "v" else eps), s


def stable_score(method, x, noise):
    """Of the network of a denoiser."""
    eps, sigma = noise.normal(20, 2), method.levels_to_train(20, noise).double()
    x_t = x + sigma * eps
    mean = posterior_mean(x_t, x, torch.ones_like(sigma), sigma)
    return (sigma * mean - (x_t - mean) / sigma) / (1 + sigma.square()).sqrt(), sigma


@pytest.mark.parametrize(
    ("name", "stated", "training"),
    [
        ("cnf", stable_velocity, {"coupling": "independent"}),
        ("ddpm", stable_noise, {"prediction": "eps"}),
        ("ddpm", stable_noise, {"prediction": "v"}),
        ("dsm_multilevel", stable_score, {}),
    ],
)
def test_stable_targets_are_those_of_the_posterior_mean(name, stated, training):
    method = build(name, stable_targets=True, **training)
    x = torch.from_numpy(method.task.x_train[:, :20]).float()
    asked = method.question(x, Noise(streams("loss", SEEDS))).y.double()
    y, sd = stated(method, method.units(x).double(), Noise(streams("loss", SEEDS)))
    seen = sd > 0.05  # single precision loses what hardly any noise hides
    assert seen.float().mean() > 0.3
    assert torch.allclose(asked * seen, y * seen, rtol=0, atol=2e-3)


def test_every_step_of_a_diffusion_is_trained():
    method = build("ddpm", n_timesteps=100)
    x = torch.from_numpy(method.task.x_train[:, :100]).float()
    _, seen = method.question(x, Noise(streams("loss", SEEDS))).inputs
    assert torch.equal(seen[..., 0], (method.log_snr[1:] / 4).expand(3, -1))


def test_levels_to_train_at_are_uniform_in_their_logarithm():
    method = build("dsm_multilevel")
    training = method.knobs.training
    low, high = np.log([training.lowest_noise_level, training.highest_noise_level])
    levels = method.levels_to_train(4000, Noise(streams("loss", SEEDS)))[0, :, 0].log().numpy()
    assert stats.kstest((levels - low) / (high - low), "uniform").pvalue > 1e-4


def test_optimal_transport_pairs_at_the_least_cost():
    generator = torch.Generator().manual_seed(0)
    x_data, x_noise = torch.randn(2, 1, 6, 2, generator=generator)

    def cost(order):
        return (x_data[0] - x_noise[0, list(order)]).square().sum().item()

    paired = build("cnf")._nearest(x_noise, x_data)
    least = min(map(cost, itertools.permutations(range(6))))
    assert (x_data - paired).square().sum().item() == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("scale", [1.0, 300.0])  # of the critic: one that is certain, too
def test_gan_gives_each_player_the_gradient_of_its_own_loss(scale):
    method = build("gan").double()
    with torch.no_grad():
        method.critic.mlp.readout.mul_(scale)
    x = torch.from_numpy(method.task.x_train)
    z = Noise(streams("train", SEEDS)).normal(x.shape[1], method.knobs.training.latent_dimension)
    noise = SimpleNamespace(normal=lambda *shape: z.double())
    players = [*method.generator.parameters()], [*method.critic.parameters()]
    ours = torch.autograd.grad(method.losses(x, noise).sum(), [*players[0], *players[1]])
    u = method.units(x)

    def margin(y):
        return method.critic(y) - method.critic(u)

    y, part = method.generator(z.double()), x.shape[1] // 4
    ends = torch.cat([u[:, :part], y[:, :part]], 1).detach()
    slopes = method.critic.with_input_gradient(ends)[1].square().sum() / part
    penalty = 0.5 * method.knobs.training.gradient_penalty * slopes
    losses = -margin(y), margin(y.detach())
    losses = [torch.nn.functional.softplus(loss).mean((1, 2)).sum() for loss in losses]
    losses[1] = losses[1] + penalty
    theirs = [
        gradient
        for loss, player in zip(losses, players, strict=True)
        for gradient in torch.autograd.grad(loss, player, retain_graph=True)
    ]
    assert (margin(y).abs().max() > LARGEST) == (scale > 1)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_are_those_of_the_losses_and_of_every_member(name):
    method = build(name)
    x = torch.from_numpy(method.task.x_train).float()
    losses, gradients = method.descent(x, Noise(streams("train", SEEDS)))
    twin = build(name)
    parameters = list(twin.parameters())
    theirs = twin.losses(x, Noise(streams("train", SEEDS)))
    assert losses.shape == (3,)
    assert torch.allclose(losses, theirs, rtol=1e-4, atol=1e-5)
    expected = torch.autograd.grad(theirs.sum(), parameters, materialize_grads=True)
    largest = max(gradient.abs().max() for gradient in expected)
    for gradient, plain in zip(gradients, expected, strict=True):
        assert torch.allclose(gradient, plain, rtol=0, atol=1e-5 * largest)
        assert gradient.shape[0] == 3
        assert torch.isfinite(gradient).all()
    assert sum(bool(gradient.any()) for gradient in gradients) >= len(gradients) - 1


def test_a_defect_is_what_it_says_and_absent_unless_asked_for():
    x = torch.from_numpy(points("test", 50, SEEDS)).float()
    score = build("ebm").score()(x)
    for broken, factor in ((False, 1), (True, 1 / 50)):
        drift = build("ebm_defective", mean_energy_gradient=broken).negatives_score(50)(x)
        assert torch.allclose(drift, factor * score, rtol=1e-5, atol=1e-9)
    assert score.abs().max() > 1e-3


def test_an_energy_in_place_of_the_score_drives_both_coordinates():
    method = build("ebm_defective")
    knobs = method.knobs.sampling
    vars(knobs).update(energy_as_score=True, n_steps=1)
    x = method.sample(50, streams("sample", SEEDS))
    start, kick = Noise(streams("sample", SEEDS)).normal(2, 50, 2).unbind(1)
    start = knobs.init_sd * start
    with torch.no_grad():
        energy = method.energy(start).unsqueeze(-1)
    expected = start + knobs.step * energy + (2 * knobs.step) ** 0.5 * kick
    assert np.allclose(x, expected, rtol=0, atol=1e-6)
    assert (knobs.step * energy).abs().max() > 1e-4


def test_a_loss_that_is_summed_is_larger_by_the_size_of_the_batch():
    x = torch.from_numpy(points("test", 50, SEEDS)).float()
    mean, same, summed = (
        method.losses(x, Noise(streams("loss", SEEDS)))
        for method in (
            build("sm"),
            build("sm_defective", summed=False),
            build("sm_defective", summed=True),
        )
    )
    assert torch.equal(same, mean)
    assert torch.allclose(summed, 50 * mean)


@pytest.mark.parametrize("name", TRAINED)
def test_a_member_trains_as_if_alone(name):
    """To rounding: batched products may add in another order."""
    together, _ = trained(name)
    alone, record = trained(name, seeds=(1,))
    for many, one in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.allclose(many[1], one[0], rtol=0, atol=2e-5)
    assert record.loss_train.shape == (5, 1)


@pytest.mark.parametrize("name", TRAINED)
def test_training_is_reproducible_to_the_bit(name):
    first, again = (trained(name)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[key], again[key]) for key in first)


@pytest.mark.parametrize("name", TRAINED)
def test_records_of_holdout_do_not_disturb_training(name):
    often, rarely = (trained(name, n_steps=40, log_every=every)[0] for every in (1, 40))
    for one, other in zip(often.parameters(), rarely.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_holdout_loss_is_that_of_all_points_however_they_are_cut(monkeypatch):
    _, whole = trained("dsm")
    monkeypatch.setattr(training, "HOLDOUT", 13)
    _, cut = trained("dsm")
    assert len(build("dsm").task.x_holdout[0]) > 13
    np.testing.assert_allclose(cut.loss_holdout, whole.loss_holdout, rtol=1e-5)


def test_a_recorded_loss_is_the_mean_of_the_steps_since_the_last():
    every, rarely = (trained("dsm", n_steps=40, log_every=n)[1].loss_train for n in (1, 20))
    np.testing.assert_allclose(rarely, every.reshape(2, 20, 3).mean(1), rtol=1e-6)


def test_holdout_losses_have_noise_of_their_own():
    method, drawn = build("dsm", n_steps=1, batch_size=50, log_every=1), []

    def drawing(function):
        def and_drawing(x, noise):
            drawn.append(noise.normal(50, 2))
            return function(x, noise)

        return and_drawing

    method.descent, method.losses = drawing(method.descent), drawing(method.losses)
    x = method.task.x_train
    train(method, x, x, method.knobs.training, streams("train", SEEDS))
    in_training, held_out = drawn
    assert not torch.equal(in_training, held_out)


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


def test_training_is_adam_on_minibatches():
    """The loop does what a plain loop with torch's own optimiser does."""
    method, _ = trained("dsm", n_steps=50, beta1=0.8, beta2=0.95)
    plain = build("dsm", n_steps=50, batch_size=32, log_every=20)
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
    method = build("dsm", n_steps=30, batch_size=32, log_every=10, learning_rate=1e-3)
    method.task.x_train[1] = np.nan  # every loss of this member is NaN, from the first step
    x_train = method.task.x_train
    record = train(method, x_train, x_train, method.knobs.training, streams("train", SEEDS))
    assert record.diverged_at == [None, 1, None]
    assert np.isfinite(record.loss_train[:, [0, 2]]).all()


def test_the_step_of_divergence_is_exact():
    method = build("dsm", n_steps=30, batch_size=32, log_every=10)
    descent, calls = method.descent, []

    def break_at_step_17(x, noise):
        calls.append(1)
        losses, gradients = descent(x, noise)
        broken = torch.tensor([1.0, 1.0, float("inf") if len(calls) == 17 else 1.0])
        return losses * broken, gradients

    method.descent = break_at_step_17
    x = method.task.x_train
    assert train(method, x, x, method.knobs.training, streams("train", SEEDS)).diverged_at == [
        None,
        None,
        17,
    ]


TUNED = {
    "cnf": {},
    "ddpm": {},
    "dsm_multilevel": {},
    "gan": {"n_steps": 1500, "learning_rate": 1e-3, "beta1": 0.0, "beta2": 0.99},
    "vae": {},
}


@pytest.mark.parametrize("name", TUNED)
def test_a_gaussian_is_learned(name):
    """Mean and covariance of the samples agree with those of the training points."""
    common = {"n_steps": 1000, "batch_size": 128, "learning_rate": 3e-3, "averaging": 0.99}
    method, _ = trained(name, **(common | {"schedule": "cosine"} | TUNED[name]))
    x = method.sample(4000, streams("sample", SEEDS))
    for samples, points_seen in zip(x, method.task.x_train, strict=True):
        assert np.allclose(samples.mean(0), points_seen.mean(0), atol=0.08)
        assert np.allclose(np.cov(samples.T), np.cov(points_seen.T), atol=0.08)


DENSE = [name for name, knobs_class in METHODS.items() if knobs_class.trained]
DENSE = [name for name in DENSE if not METHODS[name].no_density]


@pytest.mark.parametrize("name", DENSE)
def test_a_learned_density_integrates_to_1(name):
    method, _ = trained(name, seeds=(0,), learning_rate=3e-3)
    half = torch.full((1, 1, 2), 3.5)  # a box of 7 standard deviations each way
    cells = 64
    grid = torch.cat(list(midpoints(half, cells)), 1).numpy()
    mass = (
        torch.from_numpy(method.log_prob(grid)).logsumexp(-1).exp()
        * log_cell_area(half, cells).exp()
    )
    assert mass.item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", DENSE)
def test_a_density_depends_on_the_resolution_it_is_integrated_at(name):
    """A little, or what half the resolution changes would be no error."""
    method, _ = trained(name, seeds=(0,), n_steps=20)
    x = points("test", 20, (0,))
    fine = method.log_prob(x)
    method.coarseness = 8
    assert not np.array_equal(method.log_prob(x), fine)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_diffusion_ends_in_noise(schedule):
    from gen2d.methods.ddpm import SCHEDULES

    for n_steps in (100, 1000):
        alpha_bar = SCHEDULES[schedule](n_steps)
        assert len(alpha_bar) == n_steps + 1
        assert alpha_bar[0] == 1
        assert alpha_bar[-1] < 1e-4
        assert (alpha_bar.diff() <= 0).all()


def test_schedules_are_those_of_their_papers():
    """Ho et al., section 4: beta_t; Nichol and Dhariwal, eq. 17: f(t) / f(0)."""
    from gen2d.methods.ddpm import SCHEDULES

    kept = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    np.testing.assert_allclose(SCHEDULES["linear"](1000)[1:], kept, rtol=1e-9)
    f = np.cos((np.arange(101) / 100 + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(SCHEDULES["cosine"](100), f / f[0], rtol=0, atol=1.1e-5)


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
@pytest.mark.parametrize("prediction", ["eps", "v"])
def test_diffusion_with_the_exact_network_samples_its_law(sampler, prediction, monkeypatch):
    """For data N(0, I) in standard units, E[eps | x_t] = s_t x_t and E[v | x_t] = 0.

    A deterministic step then multiplies by a a' + s s', below 1: the bias of few steps. Ancestral
    sampling with all its steps has next to none.
    """
    method = build("ddpm", prediction=prediction)
    n_steps = {"ancestral": 1000, "ddim": 50}[sampler]
    put(method, "sampling", sampler=sampler, n_steps=n_steps)
    exact = {
        "eps": lambda x, log_snr: (-log_snr).sigmoid().sqrt() * x,
        "v": lambda x, log_snr: torch.zeros_like(x),
    }
    method._output = exact[prediction]
    monkeypatch.setattr("gen2d.methods.trained.CHUNK", 10_000)  # no activations to keep in cache
    x = torch.from_numpy(method.sample(10_000, streams("sample", SEEDS))).float()
    u = method.units(x)
    a, s = (curve[:: 1000 // n_steps] for curve in (method.signal, method.sigma))
    shrunk = (a[1:] * a[:-1] + s[1:] * s[:-1]).prod().square()
    expected = {"ancestral": 1.0, "ddim": shrunk.item()}[sampler]
    assert torch.allclose(u.mean(1), torch.zeros(2), atol=0.04)
    assert torch.allclose(u.var(1), torch.tensor(expected), atol=0.06)


def test_multilevel_score_of_a_gaussian_is_exact():
    """For data N(0, I) in standard units the preconditioner alone is the exact denoiser."""
    method = build("dsm_multilevel")
    with torch.no_grad():
        for parameter in method.network.parameters():
            parameter.zero_()
    u = method.units(torch.from_numpy(method.sample(20_000, streams("sample", SEEDS))).float())
    assert torch.allclose(u.var(1), torch.ones(2), atol=0.05)


def test_a_multilevel_sampler_s_ends_are_data_with_noise_of_their_level():
    method, n = build("dsm_multilevel", highest_noise_level=1.0), 20_000
    training, x = method.knobs.training, torch.full((3, n, 2), 0.3)
    for noised, level in (
        (method.begin_exactly, training.highest_noise_level),
        (method.end_exactly, training.lowest_noise_level),
    ):
        u = noised(x, Noise(streams("test", SEEDS)))
        assert torch.allclose(u.std(1), torch.tensor(level), rtol=0.025)
        assert torch.allclose(u.mean(1), method.units(x)[:, 0], atol=4 * level / n**0.5)
    start = method.begin(n, Noise(streams("test", SEEDS)))
    assert torch.allclose(start.std(1), torch.tensor(2.0).sqrt(), rtol=0.025)  # data have 1 too


def test_a_multilevel_sampler_denoises_at_its_lowest_level():
    method = build("dsm_multilevel")
    u = Noise(streams("test", SEEDS)).normal(5, 2)
    with torch.no_grad():
        mean = method.denoise(u, torch.tensor([method.knobs.training.lowest_noise_level]))
        assert torch.equal(method.end(u, True), method.units.inverse(mean))
        assert torch.equal(method.end(u, False), method.units.inverse(u))


@pytest.mark.parametrize("jump_probability", [0.0, 0.5])
def test_a_sampler_tells_what_it_accepted(jump_probability):
    """Short Langevin steps nearly always, jumps about as often as the density fills its box."""
    method, _ = trained("ebm_persistent", n_steps=20)
    assert method.acceptance == {}
    put(method, "sampling", step=1e-4, jump_probability=jump_probability)
    method.sample(300, streams("sample", SEEDS))
    langevin, jumps = (method.acceptance[f"acceptance_{k}"] for k in ("langevin", "jumps"))
    assert langevin.shape == jumps.shape == (len(SEEDS),)
    assert (langevin > 0.95).all()
    assert ((jumps > 0) & (jumps < 1)).all() if jump_probability else np.isnan(jumps).all()


def test_chains_of_training_go_on_from_where_they_were():
    chains = {"n_steps": 1, "step": 1e-8, "jump_probability": 0.0}
    method = build("ebm_persistent", chains=chains)
    before = method.chains.clone()
    method.losses(torch.from_numpy(method.task.x_train).float(), Noise(streams("train", SEEDS)))
    assert torch.allclose(method.chains, before, rtol=0, atol=1e-3)
    assert not torch.equal(method.chains, before)


def test_the_score_is_minus_the_gradient_of_the_energy():
    method, _ = trained("ebm_multilevel", n_steps=20)
    sigma = torch.tensor([0.3])
    x = torch.from_numpy(points("test", 50, SEEDS)).float().requires_grad_()
    (gradient,) = torch.autograd.grad(method.energy(x, sigma).sum(), x)
    score = (method.denoise(x, sigma) - x) / sigma**2
    assert torch.allclose(score, -gradient, rtol=0, atol=1e-4)


def test_vae_bound_is_above_the_negative_log_likelihood():
    """The entropy of N(0, 0.25 I), which no loss on fresh points can be below."""
    method, record = trained("vae", n_steps=1000, learning_rate=3e-3, schedule="cosine")
    entropy = DENSITY.entropy()
    x = torch.from_numpy(points("fresh", 4000, SEEDS)).float()
    with torch.no_grad():
        loss = method.losses(x, Noise(streams("loss", SEEDS)))
    assert (loss > entropy - 0.05).all()
    assert (loss < entropy + 0.25).all()
    assert np.isfinite(record.loss_train).all()


def test_a_gaussian_has_the_moments_of_its_points():
    x = np.random.default_rng(0).normal(size=(1, 400, 2)) @ np.array([[1.0, 0.8], [0.0, 0.3]])
    mean, covariance = x[0].mean(0), np.cov(x[0].T)
    method = Gaussian(None, Task(None, x, x, ()))
    samples = method.sample(40_000, streams("sample", (0,)))[0]
    np.testing.assert_allclose(samples.mean(0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(samples.T), covariance, atol=0.03)
    expected = stats.multivariate_normal(mean, covariance).logpdf(x[0])
    np.testing.assert_allclose(method.log_prob(x)[0], expected)


def test_points_are_redrawn_with_replacement():
    """About 63 % of them are seen; 75 % would be 5 standard deviations more."""
    method = build("resample")
    redrawn = method.sample(200, streams("sample", SEEDS))
    for some, x in zip(redrawn, method.task.x_train, strict=True):
        seen = {tuple(point) for point in some}
        assert seen <= {tuple(point) for point in x}
        assert len(seen) < 150


def test_kde_takes_the_likeliest_bandwidth():
    method = build("kde")
    for x, holdout in zip(method.task.x_train, method.task.x_holdout, strict=True):
        fits = [gaussian_kde(x.T, bw_method=bandwidth) for bandwidth in BANDWIDTHS]
        likeliest = max(fits, key=lambda fit: fit.logpdf(holdout.T).mean())
        assert method._fit(x, holdout).factor == likeliest.factor


@pytest.mark.parametrize("name", ["gaussian", "kde"])
def test_baselines_fit_columns_of_any_units_and_state_nothing_of_a_line(name):
    method = build(name, seeds=SEEDS[:1])
    x, units = points("test", 1, SEEDS[:1]), np.array([1e-6, 1e6])
    plain = method.log_prob(x)
    scaled = type(method)(
        None, Task(None, method.task.x_train * units, method.task.x_holdout * units, ())
    )
    np.testing.assert_allclose(scaled.log_prob(x * units), plain, rtol=1e-9)
    line = np.repeat(method.task.x_train[..., :1], 2, axis=-1)
    flat = type(method)(None, Task(None, line, line, ()))
    assert np.isnan(flat.log_prob(x)).all()
    assert flat.sample(3, streams("sample", SEEDS[:1])).shape == (1, 3, 2)


def test_vae_draws_its_latents_by_their_weights():
    """Of four narrow Gaussians all, or the first alone."""
    method = build("vae", prior_components=4)
    method.decoder = torch.nn.Identity()
    spreads = []
    with torch.no_grad():
        method.prior_log_sd.fill_(-10.0)
        method.log_sd.fill_(-10.0)
        for weight in (0.0, 50.0):
            method.prior_logit[..., 0] = weight
            spreads.append(method.sample(200, streams("sample", SEEDS)).std(1))
    assert (spreads[0] > 0.05).all() and (spreads[1] < 1e-3).all()


def test_vae_density_is_the_dense_sum_over_its_latents():
    """Beside `torch.logsumexp` over normal log-densities, pair by pair."""
    method, _ = trained("vae", n_steps=20)
    method.double()
    u = method.units(torch.from_numpy(points("test", 20, SEEDS)))
    with torch.no_grad():
        reach = method.prior_mean.abs() + vae.PRIOR_SDS * method.prior_log_sd.exp()
        box = reach.amax(2)
        z = torch.cat(list(midpoints(box, vae.CELLS)), 1)
        prior = vae.normal_log_prob(z.unsqueeze(2), method.prior_mean, method.prior_log_sd)
        prior = (method.prior_logit.log_softmax(-1) + prior).logsumexp(-1)
        likelihood = vae.normal_log_prob(
            u.unsqueeze(2), method.decoder(z).unsqueeze(1), method.log_sd.unsqueeze(1)
        )
        dense = (prior.unsqueeze(1) + likelihood).logsumexp(-1) + log_cell_area(box, vae.CELLS)
        density = method.log_density(method.units.inverse(u))
    assert torch.allclose(density, dense + method.units.log_det(), rtol=0, atol=1e-6)


def test_the_average_of_parameters_is_what_is_left():
    last, _ = trained("dsm", n_steps=20)
    averaged, _ = trained("dsm", n_steps=20, averaging=0.99)
    steps = [trained("dsm", n_steps=n)[0] for n in range(1, 21)]
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


def test_dsm_learns_the_score_of_a_gaussian():
    """Of N(0, 0.25 I) smoothed at 0.5: the score is -2 x, the floor 2 - 0.25 * 4 = 1."""
    method, record = trained("dsm", n_steps=2000, noise_level=0.5)
    x = torch.from_numpy(points("test", 500, SEEDS)).float()
    with torch.no_grad():
        error = (method.score(x) + 2 * x).square().sum(-1).mean(-1)
    assert DENSITY.dsm_loss_floor(0.5) == pytest.approx(1.0, abs=1e-6)
    assert (error < 0.15).all()
    assert record.loss_train[-20:].mean() == pytest.approx(1.0, abs=0.05)


def test_sm_learns_the_score_of_a_gaussian():
    """As above; the floor is minus the Fisher information, -2 / 0.5."""
    method, record = trained("sm", n_steps=2000, noise_level=0.5)
    x = torch.from_numpy(points("test", 500, SEEDS)).float()
    with torch.no_grad():
        error = (method.score(x) + 2 * x).square().sum(-1).mean(-1)
    assert DENSITY.fisher_information(0.5) == pytest.approx(4.0, abs=1e-6)
    assert (error < 0.15).all()
    assert record.loss_train[-20:].mean() == pytest.approx(-4.0, abs=0.3)


def test_ebm_learns_the_energy_of_a_gaussian():
    """With chains that forget their start, E grows as |x|^2 / (2 s^2).

    Roughly: contrastive training swings about its optimum.
    """
    negatives = {"n_steps": 50, "step": 0.03, "step_decay": 1.0, "temperature": 1.0}
    method, _ = trained("ebm", n_steps=200, batch_size=128, energy_penalty=0.0, negatives=negatives)
    angles = torch.linspace(0, 2 * np.pi, 17)[:-1]
    circle = torch.stack([angles.cos(), angles.sin()], -1).expand(3, -1, -1)
    with torch.no_grad():
        growth = (method.energy(0.9 * circle) - method.energy(0.3 * circle)).mean(-1)
    expected = (0.9**2 - 0.3**2) / (2 * 0.5**2)
    assert ((growth / expected > 0.65) & (growth / expected < 1.6)).all(), growth / expected


STEPPED = [
    name
    for name in TRAINED
    if resolve_name(METHODS[name].implementation).sampling_time  # others sample in one step
]


@pytest.mark.parametrize("name", STEPPED)
def test_a_sampler_that_is_watched_draws_the_same(name):
    method, _ = trained(name, n_steps=20)
    seen = []

    def visit(time, x):
        seen.append((time, x.clone()))

    with torch.inference_mode():
        watched = method.draw(40, Noise(streams("sample", SEEDS)), visit)
        alone = method.draw(40, Noise(streams("sample", SEEDS)))
    assert torch.equal(watched, alone)
    times = [time for time, _ in seen]
    assert len(times) >= 20
    assert times == sorted(times, reverse=times[0] > times[-1])
    assert all(x.shape == (3, 40, 2) and torch.isfinite(x).all() for _, x in seen)
    # At the scale of the data all the way, and near its end at the end.
    assert (seen[0][1].std(1) < 5 * 0.5 + 2).all()
    assert (seen[-1][1] - watched).norm(dim=-1).median() < 0.5


@pytest.mark.parametrize("name", STEPPED)
def test_scores_and_energies_are_stated_for_every_member(name):
    method, _ = trained(name, n_steps=20)
    x = torch.from_numpy(points("test", 30, SEEDS)).float()
    times = []
    with torch.no_grad():
        method.draw(10, Noise(streams("sample", SEEDS)), lambda time, _: times.append(time))
        for time in (times[0], times[-1]):
            score = method.score_at(x, time)
            assert score.shape == (3, 30, 2)
            assert torch.isfinite(score).all()
    energy = method.energy_at(x.requires_grad_())
    assert (energy is not None) == name.startswith("ebm")
    if energy is None or name == "ebm_multilevel":  # whose score is of the scaled points
        return
    (gradient,) = torch.autograd.grad(energy.sum(), x)
    inside = torch.isfinite(energy).unsqueeze(-1)
    assert torch.allclose((score + gradient) * inside, torch.zeros(2), atol=1e-4)


@pytest.mark.parametrize("name", ["cnf", "ddpm", "dsm_multilevel"])
def test_the_law_at_a_time_is_the_one_whose_score_is_learned(name):
    """With a network of zeros all three state the score of N(0, I) data in standard units."""
    method = build(name)
    with torch.no_grad():
        for parameter in method.network.parameters():
            parameter.zero_()
        x = torch.from_numpy(points("test", 30, SEEDS)).float()
        time = {"cnf": 0.6, "ddpm": 300, "dsm_multilevel": 0.7}[name]
        signal, shift, sd = method.law_at(time)
        mean = signal * method.units.mean + shift
        variance = (signal * method.units.sd) ** 2 + sd**2
        assert torch.allclose(method.score_at(x, time), (mean - x) / variance, atol=1e-4)


def test_a_typical_score_is_that_of_noised_data():
    found = typical_score(build("dsm", noise_level=0.3), 0.0, np.random.default_rng(0))
    assert found == pytest.approx(np.sqrt(2 / (0.5**2 + 0.3**2)), rel=0.1)  # of 200 points


@pytest.mark.parametrize("name", ["cnf", "ddpm", "dsm_multilevel", "ebm_multilevel"])
def test_scores_by_noise_level_are_those_of_the_sampler(name):
    """The law at a time is that of a x + b + s eps: its score is that of (y - b) / a, over a."""
    method, _ = trained(name, seeds=SEEDS[:1], n_steps=50)
    method.units.sd.copy_(method.units.sd.mean())  # so that noise is round in both units
    x = torch.from_numpy(points("test", 30, SEEDS[:1])).float()
    time = {"cnf": 0.6, "ddpm": 300}.get(name, 0.7)
    signal, shift, sd = method.law_at(time)
    with torch.no_grad():
        learned = method.score_of_noised(x, (sd[..., 0] / signal).item())
        at_time = method.score_at(signal * x + shift, time)
    assert torch.allclose(learned / signal, at_time, atol=1e-3)


@pytest.mark.parametrize("name", SCORED)
def test_levels_that_were_not_learned_have_no_score(name):
    method, _ = trained(name, n_steps=20)
    x = points("test", 30, SEEDS)
    own = getattr(method.knobs.training, "noise_level", 0.3)
    assert method.smoothed_score(x, own).shape == x.shape
    # A flow has a velocity at every time, and so at every level.
    assert (method.smoothed_score(x, 1e9) is None) == (name != "cnf")


@pytest.mark.parametrize("name", ["ddpm", "dsm_multilevel"])
def test_a_member_states_its_score_whatever_the_others_learned(name):
    method, x = build(name), points("test", 30, SEEDS)
    together = method.smoothed_score(x, 0.5)
    method.units.sd[0] *= 1e6  # to which 0.5 is no noise at all
    learned = method.smoothed_score(x, 0.5)
    assert np.isnan(learned[0]).all()
    assert np.array_equal(learned[1:], together[1:]) and np.isfinite(together).all()


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


def test_the_divergence_of_an_energy_model_is_the_same_on_twice_the_grid(monkeypatch):
    """To 1e-6 nats for a smooth energy; the kinks of ReLU cost up to 2e-5, as measured."""
    method, _ = trained("ebm_persistent", n_steps=200, batch_size=64)
    assert method.knobs.network.activation == "silu"
    inside = method.task.x_train[:, :100]  # where the density is not 0
    found = []
    for cells in (CELLS, 2 * CELLS):
        monkeypatch.setattr("gen2d.methods.quadrature.CELLS", cells)
        found.append(measure_density(method, inside, inside)["kl"].values)
    assert (found[0] < 0.5).all()  # it has learned something that is not flat
    assert np.abs(found[0] - found[1]).max() < 1e-6


def test_a_kernel_density_follows_a_narrow_mixture():
    """Its modes are as wide as 1 / 500 of all its points."""
    law = GaussianMixture(n_components=5, radius=1.0, sd=0.002)
    x = np.stack([law.sample(2000, np.random.default_rng(seed)) for seed in range(3)])
    found = KDE(None, Task(law, x[:1], x[1:2], ())).log_prob(x[2:])
    assert (law.log_prob(x[2]) - found[0]).mean() < 0.2


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
        odd.descent(torch.zeros(3, 10, 2), None)
    with pytest.raises(ValueError, match=r"Odd\.draw: expected shape \[3, 5, 2\]; got \[3, 5, 3\]"):
        odd.sample(5, np.random.SeedSequence(0).spawn(3))
