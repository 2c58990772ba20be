"""How often the tests of `gen2d score` say "differs", of true samples and of wrong ones.

    python tests/benchmarks/power.py [RUNS]

One row a law with its false alarms, which should be 5 %, and one a defect of checkerboard samples
with the power to see it.
"""

import sys

import numpy as np

from gen2d.api.scoring import LEVEL, N_BANDWIDTHS, N_REFERENCE, tests
from gen2d.config import DATASETS
from gen2d.metrics.null import KernelNull
from gen2d.metrics.two_sample import Reference, bandwidth_ladder, median_distance
from gen2d.plugins import resolve

N_POINTS = 10_000
LAWS = ("checkerboard", "gaussian_mixture", "pinwheel", "spiral")


def leaked(x, rng):
    """A point in a hundred lies anywhere on the board."""
    rows = rng.random(len(x)) < 0.01
    return np.where(rows[:, None], rng.uniform(-4, 4, x.shape), x)


def moved(x, rng):
    """A tenth of the upper right quadrant lies in the lower left."""
    rows = (x > 0).all(1) & (rng.random(len(x)) < 0.1)
    return np.where(rows[:, None], x - 4, x)


DEFECTS = {
    "blurred by 0.1": lambda x, rng: x + 0.1 * rng.standard_normal(x.shape),
    "1 % leaked": leaked,
    "10 % of a quadrant moved": moved,
    "shifted by 0.05": lambda x, rng: x + 0.05,
}


def rejections(law, runs, defect=None, n_points=N_POINTS, n_reference=N_REFERENCE):
    """The share of samples that each test, and all of them, reject at the level."""
    rng = np.random.default_rng(0)
    points = law.sample(n_reference, rng)
    bandwidths = bandwidth_ladder(median_distance(points), N_BANDWIDTHS)
    null = KernelNull.of(points, bandwidths, rng)
    rejected = []
    for _ in range(runs):
        true = Reference.of(law.sample(n_reference, rng), bandwidths)
        x = law.sample(n_points, rng)
        found, p_value = tests(defect(x, rng) if defect else x, true, null, law)
        rejected.append([p < LEVEL for p in (*found.values(), p_value)])
    return dict(zip((*found, "all"), np.mean(rejected, axis=0), strict=True))


def main(runs):
    laws = {}
    for name in LAWS:
        knobs = DATASETS[name].model_validate({"kind": name})
        laws[name] = resolve(knobs.implementation)(**knobs.parameters(None))
    print(f"{runs} runs of {N_POINTS} points against {N_REFERENCE}, level {LEVEL}")
    for name, law in laws.items():
        print(f"{name:<28}", *(f"{k} {v:.3f}" for k, v in rejections(law, runs).items()))
    for name, defect in DEFECTS.items():
        found = rejections(laws["checkerboard"], max(1, runs // 10), defect)
        print(f"{name:<28}", *(f"{k} {v:.3f}" for k, v in found.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
