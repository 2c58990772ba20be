"""Baselines that train nothing: the two noise floors of every comparison, as measured cells."""

from collections.abc import Sequence

import numpy as np

from gen2d.methods.base import Method


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
