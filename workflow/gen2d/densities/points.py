"""Laws of points from a file, whose density is unknown."""

import logging
from collections.abc import Sequence

import numpy as np

from gen2d.densities.base import Law
from gen2d.geometry import TIED, share_tied
from gen2d.randomness.seeding import seed_sequence
from gen2d.storage.errors import FileError
from gen2d.storage.points import read_points

log = logging.getLogger(__name__)


class Rows(Law):
    """Rows of points [N, 2], split at random into three disjoint parts.

    The study seed permutes the rows. The first `n_holdout` are every seed's hold-out points, the
    last `n_reference` are the reference, and each seed draws its training points from the remainder
    without replacement: if it draws all, all seeds have the same. Labels are codes [N], or None.

    `sample` redraws rows outside the reference with replacement, the best available sampler. Fresh
    points would have a smaller energy distance, by E|X - X'| over the number of these rows.
    """

    def __init__(
        self,
        points: np.ndarray,
        study_seed: int,
        n_holdout: int,
        n_reference: int,
        labels: np.ndarray | None = None,
    ):
        rng = np.random.default_rng(seed_sequence(study_seed, "split"))
        order = rng.permutation(len(points))
        parts = np.split(points[order], [n_holdout, -n_reference])
        self._holdout, self._training, self._reference = parts
        self._labels = None if labels is None else labels[order[-n_reference:]]

    @property
    def n_training(self) -> int:
        """The largest number of training points per seed."""
        return len(self._training)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(np.concatenate([self._holdout, self._training]), size=n)

    def training_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(self._training, size=n, replace=False)

    def holdout_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self._holdout[:n]

    def reference_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self._reference[:n]

    def reference_labels(self, n: int) -> np.ndarray | None:
        """Labels [n] of the first n reference points; None if rows have no labels."""
        return None if self._labels is None else self._labels[:n]

    def unseen_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Points drawn from the reference with replacement, at most as many as it has."""
        return rng.choice(self._reference, size=min(n, len(self._reference)))


class Points(Rows):
    """The rows of a file with two columns, or of two chosen `columns`.

    Raises `FileError` if the file's digest is not `digest`.
    """

    is_tied = False
    """Whether more than 1 % of the rows coincide, so that likelihoods have no bound."""

    def __init__(
        self,
        path: str,
        digest: str,
        study_seed: int,
        n_holdout: int,
        n_reference: int,
        columns: Sequence[str] = (),
    ):
        found = read_points(path, columns=columns)
        if found.digest != digest:
            raise FileError(f"{path}: expected the file that the study started with; got another")
        for note in found.all_notes:
            log.info("%s: %s", path, note)
        self.is_tied = share_tied(found.points) > TIED
        super().__init__(found.points, study_seed, n_holdout, n_reference, found.codes)
