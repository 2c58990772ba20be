"""What is measured of learned densities, against two Gaussians whose distances are known."""

import numpy as np
import pytest
from scipy import stats

from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.densities.pinwheel import Pinwheel
from gen2d.densities.points import Points
from gen2d.diagnostics import likelihood
from gen2d.diagnostics.likelihood import measure_density, measure_scores
from gen2d.methods.base import Task
from gen2d.methods.baselines import Gaussian, Resample
from gen2d.storage.points import read_points

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
    found = measure_density(Stated(shifted.log_prob), points, points + np.array([0.1, 0.0]))
    assert found["kl"].values == pytest.approx(SHIFT**2 / 2, abs=0.03)
    assert found["density_tv"].values == pytest.approx(2 * stats.norm.cdf(SHIFT / 2) - 1, abs=0.01)
    # log p - log q at a point 0.1 further towards q is lower by 0.1 SHIFT.
    assert found["generalisation_gap"].values == pytest.approx(0.1 * SHIFT, abs=1e-9)


def test_the_truth_is_at_distance_0(points):
    found = measure_density(Stated(LAW.log_prob), points, points)
    assert all((measured.values == 0).all() for measured in found.values())


def test_a_density_that_misses_half_of_the_points(points):
    def half(x):
        return np.where(x[:, 0] > 0, LAW.log_prob(x) + np.log(2), -np.inf)

    found = measure_density(Stated(half), points, points)
    assert (found["kl"].values == np.inf).all()
    assert set(found["kl"].notes) == {likelihood.ZERO}
    assert found["density_tv"].values == pytest.approx(0.5, abs=0.01)


def test_a_density_that_is_no_number_somewhere_is_none(points):
    def broken(x):
        return np.where(np.arange(len(x)) == 7, np.nan, LAW.log_prob(x))

    for law in (LAW, Points.__new__(Points)):
        for measured in measure_density(Stated(broken, law), points, points).values():
            assert np.isnan(measured.values).all()
            assert set(measured.notes) == {likelihood.NO_NUMBER}


def test_a_density_that_is_no_number_at_training_points_leaves_no_gap(points):
    def broken(x):
        return np.where(x[:, 0] > 50, np.nan, LAW.log_prob(x))

    found = measure_density(Stated(broken), points, points + np.array([100.0, 0.0]))
    assert (found["kl"].values == 0).all()
    assert np.isnan(found["generalisation_gap"].values).all()
    assert set(found["generalisation_gap"].notes) == {likelihood.NO_NUMBER}


def test_a_density_that_is_infinite_is_no_number(points):
    found = measure_density(Stated(lambda x: np.full(len(x), np.inf)), points, points)
    assert (found["kl"].values == -np.inf).all()
    assert set(found["kl"].notes) == {likelihood.NO_NUMBER}


def test_where_the_true_density_is_infinite_none_is_asked(points):
    """At the pinwheel's centre, which is a training point."""
    law = Pinwheel()
    x = law.training_points(300, np.random.default_rng(3))[None]
    assert np.isinf(law.log_prob(x[0])).any()
    found = measure_density(Stated(law.log_prob, law), x, x)
    assert all((measured.values == 0).all() for measured in found.values())


def test_without_a_known_density_the_likelihood_stands_alone(points):
    unknown = Points.__new__(Points)
    found = measure_density(Stated(LAW.log_prob, unknown), points, points)
    assert set(found) == {"nll", "generalisation_gap"}
    assert found["nll"].values == pytest.approx(1 + np.log(2 * np.pi), abs=0.03)
    assert (found["generalisation_gap"].values == 0).all()


def test_errors_are_those_of_means(points):
    """The mean of log p - log q of a shifted Gaussian has standard error SHIFT / sqrt(N)."""
    shifted = Gaussians([[SHIFT, 0.0]], 1.0)
    found = measure_density(Stated(shifted.log_prob), points, points)
    assert found["kl"].errors == pytest.approx(SHIFT / np.sqrt(points.shape[1]), rel=0.03)


class Coarse(Stated):
    """States the law, which half the resolution changes."""

    step_multiplier = 1

    def __init__(self, change):
        super().__init__(LAW.log_prob)
        exact = self.log_prob
        self.log_prob = lambda x: exact(x) + (self.step_multiplier - 1) * change(x)


def test_what_half_the_resolution_changes_is_an_error(points):
    method = Coarse(lambda x: 0.5)
    found = measure_density(method, points, points)
    assert found["kl"].errors == pytest.approx(0.5)
    assert found["density_tv"].errors == pytest.approx(0.5)
    assert found["generalisation_gap"].errors == pytest.approx(0)  # which is of both sides
    assert method.step_multiplier == 1


def test_where_no_resolution_finds_mass_the_error_is_that_of_the_rest(points):
    def half(x):
        return np.where(x[:, 0] > 0, LAW.log_prob(x), -np.inf)

    method = Stated(half)
    without = measure_density(method, points, points)["density_tv"].errors
    method.step_multiplier = 1
    np.testing.assert_array_equal(
        measure_density(method, points, points)["density_tv"].errors, without
    )


