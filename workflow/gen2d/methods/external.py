"""Samples that were made elsewhere."""

from collections.abc import Sequence

import numpy as np

from gen2d.config.methods.baselines import ExternalKnobs
from gen2d.methods.base import Method
from gen2d.storage.files import FileError, read_points


class External(Method):
    """The first rows of a file a seed, by `knobs.files`: paths and SHA-256 digests.

    Raises `FileError` if a file is not the one with its digest.
    """

    knobs: ExternalKnobs

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        return np.stack([self._read(*file)[:n] for file in self.knobs.files])

    def _read(self, path: str, digest: str) -> np.ndarray:
        points, found = read_points(path)
        if found != digest:
            raise FileError(f"{path}: expected the file that the study started with; got another")
        return points
