"""Baselines that train nothing: the truth, the memoriser, and two plain fits."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import Covariance, gaussian_kde, multivariate_normal

from gen2d.densities.node_mixture import isotropic_mixture
from gen2d.geometry import on_a_line
from gen2d.methods.base import Method

BANDWIDTHS = np.geomspace(1e-4, 1, 33)  # in standard deviations of the points


class Truth(Method):
    """Fresh draws from the density: what a perfect model would score."""

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        draw = self.task.density.sample
        return np.stack([draw(n, np.random.default_rng(sequence)) for sequence in sequences])


class Resample(Method):
    """The seed's own training points, redrawn with replacement: what a perfect memoriser scores."""

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        members = zip(self.task.x_train, sequences, strict=True)
        return np.stack([np.random.default_rng(s).choice(x, size=n) for x, s in members])

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray:
        """That of a Gaussian at every training point, where their denoising loss is least."""
        weights = np.full(self.task.x_train.shape[1], -np.log(self.task.x_train.shape[1]))
        members = zip(x, self.task.x_train, strict=True)
        return np.stack(
            [isotropic_mixture(at, train, weights, noise_level).score for at, train in members]
        )


class Gaussian(Method):
    """A Gaussian with the mean and covariance of the training points.

    Of points on a line it has no density, and states NaN.
    """

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        members = zip(self.task.x_train, sequences, strict=True)
        return np.stack(
            [
                np.random.default_rng(s).multivariate_normal(x.mean(0), np.cov(x.T), size=n)
                for x, s in members
            ]
        )

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        members = zip(self.task.x_train, x, strict=True)
        return np.stack([self._log_prob(train, points) for train, points in members])

    @staticmethod
    def _log_prob(train: np.ndarray, points: np.ndarray) -> np.ndarray:
        if on_a_line(train):
            return np.full(len(points), np.nan)
        root = Covariance.from_cholesky(np.linalg.cholesky(np.cov(train.T)))
        law = multivariate_normal(train.mean(0), root)
        return np.atleast_1d(law.logpdf(points))

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray:
        members = zip(x, self.task.x_train, strict=True)
        noise = noise_level**2 * np.eye(2)
        return np.stack(
            [-np.linalg.solve(np.cov(t.T) + noise, (at - t.mean(0)).T).T for at, t in members]
        )


class KDE(Method):
    """A Gaussian kernel density estimate: training points redrawn, with noise.

    The kernel has the covariance of the points times the square of a bandwidth, the one of
    `BANDWIDTHS` under which the hold-out points are likeliest. Of points on a line there is none,
    and samples and densities are NaN.
    """

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        members = zip(self.task.x_train, self.task.x_holdout, sequences, strict=True)
        return np.stack(
            [
                fit.resample(n, np.random.default_rng(sequence)).T
                if (fit := self._fit(x, holdout))
                else np.full((n, 2), np.nan)
                for x, holdout, sequence in members
            ]
        )

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        members = zip(self.task.x_train, self.task.x_holdout, x, strict=True)
        return np.stack(
            [
                fit.logpdf(points.T)
                if (fit := self._fit(train, holdout))
                else np.full(len(points), np.nan)
                for train, holdout, points in members
            ]
        )

    def _fit(self, x: np.ndarray, holdout: np.ndarray) -> gaussian_kde | None:
        if on_a_line(x):
            return None
        root = np.linalg.cholesky(np.linalg.inv(np.cov(x.T)))
        # Of all bandwidths; single precision is enough to choose one, and several times faster.
        squares = cdist(holdout @ root, x @ root, "sqeuclidean").astype(np.float32)
        least = squares.min(1, keepdims=True)

        def log_likelihood(bandwidth: float) -> float:
            """Mean over the hold-out points, but for a constant."""
            twice = np.float32(2 * bandwidth**2)
            log_sums = np.log(np.exp((least - squares) / twice).sum(1)) - least[:, 0] / twice
            return log_sums.mean() - 2 * np.log(bandwidth)

        return gaussian_kde(x.T, bw_method=max(BANDWIDTHS, key=log_likelihood))
