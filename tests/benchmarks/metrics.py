"""What the energy distance costs at n = m = 10^4, exact and gridded, beside other ways to it.

    python tests/benchmarks/metrics.py [POINTS]

Seconds are CPU seconds, the median of 5 runs that take turns (other libraries run once); memory is
what a process of its own needs at most beyond the points, in MB. No way but `gridded` gives more
than this one number.
"""

import importlib.util
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from gen2d.densities.checkerboard import Checkerboard
from gen2d.metrics import two_sample
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)

N_POINTS = 10_000
N_RUNS = 5


def samples(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return Checkerboard().sample(n, rng), Checkerboard().sample(n, rng)


def exact(x: np.ndarray, y: np.ndarray) -> float:
    """The energy distance alone, by blocks."""
    n, m = len(x), len(y)

    def mean(blocks, pairs: float) -> float:
        return sum(block.sum() for block in blocks) / pairs

    return (
        2 * mean(two_sample._blocks_between(x, y), n * m)
        - mean(two_sample._blocks_within(x), n * (n - 1) / 2)
        - mean(two_sample._blocks_within(y), m * (m - 1) / 2)
    )


def gridded(x: np.ndarray, y: np.ndarray) -> float:
    """As the study measures: with MMD^2 at six bandwidths."""
    return two_sample_distances(
        x, Reference.of(y, bandwidth_ladder(median_distance(y), 6))
    ).energy_distance


def matrices(x: np.ndarray, y: np.ndarray) -> float:
    """One full matrix after the other."""
    n, m = len(x), len(y)
    within = cdist(x, x).sum() / (n * (n - 1)) + cdist(y, y).sum() / (m * (m - 1))
    return 2 * cdist(x, y).mean() - within


def one_matrix(x: np.ndarray, y: np.ndarray) -> float:
    """A third of that, and half of the exact one's pairs: the distances between."""
    return cdist(x, y).mean()


def by_dcor(x: np.ndarray, y: np.ndarray) -> float:
    import dcor

    return dcor.energy_distance(x, y, estimation_stat=dcor.EstimationStatistic.U_STATISTIC)


def by_pot(x: np.ndarray, y: np.ndarray) -> float:
    import ot

    n, m = len(x), len(y)
    within = ot.dist(x, x, "euclidean").sum() / (n * (n - 1))
    within += ot.dist(y, y, "euclidean").sum() / (m * (m - 1))
    return 2 * ot.dist(x, y, "euclidean").mean() - within


WAYS: dict[str, tuple[Callable, str, int]] = {
    "exact, in blocks": (exact, "", N_RUNS),
    "gridded, with MMD^2": (gridded, "", N_RUNS),
    "full cdist matrices": (matrices, "", N_RUNS),
    "one cdist matrix": (one_matrix, "", N_RUNS),
    "dcor": (by_dcor, "dcor", 1),
    "POT": (by_pot, "ot", 1),
}


def cpu_seconds(way: Callable, x: np.ndarray, y: np.ndarray) -> float:
    start = time.process_time()
    way(x, y)
    return time.process_time() - start


def _memory(name: str, n: int, found: multiprocessing.SimpleQueue) -> None:
    way, x, y = WAYS[name][0], *samples(n)
    way(x[:100], y[:100])  # imports, and what a library compiles
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    way(x, y)
    found.put((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def memory(name: str, n: int) -> float:
    """MB that a way needs at most beyond the points."""
    context = multiprocessing.get_context("spawn")
    found = context.SimpleQueue()
    process = context.Process(target=_memory, args=(name, n, found))
    process.start()
    process.join()
    return found.get()


def measure(n: int) -> dict[str, tuple[float, float]]:
    """Seconds and MB of every way that is installed."""
    ways = {
        name: way
        for name, way in WAYS.items()
        if not way[1] or importlib.util.find_spec(way[1]) is not None
    }
    # First, since a process starts at the size of the one that it comes from.
    megabytes = {name: memory(name, n) for name in ways}
    x, y = samples(n)
    for way, _, _ in ways.values():
        way(x[:100], y[:100])
    seconds = {name: [] for name in ways}
    for run in range(N_RUNS):
        for name, (way, _, runs) in ways.items():
            if run < runs:
                seconds[name].append(cpu_seconds(way, x, y))
    return {name: (float(np.median(s)), megabytes[name]) for name, s in seconds.items()}


def main(arguments: list[str]) -> None:
    n = int(arguments[0]) if arguments else N_POINTS
    measured = measure(n)
    base, _ = measured["exact, in blocks"]
    print(f"energy distance of {n} points from {n}")
    print(f"{'way':<22}{'CPU s':>9}{'over exact':>12}{'MB':>8}")
    for name, (seconds, megabytes) in measured.items():
        print(f"{name:<22}{seconds:>9.3f}{seconds / base:>12.2f}{megabytes:>8.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
