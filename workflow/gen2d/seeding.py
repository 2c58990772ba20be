"""Where every random number comes from: named streams of the study seed, never global state."""

import hashlib

import numpy as np


def seed_sequence(study_seed: int, *names: str | int) -> np.random.SeedSequence:
    """The stream of (study seed, names), such as (0, "train", "spiral", 3).

    Streams of different names are independent; neither how many there are nor the order in which
    they are asked for matters. Models are not named: those trained on the same data set and seed
    share their random numbers, so that their paired differences vary less.
    """
    key = "\x1f".join(f"{type(name).__name__}:{name}" for name in names)
    words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype=np.uint32)
    return np.random.SeedSequence(entropy=[study_seed, *words.tolist()])
