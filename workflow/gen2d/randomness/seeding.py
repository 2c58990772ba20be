"""Named random streams, all derived from the study seed; global state is never used."""

import hashlib
from collections.abc import Sequence

import numpy as np

from gen2d.plan.knobs import SeededKnobs

ASIDE = 1 << 16
"""Children from this number on are `fanned`'s: `spawn` counts from 0 and never gets here."""


def seed_sequence(study_seed: int, *names: str | int) -> np.random.SeedSequence:
    """The stream of (study seed, names), such as (0, "train", "spiral", 3).

    Streams of different names are independent, whatever their number and the order of the calls.
    Names leave the model out: models trained on the same data set and seed share their random
    numbers, so that their paired differences vary less.
    """
    key = "\x1f".join(f"{type(name).__name__}:{name}" for name in names)
    words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype=np.uint32)
    return np.random.SeedSequence(entropy=[study_seed, *words.tolist()])


def streams(knobs: SeededKnobs, purpose: str) -> list[np.random.SeedSequence]:
    """One stream per seed of a job, for its data set."""
    name = knobs.dataset.name
    return [seed_sequence(knobs.study_seed, purpose, name, seed) for seed in knobs.seeds]


def fanned(sequences: Sequence[np.random.SeedSequence], n: int) -> list[np.random.SeedSequence]:
    """n streams per sequence, in a row: the sequence, then n - 1 others; equal at every call."""
    return [
        np.random.SeedSequence(own.entropy, spawn_key=(*own.spawn_key, ASIDE + i)) if i else own
        for own in sequences
        for i in range(n)
    ]
