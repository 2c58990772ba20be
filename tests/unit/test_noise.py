"""Random numbers: named streams, members apart, global state untouched."""

import numpy as np
import pytest
import torch
from scipy import stats

from gen2d.randomness.noise import POOL, Noise, as_normal
from gen2d.randomness.seeding import seed_sequence


def noise(*seeds):
    return Noise([seed_sequence(0, "test", seed) for seed in seeds])


DRAWS = {
    "normal": lambda source, *shape: source.normal(*shape),
    "uniform": lambda source, *shape: source.uniform(*shape),
    "integers": lambda source, *shape: source.integers(7, *shape),
}


@pytest.mark.parametrize("kind", DRAWS)
def test_members_do_not_depend_on_their_company(kind):
    together, alone = noise(1, 2, 3), noise(2)
    for shape in ((5, 2), (100, 2), (POOL, 2), (3,)):
        assert torch.equal(DRAWS[kind](together, *shape)[1], DRAWS[kind](alone, *shape)[0])


@pytest.mark.parametrize("kind", DRAWS)
def test_no_number_is_drawn_twice(kind):
    source = noise(1)
    first, second = (DRAWS[kind](source, 1000) for _ in range(2))
    assert not torch.equal(first, second)


def test_draws_stay_as_they_were():
    source = noise(1)
    first = source.normal(POOL - 1)
    kept = first.clone()
    source.normal(POOL - 1)  # has to refill
    assert torch.equal(first, kept)


def test_draws_have_their_law():
    source = noise(1)
    assert stats.kstest(source.normal(20_000)[0].numpy(), "norm").pvalue > 1e-4
    assert stats.kstest(source.uniform(20_000)[0].numpy(), "uniform").pvalue > 1e-4
    counts = torch.bincount(source.integers(7, 20_000)[0], minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts.numpy()).pvalue > 1e-4


def test_draws_of_another_range_are_of_it():
    source = noise(1)
    assert source.integers(3, 5).max() < 3
    assert source.integers(1000, 500).max() > 900


def test_stratified_numbers_are_uniform_within_their_strata(monkeypatch):
    strata = 2000 * noise(1).stratified(2000)[0, :, 0].double() - torch.arange(2000)
    assert stats.kstest(strata.numpy(), "uniform").pvalue > 1e-4
    source = noise(1)
    monkeypatch.setattr(source, "uniform", lambda *shape: torch.full((1, *shape), 1 - 2**-24))
    assert source.stratified(2000).max() < 1  # though single precision would round it up


def test_normal_numbers_are_the_inverse_of_uniform_ones():
    """Where there are most, and at the last of them: 2^24 cells of equal probability."""
    source, uniform = noise(1), noise(1)
    drawn, cells = source.normal(POOL)[0].double(), uniform.uniform(POOL)[0].double() + 2**-25
    assert (drawn - torch.special.ndtri(cells)).abs().max() < 1e-6
    for cell in (0, 1, 2**23 - 1, 2**23, 2**24 - 1):
        ends = as_normal(np.full(1, cell / 2**24, np.float32))
        assert ends[0] == pytest.approx(stats.norm.ppf((cell + 0.5) / 2**24), rel=1e-5)


def test_streams_are_told_apart_by_every_name():
    names = [(0, "a", 1), (1, "a", 1), (0, "b", 1), (0, "a", 2), (0, "a", "1"), (0, "a1"), (0,)]
    states = {tuple(seed_sequence(*name).generate_state(4).tolist()) for name in names}
    assert len(states) == len(names)


def test_global_state_is_untouched():
    before = np.random.get_state()[1].tobytes(), torch.get_rng_state()  # noqa: NPY002
    noise(1, 2).normal(10)
    assert np.random.get_state()[1].tobytes() == before[0]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