def test_what_half_the_resolution_changes_to_and_fro_is_none(points):
    method = Coarse(lambda x: np.resize([0.5, -0.5], x.shape[1]))
    assert measure_density(method, points, points)["kl"].errors == pytest.approx(0)


NONE = np.zeros(2, dtype=bool)


class Scored(Stated):
    def __init__(self, smoothed_score, law=LAW):
        super().__init__(law.log_prob if law is LAW else None, law)
        self.task = self.task._replace(x_train=np.empty((2, 0, 2)))
        self.smoothed_score = lambda x, level: (
            None if level > 1 else np.stack([smoothed_score(at, level) for at in x])
        )


def test_fisher_divergences_of_a_shifted_gaussian(points):
    """Scores of N(0, s^2 I) and N(m, s^2 I) differ by m / s^2 everywhere."""
    shifted = Gaussians([[SHIFT, 0.0]], 1.0)
    noised = dict.fromkeys((0.5, 1.0, 2.0), points[0])
    found = measure_scores(Scored(shifted.smoothed_score), noised, NONE)
    for level in (0.5, 1.0):
        expected = (SHIFT / (1 + level**2)) ** 2
        assert found[f"fisher_divergence_{level:g}"].values == pytest.approx(expected)
        assert found[f"fisher_divergence_{level:g}"].errors == pytest.approx(0, abs=1e-9)
    assert np.isnan(found["fisher_divergence_2"].values).all()
    assert set(found["fisher_divergence_2"].notes) == {"no score was learned at this level"}


def test_members_that_did_not_learn_a_level_are_skipped(points):
    method = Scored(LAW.smoothed_score)
    method.smoothed_score = lambda x, level: np.stack(
        [LAW.smoothed_score(x[0], level), np.full_like(x[1], np.nan)]
    )
    found = measure_scores(method, {0.5: points[0]}, NONE)["fisher_divergence_0.5"]
    assert found.values[0] == 0 and np.isnan(found.values[1])
    assert found.notes[1] == "no score was learned at this level"
    found = measure_scores(method, {0.5: points[0]}, ~NONE)["fisher_divergence_0.5"]
    assert found.notes[1] == "the score that was learned is not finite at true points"


def test_without_a_known_density_no_score_is_compared(points):
    unknown = Points.__new__(Points)
    found = measure_scores(Scored(LAW.smoothed_score, unknown), {0.5: points[0]}, NONE)
    assert found["fisher_divergence_0.5"].notes[0] == "no density is known"


def tied(path, x):
    """The law of a file of points, and whether likelihoods of its points are measured."""
    np.save(path, x)
    law = Points(str(path), read_points(path).digest, 0, n_holdout=30, n_reference=90)
    drawn = np.stack([law.unseen_points(50, np.random.default_rng(seed)) for seed in (0, 1)])
    return measure_density(Stated(LAW.log_prob, law), drawn, drawn)


POINTS = np.random.default_rng(5).normal(size=(300, 2))
TIES = "points coincide, so that likelihoods have no bound"


@pytest.mark.parametrize(
    ("x", "is_tied"),
    [
        (POINTS, False),
        (np.vstack([POINTS, POINTS[:1]]), False),  # one that was measured twice
        (np.vstack([POINTS, POINTS[:5]]), True),
        (np.round(5 * POINTS), True),
        (np.round(POINTS, 1), True),
        (np.repeat(POINTS, 2, axis=0), True),
    ],
)
def test_of_points_that_coincide_no_likelihood_is_measured(tmp_path, x, is_tied):
    found = tied(tmp_path / "x.npy", x)
    assert [*found] == ["nll", "generalisation_gap"]
    for measured in found.values():
        assert np.isnan(measured.values).all() == is_tied
        assert all((note == TIES) == is_tied for note in measured.notes)
    assert likelihood.status(TIES) == "skipped"


@pytest.mark.parametrize("noise_level", [0.3, 1.0])
def test_scores_of_baselines_are_gradients_of_their_smoothed_densities(noise_level):
    x = np.random.default_rng(1).normal(size=(2, 50, 2)) * np.array([1.0, 0.5])
    at = np.random.default_rng(2).normal(size=(2, 5, 2))
    task = Task(LAW, x, x, ())

    def log_gaussian(points, train):
        covariance = np.cov(train.T) + noise_level**2 * np.eye(2)
        return stats.multivariate_normal(train.mean(0), covariance).logpdf(points)

    def log_mixture(points, train):
        kernels = [stats.multivariate_normal(m, noise_level**2 * np.eye(2)) for m in train]
        return np.log(np.mean([kernel.pdf(points) for kernel in kernels], axis=0))

    for method, log_prob in ((Gaussian, log_gaussian), (Resample, log_mixture)):
        score = method(None, task).smoothed_score(at, noise_level)
        for k in range(2):
            for axis, step in enumerate(1e-5 * np.eye(2)):
                slope = (log_prob(at[k] + step, x[k]) - log_prob(at[k] - step, x[k])) / 2e-5
                np.testing.assert_allclose(score[k][:, axis], slope, rtol=1e-5, atol=1e-6)
