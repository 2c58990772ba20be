"""Ensembles: several members of each seed, their mean density and their pooled samples."""

import numpy as np
import pytest
import torch

from ensembles import SEEDS, build, points, streams, trained
from gen2d import config
from gen2d.config import METHODS
from gen2d.diagnostics.likelihood import measure_density
from gen2d.figures.method_looks import LOOKS, look
from gen2d.methods import training
from gen2d.methods.ensemble import Ensemble
from gen2d.methods.training import snapshot_steps, train
from gen2d.randomness.seeding import fanned
from studies import plan_of, specs_of, values_of

STEPS = {"n_steps": 30, "batch_size": 32, "log_every": 10}


def ensemble(target, members):
    """Of a method as it is built, not trained."""
    knobs = METHODS["ensemble"].model_construct(of="target", members=members)
    knobs._target = target.knobs
    return Ensemble(knobs, target.task)


def fit(method):
    task, knobs = method.task, method.knobs.training
    return train(method, task.x_train, task.x_holdout, knobs, streams("train", SEEDS))


# --- what an ensemble is --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cnf", "dsm_multilevel", "ebm_persistent", "vae"])
def test_an_ensemble_of_one_is_the_model_to_the_bit(name):
    alone, record = trained(name, **STEPS)
    one = ensemble(build(name, **STEPS), 1)
    of_one = fit(one)
    x = points("test", 50, SEEDS)
    assert one.log_prob(x).tobytes() == alone.log_prob(x).tobytes()
    drawn = [method.sample(1500, streams("sample", SEEDS)) for method in (one, alone)]
    assert drawn[0].tobytes() == drawn[1].tobytes()
    assert of_one.loss_train.tobytes() == record.loss_train.tobytes()
    assert of_one.loss_holdout.tobytes() == record.loss_holdout.tobytes()
    assert all(
        torch.equal(of_one.snapshots[f"members.{n}"], s) for n, s in record.snapshots.items()
    )


def test_the_first_member_of_a_seed_is_the_model_and_the_others_are_not():
    alone, _ = trained("dsm_multilevel", **STEPS)
    several = ensemble(build("dsm_multilevel", **STEPS), 3)
    fit(several)
    for many, one in zip(several.parameters(), alone.parameters(), strict=True):
        by_seed = many.detach().unflatten(0, (3, 3))
        assert torch.allclose(by_seed[:, 0], one, rtol=0, atol=2e-5)
        apart = (by_seed[:, [0, 0, 1]] - by_seed[:, [1, 2, 2]]).abs().flatten(2).amax(-1)
        assert (apart > 1e-3).all()


def test_members_have_initial_parameters_and_minibatches_of_their_own():
    method = ensemble(build("dsm_multilevel", **STEPS), 2)
    for name, weights in method.named_parameters():
        first, second = weights.unflatten(0, (3, 2)).unbind(1)
        assert (first != second).any() or "weights" not in name
    seen, loss_and_gradients = [], method.loss_and_gradients
    method.loss_and_gradients = lambda x, *rest: [
        seen.append(x.clone()),
        loss_and_gradients(x, *rest),
    ][1]
    fit(method)
    for x in seen:
        first, second = x.unflatten(0, (3, 2)).unbind(1)
        assert (first != second).any(-1).any(-1).all()
    rows = torch.as_tensor(method.task.x_train, dtype=torch.float32)
    for k, x in enumerate(seen[0].unflatten(0, (3, 2))):
        assert torch.isin(x, rows[k]).all()


def test_the_density_is_the_mean_of_the_members_densities():
    method, _ = trained("ensemble", n_steps=300, learning_rate=1e-2)
    x = points("test", 200, SEEDS)
    each = method.members.log_prob(x.repeat(2, axis=0)).reshape(3, 2, 200)
    assert (np.abs(each[:, 0] - each[:, 1]).max(-1) > 0.05).all()
    np.testing.assert_allclose(method.log_prob(x), np.log(np.exp(each).mean(1)), rtol=1e-12)
    far = np.full((3, 1, 2), 1e3)  # where exp underflows
    each = method.members.log_prob(far.repeat(2, axis=0)).reshape(3, 2)
    np.testing.assert_allclose(method.log_prob(far)[:, 0], each.max(1), atol=np.log(2))


