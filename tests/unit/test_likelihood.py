"""What is measured of learned densities, against two Gaussians whose distances are known."""

import numpy as np
import pytest
from scipy import stats

from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.densities.points import Points
from gen2d.methods.base import Task
from gen2d.stages.likelihood import measure

SHIFT = 0.8
LAW = Gaussians([[0.0, 0.0]], 1.0)


class Stated:
    """A method that states a density at will, the same for every member."""

    def __init__(self, log_prob, law=LAW):
        self.task = Task(law, np.empty(0), np.empty(0), ())
        self.log_prob = lambda x: np.stack([log_prob(points) for points in x])


@pytest.fixture(scope="module")
def points():
    return LAW.sample(40_000, np.random.default_rng(0)).reshape(2, -1, 2)


def test_distances_of_a_shifted_gaussian(points):
    shifted = Gaussians([[SHIFT, 0.0]], 1.0)
    found = measure(Stated(shifted.log_prob), points, points + np.array([0.1, 0.0]))
    assert found["kl"] == pytest.approx(SHIFT**2 / 2, abs=0.03)
    assert found["density_tv"] == pytest.approx(2 * stats.norm.cdf(SHIFT / 2) - 1, abs=0.01)
    # log p - log q at a point 0.1 further towards q is lower by 0.1 SHIFT.
    assert found["generalisation_gap"] == pytest.approx(0.1 * SHIFT, abs=1e-9)


def test_the_truth_is_at_distance_0(points):
    assert all(
        (values == 0).all() for values in measure(Stated(LAW.log_prob), points, points).values()
    )


def test_a_density_that_misses_half_of_the_points(points):
    def half(x):
        return np.where(x[:, 0] > 0, LAW.log_prob(x) + np.log(2), -np.inf)

    found = measure(Stated(half), points, points)
    assert (found["kl"] == np.inf).all()
    assert found["density_tv"] == pytest.approx(0.5, abs=0.01)


def test_without_a_known_density_the_likelihood_stands_alone(points):
    unknown = Points.__new__(Points)
    found = measure(Stated(LAW.log_prob, unknown), points, points)
    assert set(found) == {"nll", "generalisation_gap"}
    assert found["nll"] == pytest.approx(1 + np.log(2 * np.pi), abs=0.03)
    assert (found["generalisation_gap"] == 0).all()
