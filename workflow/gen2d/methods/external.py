"""Samples from files, made outside the study."""

from collections.abc import Sequence

import numpy as np

from gen2d.config.methods.baselines import ExternalKnobs
from gen2d.methods.base import Method
from gen2d.storage.errors import FileError
from gen2d.storage.points import read_points


class External(Method):
    """Random rows of one file per seed; `knobs.files` has paths and SHA-256 digests.

    The seed's stream draws rows without replacement, in random order, since files may be sorted.
    Raises `FileError` if a file does not match its digest.
    """

    knobs: ExternalKnobs

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        members = zip(self.knobs.files, sequences, strict=True)
        return np.stack([self._drawn(*file, n, sequence) for file, sequence in members])

    def _drawn(
        self, path: str, digest: str, n: int, sequence: np.random.SeedSequence
    ) -> np.ndarray:
        found = read_points(path, columns=self.knobs.columns)
        if found.digest != digest:
            raise FileError(f"{path}: expected the file that the study started with; got another")
        return np.random.default_rng(sequence).permutation(found.points)[:n]