def test_a_density_that_is_0_for_a_member_is_half_of_the_other_s(monkeypatch):
    method, x = build("ensemble"), np.zeros((3, 1, 2))
    of_members = np.array([-np.inf, 1, -np.inf, -np.inf, 2, np.nan])[:, None]
    monkeypatch.setattr(method.members, "log_prob", lambda x: of_members)
    expected = [[1 - np.log(2)], [-np.inf], [np.nan]]
    np.testing.assert_array_equal(method.log_prob(x), expected)


def test_samples_are_pooled_evenly_and_stay_with_their_seed(monkeypatch):
    method = ensemble(build("dsm_multilevel"), 4)

    def draw(n, sequences):
        assert len({tuple(s.generate_state(4)) for s in sequences}) == 12
        member, point = np.arange(12.0)[:, None], np.arange(n)
        return np.stack(np.broadcast_arrays(member, point), -1)

    monkeypatch.setattr(method.members, "sample", draw)
    drawn = method.sample(10, streams("sample", SEEDS))
    assert drawn.shape == (3, 10, 2)
    for seed, x in enumerate(drawn):
        members, counts = np.unique(x[:, 0], return_counts=True)
        assert members.tolist() == [4 * seed + i for i in range(4)]
        assert counts.tolist() == [3, 3, 2, 2]
        assert len(np.unique(x, axis=0)) == 10
    assert drawn[1, :5, 0].tolist() == [4, 5, 6, 7, 4]


def test_samples_have_the_law_of_the_density():
    """Shares of them beyond a line, against the density's, by its grid; 5 standard errors."""
    method, _ = trained("ensemble", n_steps=300)
    x = method.sample(4000, streams("sample", SEEDS))
    axis = np.linspace(-2.5, 2.5, 51)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(1, -1, 2)
    density = np.exp(method.log_prob(grid.repeat(3, axis=0))) * 0.1**2
    for u in ((1, 0), (0, 1), (-1, 1)):
        share = (density * (grid @ u > 0.35)).sum(1)
        np.testing.assert_allclose((x @ u > 0.35).mean(1), share, atol=0.04)


def test_half_the_resolution_is_that_of_the_members():
    method, _ = trained("ensemble", n_steps=50)
    x, usual = points("test", 20, SEEDS), method.members.step_multiplier
    finer = method.log_prob(x)
    method.step_multiplier = 2
    assert method.members.step_multiplier == 2 and (method.log_prob(x) != finer).any()
    method.step_multiplier = 1
    assert (usual, method.members.step_multiplier) == (1, 1)
    assert (measure_density(method, x, x)["kl"].errors > 0).all()


def test_acceptance_is_the_mean_of_the_members():
    method = ensemble(build("ebm_persistent"), 2)
    method.sample(50, streams("sample", SEEDS))
    for name, shares in method.acceptance.items():
        of_members = method.members.acceptance[name]
        np.testing.assert_allclose(shares, (of_members[::2] + of_members[1::2]) / 2)


# --- training -------------------------------------------------------------------------------------


def test_a_seed_diverges_where_any_member_does():
    method = build("ensemble", **STEPS)
    loss_and_gradients, calls = method.loss_and_gradients, []

    def break_the_fourth_at_step_7(x, noise, out):
        calls.append(1)
        losses = loss_and_gradients(x, noise, out)
        losses[3] += np.inf if len(calls) == 7 else 0
        return losses

    method.loss_and_gradients = break_the_fourth_at_step_7
    assert fit(method).diverged_at == [None, 7, None]


def test_the_loss_of_a_seed_is_the_mean_of_its_members(monkeypatch):
    method = build("ensemble", n_steps=1, batch_size=32)
    seen = []
    for name in ("loss_and_gradients", "losses"):
        asked = getattr(method, name)

        def and_kept(*arguments, asked=asked):
            seen.append(asked(*arguments))
            return seen[-1]

        monkeypatch.setattr(method, name, and_kept)
    record = fit(method)
    in_training, held_out = (losses.double().unflatten(0, (3, 2)).mean(1) for losses in seen)
    np.testing.assert_allclose(record.loss_train[0], in_training, rtol=1e-6)
    np.testing.assert_allclose(record.loss_holdout[0], held_out, rtol=1e-6)


