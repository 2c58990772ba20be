"""Points from a file, whose density nobody knows."""

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
    """Points [N, 2], cut at random into three parts that share no row.

    The first `n_holdout` rows of a permutation by the study seed are every seed's hold-out points,
    the last `n_reference` are what samples are measured against, and each seed draws its training
    points without replacement from those between. With as many as a seed trains on, all seeds train
    on the same points. Labels are codes [N], if there are any.

    `sample` redraws the rows outside the reference with replacement, which is as near to the law as
    they get; fresh points would have an energy distance less by E|X - X'| over their number.
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
        """The most training points that a seed can draw."""
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
        """The labels of as many reference points, [n]; None where rows have none."""
        return None if self._labels is None else self._labels[:n]

    def unseen_points(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Redrawn from the reference, at most as many as it has."""
        return rng.choice(self._reference, size=min(n, len(self._reference)))


class Points(Rows):
    """The rows of a file, or of two columns of it.

    Raises `FileError` if the file is not the one with the `digest`.
    """

    is_tied = False
    """Whether so many rows coincide that likelihoods of them have no bound."""

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
