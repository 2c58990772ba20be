"""Two-sample distances on the grid against the exact sums over pairs."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from gen2d.densities.checkerboard import Checkerboard
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.densities.pinwheel import Pinwheel
from gen2d.densities.spiral import Spiral
from gen2d.geometry import subsample
from gen2d.metrics import gridded as gridded_module
from gen2d.metrics import two_sample
from gen2d.metrics.gridded import Grid
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)

DENSITIES = [Checkerboard(), GaussianMixture(), Pinwheel(), Spiral()]
MMD2_ERROR = 1e-6


def draw(density, n, seed):
    return density.sample(n, np.random.default_rng(seed))


def extent(y):
    return np.ptp(y, axis=0).max()


def energy_error(y):
    """The error that is promised: 1e-6 of the extent, 8e-6 on the checkerboard."""
    return 1e-6 * extent(y)


def measure(x, y, bandwidths=None):
    bandwidths = bandwidth_ladder(median_distance(y), 6) if bandwidths is None else bandwidths
    return two_sample_distances(x, Reference.of(y, bandwidths))


@pytest.fixture
def exact(monkeypatch):
    def exact(x, y, bandwidths=None):
        with monkeypatch.context() as patch:
            patch.setattr(two_sample, "_MIN_GRID_PAIRS", np.inf)
            return measure(x, y, bandwidths)

    return exact


@pytest.fixture
def gridded(monkeypatch):
    """Measures on the grid at any number of pairs; `pairs` counts those summed exactly."""
    sum_blocks = two_sample._block_sums

    def counted(blocks, bandwidths):
        def count():
            for block in blocks:
                gridded.pairs += block.size
                yield block

        return sum_blocks(count(), bandwidths)

    def gridded(x, y, bandwidths=None):
        gridded.pairs = 0
        with monkeypatch.context() as patch:
            patch.setattr(two_sample, "_MIN_GRID_PAIRS", 0)
            patch.setattr(two_sample, "_block_sums", counted)
            return measure(x, y, bandwidths)

    return gridded


def assert_close(result, expected, y):
    assert abs(result.energy_distance - expected.energy_distance) <= energy_error(y)
    np.testing.assert_allclose(result.mmd2, expected.mmd2, rtol=0, atol=MMD2_ERROR)


@pytest.mark.parametrize("density", DENSITIES, ids=lambda density: type(density).__name__)
def test_agrees_with_the_exact_sums_at_the_size_of_the_study(density, exact, gridded):
    x, y = draw(density, 10_000, 1), draw(density, 10_000, 2)
    assert energy_error(y) < 1e-5
    result, expected = gridded(x, y), exact(x, y)
    assert gridded.pairs == 0
    assert abs(result.energy_distance - expected.energy_distance) <= 0.1 * energy_error(y)
    np.testing.assert_allclose(result.mmd2, expected.mmd2, rtol=0, atol=0.01 * MMD2_ERROR)
    # At this size nobody has to ask for the grid.
    assert measure(x, y).energy_distance == result.energy_distance


@pytest.mark.parametrize("density", DENSITIES, ids=lambda density: type(density).__name__)
def test_means_are_exact_before_errors_cancel_between_samples(density, monkeypatch):
    y = draw(density, 5000, 23)
    bandwidths = bandwidth_ladder(median_distance(y), 6)
    result = Reference.of(y, bandwidths).within
    monkeypatch.setattr(two_sample, "_MIN_GRID_PAIRS", np.inf)
    expected = Reference.of(y, bandwidths).within
    assert abs(result.distance - expected.distance) <= 0.03 * energy_error(y)
    np.testing.assert_allclose(result.kernels, expected.kernels, rtol=0, atol=0.01 * MMD2_ERROR)


def test_bandwidths_may_exceed_the_extent(exact, gridded):
    x, y = draw(Checkerboard(), 3000, 24), draw(Checkerboard(), 3000, 25)
    bandwidths = np.array([10.0, 20.0, 40.0])
    result, expected = gridded(x, y, bandwidths), exact(x, y, bandwidths)
    assert gridded.pairs == 0
    assert abs(result.energy_distance - expected.energy_distance) <= 1e-6 * 40
    np.testing.assert_allclose(result.mmd2, expected.mmd2, rtol=0, atol=MMD2_ERROR)


def test_chunks_of_points_add_up(monkeypatch, gridded):
    x, y = draw(Spiral(), 2500, 26), draw(Spiral(), 3000, 27)
    whole = gridded(x, y)
    monkeypatch.setattr(gridded_module, "_ROWS_PER_CHUNK", 700)
    chunked = gridded(x, y)
    np.testing.assert_allclose(chunked.energy_distance, whole.energy_distance, rtol=0, atol=1e-12)
    np.testing.assert_allclose(chunked.mmd2, whole.mmd2, rtol=0, atol=1e-12)


@pytest.mark.parametrize("density", DENSITIES, ids=lambda density: type(density).__name__)
def test_training_points_drawn_again_stay_on_the_grid(density, exact, gridded):
    rng = np.random.default_rng(3)
    x, y = rng.choice(draw(density, 2000, 4), 5000), draw(density, 5000, 5)
    assert_close(gridded(x, y), exact(x, y), y)
    assert gridded.pairs == 0


@pytest.mark.parametrize(("n", "m"), [(2, 10_000), (10_000, 2), (30, 5000), (3000, 700)])
def test_sizes_may_differ(n, m, exact, gridded):
    x, y = draw(Pinwheel(), n, 6), draw(Pinwheel(), m, 7)
    bandwidths = 0.022 * 2.0 ** np.arange(6)
    y[:2] = [-1, -1], [1, 1]
    assert_close(gridded(x, y, bandwidths), exact(x, y, bandwidths), y)


def collapsed(x, n_places, spread=0.0):
    rng = np.random.default_rng(8)
    return rng.choice(x[:n_places], len(x)) + spread * rng.normal(size=x.shape)


def within_bins(x, fraction):
    """The points, moved to a given fraction of their bins."""
    y = draw(Checkerboard(), len(x), 2)
    grid = Grid.around(y, bandwidth_ladder(median_distance(y), 6))
    corner = np.floor((x - grid.low) / grid.spacing)
    return grid.low + (corner + fraction) * grid.spacing


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda x: within_bins(x, 0.0), id="bin corners"),
        pytest.param(lambda x: within_bins(x, 0.5), id="bin centres"),
        pytest.param(lambda x: within_bins(x + 1, [0.0, 0.5]), id="bin edges, shifted"),
        pytest.param(lambda x: x * [1, 0], id="a line"),
        pytest.param(lambda x: collapsed(x, 1), id="one point"),
        pytest.param(lambda x: collapsed(x, 1, 1e-3), id="one place"),
        pytest.param(lambda x: collapsed(x, 100, 1e-3), id="100 places"),
        pytest.param(lambda x: collapsed(x, 1300, 1e-3), id="1300 places"),
        pytest.param(lambda x: np.round(x), id="integers"),
        pytest.param(lambda x: x + 3, id="shifted past the grid"),
        pytest.param(lambda x: x + 1000, id="outside the grid"),
    ],
)
def test_unusual_samples_agree_with_the_exact_sums(make, exact, gridded):
    x, y = make(draw(Checkerboard(), 4000, 9)), draw(Checkerboard(), 4000, 2)
    assert_close(gridded(x, y), exact(x, y), y)


@pytest.mark.parametrize("far", [1e3, 1e6])
def test_outliers_are_paired_exactly(far, exact, gridded):
    x, y = draw(Spiral(), 4000, 10), draw(Spiral(), 4000, 11)
    x[::400] += far * np.random.default_rng(12).normal(size=(10, 2))
    result, expected = gridded(x, y), exact(x, y)
    assert gridded.pairs == 10 * 9 // 2 + 10 * 3990 + 10 * 4000
    # Beyond the promised error, the rounding of sums over distances as large as `far`.
    tolerance = energy_error(y) + 1e-12 * expected.energy_distance
    assert abs(result.energy_distance - expected.energy_distance) <= tolerance
    np.testing.assert_allclose(result.mmd2, expected.mmd2, rtol=0, atol=MMD2_ERROR)


def test_many_far_points_are_paired_with_the_first_of_a_large_reference(exact, monkeypatch):
    monkeypatch.setattr(two_sample, "_MAX_FAR_PAIRS", 2000 * 7000)
    monkeypatch.setattr(two_sample, "N_FIRST", 3000)
    x, y = draw(Spiral(), 4000, 14), draw(Spiral(), 6000, 15)
    x[::2] += 1e3
    ladder = bandwidth_ladder(median_distance(y), 6)
    found, expected = measure(x, y, ladder), exact(x, y[:3000], ladder)
    assert (found.n, found.m) == (4000, 3000)
    assert found.energy_distance == pytest.approx(expected.energy_distance, rel=1e-6)
    np.testing.assert_allclose(found.mmd2, expected.mmd2, rtol=0, atol=MMD2_ERROR)


def test_a_crowded_reference_is_measured_exactly(exact, gridded):
    x = draw(Spiral(), 3000, 13)
    y = np.repeat([[0.0, 0.0], [0.5, 1.0]], 1000, axis=0)
    bandwidths = 0.05 * 2.0 ** np.arange(5)
    assert_close(gridded(x, y, bandwidths), exact(x, y, bandwidths), y)


@pytest.mark.parametrize("place", [0.0, 1e4], ids=["one place", "far out"])
def test_many_points_that_no_grid_serves_are_thinned(place, exact, monkeypatch):
    y = draw(Checkerboard(), 3000, 26)
    x = place + 1e-3 * draw(Checkerboard(), 3000, 27)
    expected = exact(x, y).energy_distance
    monkeypatch.setattr(two_sample, "_MAX_FAR_PAIRS", 0)
    monkeypatch.setattr(two_sample, "_MAX_EXACT_ROWS", 500)
    found = measure(x, y)
    assert found.energy_distance != expected
    assert found.energy_distance == pytest.approx(expected, rel=0.1)
    assert (found.n, found.m) == (500, 500)
    # All three means are of the same points.
    some = exact(subsample(x, 500), subsample(y, 500), bandwidth_ladder(median_distance(y), 6))
    assert found.energy_distance == pytest.approx(some.energy_distance, rel=1e-12)


def test_a_large_reference_stays_whole_on_the_grid(monkeypatch):
    """Of points beside themselves: pairs of a point with itself, at distance 0, are 1 in n."""
    monkeypatch.setattr(two_sample, "_MAX_EXACT_ROWS", 2000)
    y = draw(DENSITIES[1], 4000, 8)
    reference = Reference.of(y, bandwidth_ladder(median_distance(y), 4))
    found = two_sample_distances(y, reference)
    assert (found.n, found.m) == (4000, 4000)
    expected = -2 / len(y) * pdist(y).mean()
    assert found.energy_distance == pytest.approx(expected, abs=2 * energy_error(y))


def test_a_subsample_stands_for_all_in_whatever_order():
    x = np.stack([np.arange(9000.0), np.arange(9000) % 9]).T  # nine clusters that take turns
    for order in (np.arange(9000), np.argsort(x[:, 1], kind="stable")):
        rows = subsample(x[order], 1000)
        assert len(np.unique(rows[:, 0])) == 1000
        assert (np.bincount(rows[:, 1].astype(int)) > 70).all()
        assert np.array_equal(rows, subsample(x[order], 1000))
    assert subsample(x, 9000) is x


def test_narrow_bandwidths_are_measured_exactly(exact, gridded):
    x, y = draw(Spiral(), 1500, 14), draw(Spiral(), 1500, 15)
    bandwidths = bandwidth_ladder(median_distance(y), 10)
    assert Grid.around(y, bandwidths) is None
    result, expected = gridded(x, y, bandwidths), exact(x, y, bandwidths)
    assert result.energy_distance == expected.energy_distance


def test_translation_and_swap_leave_the_distances(gridded):
    x, y = draw(Pinwheel(), 5000, 16), draw(Pinwheel(), 6000, 17)
    bandwidths = bandwidth_ladder(median_distance(y), 6)
    shift, result = np.array([5, -70]), gridded(x, y, bandwidths)
    moved = gridded(x + shift, y + shift, bandwidths)
    np.testing.assert_allclose(moved.energy_distance, result.energy_distance, rtol=0, atol=1e-8)
    np.testing.assert_allclose(moved.mmd2, result.mmd2, rtol=0, atol=1e-8)
    assert_close(gridded(y, x, bandwidths), result, y)


def test_scale_carries_over(gridded):
    x, y = draw(Pinwheel(), 5000, 18), draw(Pinwheel(), 5000, 19)
    result, scaled = gridded(x, y), gridded(1000 * x, 1000 * y)
    np.testing.assert_allclose(scaled.energy_distance, 1000 * result.energy_distance, rtol=1e-6)
    np.testing.assert_allclose(scaled.mmd2, result.mmd2, rtol=0, atol=1e-12)


def test_memory_grows_with_the_points_not_with_the_pairs():
    y = draw(Spiral(), 20_000, 20)
    reference = Reference.of(y, bandwidth_ladder(median_distance(y), 6))
    _ = reference.within

    def peak_bytes(n):
        x = draw(Spiral(), n, 21)
        tracemalloc.start()
        two_sample_distances(x, reference)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    small, large = peak_bytes(70_000), peak_bytes(400_000)
    assert large < 200e6
    assert large < small + 330_000 * 64


def test_bytes_do_not_depend_on_the_number_of_threads(root):
    code = """
import numpy as np
from gen2d.metrics.two_sample import Reference, two_sample_distances

x, y = np.random.default_rng(22).normal(size=(2, 5000, 2))
result = two_sample_distances(x, Reference.of(y, 0.05 * 2.0 ** np.arange(6)))
print(result.energy_distance.hex(), result.mmd2.tobytes().hex())
"""

    def output(n_threads):
        return subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(root / "workflow"), "OMP_NUM_THREADS": n_threads},
            capture_output=True,
            check=True,
        ).stdout

    assert output("1") == output("2")
