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
    """Fresh draws from the density, as of a perfect model."""

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        draw = self.task.density.sample
        return np.stack([draw(n, np.random.default_rng(sequence)) for sequence in sequences])


class Resample(Method):
    """The memoriser: the seed's own training points, redrawn with replacement."""

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        members = zip(self.task.x_train, sequences, strict=True)
        return np.stack([np.random.default_rng(s).choice(x, size=n) for x, s in members])

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray:
        """The score of Gaussians at the training points, the minimiser of the denoising loss."""
        weights = np.full(self.task.x_train.shape[1], -np.log(self.task.x_train.shape[1]))
        members = zip(x, self.task.x_train, strict=True)
        return np.stack(
            [isotropic_mixture(at, train, weights, noise_level).score for at, train in members]
        )


class Gaussian(Method):
    """A Gaussian with the mean and covariance of the training points.

    For points on a line the density does not exist, and `log_prob` is NaN.
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
    """A Gaussian kernel density estimate, which samples training points and adds noise.

    The kernel's covariance is that of the points times a squared bandwidth. The bandwidth of
    `BANDWIDTHS` with the highest hold-out likelihood is taken. For points on a line the estimate
    does not exist, and samples and densities are NaN.
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
        # For all bandwidths; single precision is enough to choose one, and several times faster.
        squares = cdist(holdout @ root, x @ root, "sqeuclidean").astype(np.float32)
        least = squares.min(1, keepdims=True)

        def log_likelihood(bandwidth: float) -> float:
            """Mean over the hold-out points, up to a constant."""
            twice = np.float32(2 * bandwidth**2)
            log_sums = np.log(np.exp((least - squares) / twice).sum(1)) - least[:, 0] / twice
            return log_sums.mean() - 2 * np.log(bandwidth)

        return gaussian_kde(x.T, bw_method=max(BANDWIDTHS, key=log_likelihood))
