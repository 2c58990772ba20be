"""Where every random number comes from: named streams of the study seed, never global state."""

import hashlib
from collections.abc import Sequence

import numpy as np

from gen2d.plan.knobs import SeededKnobs

ASIDE = 1 << 16
"""The number of a stream's first child that nobody spawns."""


def seed_sequence(study_seed: int, *names: str | int) -> np.random.SeedSequence:
    """The stream of (study seed, names), such as (0, "train", "spiral", 3).

    Streams of different names are independent; neither how many there are nor the order in which
    they are asked for matters. Models are not named: those trained on the same data set and seed
    share their random numbers, so that their paired differences vary less.
    """
    key = "\x1f".join(f"{type(name).__name__}:{name}" for name in names)
    words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype=np.uint32)
    return np.random.SeedSequence(entropy=[study_seed, *words.tolist()])


def streams(knobs: SeededKnobs, purpose: str) -> list[np.random.SeedSequence]:
    """One stream for each seed of a job's data set."""
    name = knobs.dataset.name
    return [seed_sequence(knobs.study_seed, purpose, name, seed) for seed in knobs.seeds]


def fanned(sequences: Sequence[np.random.SeedSequence], n: int) -> list[np.random.SeedSequence]:
    """n streams of each, in a row: itself, then others; the same whenever they are asked for."""
    return [
        np.random.SeedSequence(own.entropy, spawn_key=(*own.spawn_key, ASIDE + i)) if i else own
        for own in sequences
        for i in range(n)
    ]