def test_snapshots_are_all_members_of_the_first_seed(monkeypatch):
    monkeypatch.setattr(training, "N_SNAPSHOTS", 3)
    method, record = trained("ensemble", n_steps=20)
    n = len(snapshot_steps(20))
    for name, parameter in method.named_parameters():
        assert record.snapshots[name].shape == (2 * n, *parameter.shape[1:])
        assert torch.equal(record.snapshots[name][-2:], parameter[:2])


def test_fanned_streams_are_the_stream_and_others_that_nobody_spawns():
    own = streams("train", SEEDS)
    found = fanned(own, 3)
    assert [found[0], found[3], found[6]] == own
    again = fanned(own, 3)
    states = [tuple(s.generate_state(4)) for s in found]
    assert states == [tuple(s.generate_state(4)) for s in again]
    children = [tuple(s.generate_state(4)) for stream in found for s in stream.spawn(20)]
    assert len({*states, *children}) == 9 + 180


# --- in a study -----------------------------------------------------------------------------------

TINY = {"n_steps": 3, "batch_size": 8, "log_every": 2}
CNF = {"method": "cnf", "training": TINY}
OF_CNF = {"cnf": CNF, "truth": {"method": "truth"}, "both": {"method": "ensemble", "of": "cnf"}}


def touched(before, after):
    """(stage, model) of the jobs of a cell whose specs differ."""
    stages = ("train", "sample", "likelihood", "record_history")
    return {
        (key[0], model)
        for key in after
        if key[0] in stages and before.get(key) != after[key]
        for model in key[1:]
        if model in ("cnf", "both")
    }


@pytest.mark.parametrize(
    ("edit", "stages"),
    [
        ({"training": TINY | {"n_steps": 4}}, {"train", "sample", "likelihood", "record_history"}),
        ({"network": {"hidden": [9]}}, {"train", "sample", "likelihood", "record_history"}),
        ({"sampling": {"n_steps": 3}}, {"sample", "record_history"}),
        ({"title": "A flow"}, set()),
    ],
)
def test_an_edit_of_the_model_reruns_what_it_touches_of_the_ensemble(edit, stages):
    before = specs_of(plan_of(values_of(OF_CNF)))
    after = specs_of(plan_of(values_of(OF_CNF | {"cnf": CNF | edit})))
    assert touched(before, after) == {(stage, m) for stage in stages for m in ("cnf", "both")}


def test_more_members_leave_the_model_alone():
    before = specs_of(plan_of(values_of(OF_CNF)))
    after = specs_of(plan_of(values_of(OF_CNF | {"both": OF_CNF["both"] | {"members": 4}})))
    stages = ("train", "sample", "likelihood", "record_history")
    assert touched(before, after) == {(stage, "both") for stage in stages}


def test_the_code_of_the_members_method_is_the_ensemble_s():
    planned = plan_of(values_of(OF_CNF))
    for stage in ("train", "sample", "likelihood", "record_history"):
        cell = {"dataset": "here", "model": "both", "seeds": "seeds0-9"}
        code = planned.stages[stage].knobs.of(planned.catalogue, cell).implementations()
        assert {"gen2d.methods.ensemble:Ensemble", "gen2d.methods.cnf:CNF"} <= set(code)


def test_without_its_model_an_ensemble_and_its_sweeps_are_dropped():
    sweep = {"models": ["both"], "key": "n_train", "values": [200, 2000]}
    values = values_of(OF_CNF, sweeps={"points": sweep})
    assert list(config.load(values).sweeps) == ["points"]
    study = config.load(values_of(OF_CNF | {"cnf": None}, sweeps={"points": sweep}))
    assert list(study.models) == ["truth"] and not study.sweeps


def test_an_ensemble_is_tuned_costs_what_its_model_does_and_has_its_colour():
    catalogue = plan_of(values_of(OF_CNF)).catalogue
    assert catalogue.groups["both"] == "tuned"
    assert catalogue.model("both").n_evaluations == catalogue.model("cnf").n_evaluations
    color, marker = look(catalogue.methods["both"])
    assert color == LOOKS["cnf"][0]
    assert (color, marker) not in LOOKS.values()
