"""gen2d.density: what the study computes with, for arrays and tensors."""

import numpy as np
import pytest
import torch

import gen2d
from gen2d.densities.base import law_of
from gen2d.plan.catalogue import Catalogue
from gen2d.plan.knobs import DatasetSpec
from gen2d.stages.exact import LOSSES
from studies import plan_of, values_of

NAMES = list(gen2d.list_densities())
NEEDED = {"gaussians": {"means": [[0, 0], [2, 1]], "sd": 0.5}}


@pytest.mark.parametrize("name", NAMES)
def test_a_density_is_what_the_study_has(name):
    """Every density of the study is listed, and has its numbers, to the last digit."""
    knobs = NEEDED.get(name, {})
    density = gen2d.density(name, **knobs)
    values = {"truth": {"method": "truth"}}
    plan = plan_of(values_of(values, datasets={name: {"kind": name, **knobs}}))
    law = law_of(DatasetSpec.of(Catalogue(plan.catalogue.study), name))
    x = law.sample(20, np.random.default_rng(3))
    np.testing.assert_array_equal(density.sample(20, rng=3), x)
    np.testing.assert_array_equal(density.log_prob(x), law.log_prob(x))
    np.testing.assert_array_equal(density.smoothed_log_prob(x, 0.3), law.smoothed(x, 0.3).log_prob)
    np.testing.assert_array_equal(density.smoothed_score(x, 0.3), law.smoothed(x, 0.3).score)


def test_exact_quantities_are_those_of_the_study():
    board = gen2d.density("checkerboard")
    assert LOSSES[0] == "dsm_loss_floor"
    assert board.entropy() == pytest.approx(np.log(32), rel=1e-12)
    # 2 - 0.01 I(0.1), of the table by quadrature in the project's notes.
    assert board.dsm_loss_floor(0.1) == pytest.approx(1.8335, abs=5e-5)


def test_knobs_are_those_of_the_configuration():
    narrow, wide = (gen2d.density("gaussian_mixture", sd=sd) for sd in (0.1, 0.2))
    assert narrow.entropy() < wide.entropy()
    circles = gen2d.density("circles", radii=(1, np.float64(2)), sd=np.float32(0.25))
    assert repr(circles) == "gen2d.density('circles', radii=[1.0, 2.0], sd=0.25)"


def test_random_numbers_are_of_a_seed_or_a_generator_and_never_global():
    spiral = gen2d.density("spiral", n_turns=2)
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    rng = np.random.default_rng(5)
    first, second = spiral.sample(10, rng=rng), spiral.sample(10, rng=rng)
    np.testing.assert_array_equal(first, spiral.sample(10, rng=5))
    assert not np.array_equal(first, second)
    assert not np.array_equal(spiral.sample(10), spiral.sample(10))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_tensors_give_tensors_of_their_type(dtype):
    mixture = gen2d.density("gaussian_mixture")
    x = torch.tensor([[1, 0], [0, 1]], dtype=dtype)
    score = mixture.smoothed_score(x, 0.1)
    assert score.dtype == (torch.float32 if dtype == torch.float32 else torch.float64)
    expected = mixture.smoothed_score([[1, 0], [0, 1]], 0.1)
    np.testing.assert_allclose(score.numpy(), expected, rtol=1e-6)
    assert mixture.log_prob(x.double().requires_grad_()).shape == (2,)


SPIRAL = gen2d.density("spiral")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gen2d.density("spirl"), r"density: expected one of .*spiral.*; got 'spirl'"),
        (lambda: gen2d.density("points"), "density: expected one of .*; got 'points'"),
        (lambda: gen2d.density(3), "density: expected one of .*; got 3"),
        (
            lambda: gen2d.density("spiral", n_turn=2),
            "spiral: expected one of the keys .*n_turns.*; got 'n_turn'",
        ),
        (
            lambda: gen2d.density("spiral", sd=-1),
            "spiral.sd: expected greater than 0; got -1",
        ),
        (lambda: gen2d.density("gaussians", sd=1), "gaussians.means: expected a value; got none"),
        (lambda: gen2d.density("spiral", plugins="a.py"), "plugins: expected a list of paths; got"),
        (lambda: SPIRAL.log_prob([1, 2]), r"x: expected numbers of shape \(N, 2\); got int64 of"),
        (lambda: SPIRAL.log_prob([["a", "b"]]), r"x: expected numbers of shape \(N, 2\); got"),
        (lambda: SPIRAL.sample(2.5), "n: expected a whole number from 1 on; got 2.5"),
        (lambda: SPIRAL.sample(3, rng="a"), "rng: expected a whole number .*; got 'a'"),
        (
            lambda: SPIRAL.smoothed_score([[1, 2]], -1),
            "noise_level of Spiral: expected a finite number 0 or above; got -1",
        ),
        (
            lambda: SPIRAL.smoothed_score([[1, 2]], "high"),
            "noise_level: expected a number; got 'high'",
        ),
    ],
)
def test_mistakes_are_one_line_of_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=f"^{words}") as raised:
        call()
    assert "\n" not in str(raised.value)
