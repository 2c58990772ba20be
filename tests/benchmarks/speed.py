"""What a step costs a member of an ensemble, beside other ways to it and the arithmetic itself.

    python tests/benchmarks/speed.py

Prints one table of ratios of CPU time, each the median of 5 runs in which both sides take turns,
then what one step costs, then the energy distances that equal numbers of steps lead to, with the
p-value of Wilcoxon's signed ranks. The other ways, and the arithmetic, are granted the faster of
torch's two products of matrices; ours has that of the study's jobs.
"""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from loops import BATCH, CHAIN, HIDDEN, SIGMA, dsm_eager, langevin_eager, torchebm
from scipy.stats import wilcoxon
from torch import Tensor

from gen2d.config import Model, Training, load, read_file
from gen2d.methods.base import Task
from gen2d.methods.trained import TrainedMethod
from gen2d.methods.training import train
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.networks.arithmetic import configure_torch
from gen2d.networks.point_network import PointNetwork
from gen2d.plugins import resolve
from gen2d.randomness.noise import Noise
from gen2d.randomness.seeding import seed_sequence
from gen2d.samplers.langevin import langevin

N_RUNS = 5
N_PAIRS = 32  # of trained networks, ours and torchebm's
AVERAGING = 0.99  # of the parameters of ours, where they are averaged
SEEDS = (1, 2, 5, 10, 20, 50, 100)
STEPS = {"dsm": 1024, "cd": 48, "langevin": 200}  # a run; what noise is drawn ahead, it uses up
WITH_JAX = find_spec("jax") is not None
STUDY = load(read_file(Path(__file__).parents[2] / "config.yaml"))


class EnergyDSM(TrainedMethod):
    """Denoising score matching of an energy, the only one that torchebm has."""

    def __init__(self, knobs: Model, task: Task):
        super().__init__(knobs, task)
        self.network = PointNetwork(knobs.network, Noise(task.init_sequences), n_outputs=1)

    def losses(self, x: Tensor, noise: Noise) -> Tensor:
        eps = noise.normal(*x.shape[1:])
        _, gradient = self.network.with_input_gradient(x + SIGMA * eps)
        return 0.5 * (gradient - eps / SIGMA).square().sum(-1).mean(-1)

    def score_at(self, x: Tensor, time: float) -> Tensor:
        return self.network.gradient_field(-1.0)(x)

    def draw(self, n: int, noise: Noise) -> Tensor:
        raise NotImplementedError


def streams(purpose: str, n_seeds: int) -> list[np.random.SeedSequence]:
    return [seed_sequence(0, purpose, seed) for seed in range(n_seeds)]


def cell(model: str, n_seeds: int) -> tuple[Model, Task]:
    """The knobs of one of the study's models, and its task on the mixture of Gaussians."""
    dataset = STUDY.datasets["gaussian_mixture"]
    law = resolve(dataset.implementation)(**dataset.parameters(STUDY))
    x = np.stack([law.sample(2000, np.random.default_rng(s)) for s in streams("data", n_seeds)])
    return STUDY.models[model], Task(law, x, x[:, :8], streams("initialise", n_seeds))


def dsm(n_seeds: int) -> TrainedMethod:
    knobs, task = cell("dsm_as_described", n_seeds)
    return resolve(knobs.implementation)(knobs, task)


def energy_dsm(n_seeds: int) -> TrainedMethod:
    return EnergyDSM(*cell("dsm_as_described", n_seeds))


def cd(n_seeds: int) -> TrainedMethod:
    knobs, task = cell("ebm_as_described", n_seeds)
    return resolve(knobs.implementation)(knobs, task)


def pcd(n_seeds: int) -> TrainedMethod:
    """The study's, at the size and with the chains of the others here."""
    knobs, task = cell("ebm", n_seeds)
    coursework, _ = cell("ebm_as_described", 1)
    chains = knobs.training.chains.model_copy(update={**CHAIN, "n_chains": BATCH})
    shared = {k: getattr(coursework.training, k) for k in Training.model_fields}
    training = knobs.training.model_copy(update={**shared, "chains": chains})
    knobs = knobs.model_copy(update={"network": coursework.network, "training": training})
    return resolve(knobs.implementation)(knobs, task)


def train_ours(method: TrainedMethod, n_steps: int) -> None:
    """By the study's loop; the hold-out loss, at the end alone, is of a few points."""
    changed = {"n_steps": n_steps, "log_every": n_steps}
    knobs = method.knobs.training.model_copy(update=changed)
    task = method.task
    train(method, task.x_train, task.x_holdout, knobs, streams("train", len(task.x_train)))


def langevin_ours(method: TrainedMethod, n_steps: int) -> None:
    n_seeds = len(method.task.x_train)
    noise = Noise(streams("chains", n_seeds))
    langevin(method.score(), noise.normal(BATCH, 2), noise, step=1e-2, n_steps=n_steps)


def products(n_seeds: int, kind: str) -> Callable[[int], None]:
    """The products of matrices of a step, and nothing else, on buffers that are there already."""
    n_outputs = 2 if kind == "dsm" else 1

    def filled(*shape: int) -> Tensor:
        return torch.full((n_seeds, *shape), 0.01)

    x, h, g = filled(BATCH, 2), filled(BATCH, HIDDEN), filled(BATCH, n_outputs)
    first, second, readout = filled(2, HIDDEN), filled(HIDDEN, HIDDEN), filled(n_outputs, HIDDEN)
    forward, backward = [(x, first), (h, second)], [(h, second.mT)]
    if kind == "dsm":  # by the parameters too
        forward.append((readout, h.mT))  # transposed, which is faster with few columns
        backward += [(g, readout), (g.mT, h), (h.mT, h), (x.mT, h)]
    else:  # down to the points; the gradient of the output is the readout itself
        backward.append((first, h.mT))
    pairs = forward + backward
    outputs = [torch.bmm(a, b) for a, b in pairs]

    def run(n_steps: int) -> None:
        for _ in range(n_steps):
            for (a, b), out in zip(pairs, outputs, strict=True):
                torch.bmm(a, b, out=out)

    return run


class Way(NamedTuple):
    """What takes n steps, how many a run takes, and how many members take each."""

    run: Callable[[int], object]
    n_steps: int
    n_seeds: int = 1
    ours: bool = False


def cpu_time(way: Way) -> float:
    """Microseconds of the processor for a step of a member."""
    matmul, times = torch.backends.mkldnn.matmul, []
    settled = matmul.fp32_precision
    for precision in (settled,) if way.ours else (settled, "ieee"):
        matmul.fp32_precision = precision
        start = time.process_time()
        way.run(way.n_steps)
        times.append(time.process_time() - start)
    matmul.fp32_precision = settled
    return min(times) / (way.n_steps * way.n_seeds) * 1e6


def others(x: Tensor) -> dict[str, Way]:
    return {
        "dsm eager": Way(lambda n: dsm_eager(x, n), 200),
        "langevin eager": Way(lambda n: langevin_eager(x, n), 200),
        "dsm torchebm": Way(lambda n: torchebm("dsm", x, n), 100),
        "cd torchebm": Way(lambda n: torchebm("cd", x, n), 10),
        "pcd torchebm": Way(lambda n: torchebm("pcd", x, n), 10),
    }


def ours(n_seeds: int) -> dict[str, Way]:
    """Our ways for so many members, and their arithmetic."""

    def trained(method: TrainedMethod, n_steps: int) -> Way:
        return Way(lambda n: train_ours(method, n), n_steps, n_seeds, True)

    energies, few = cd(n_seeds), max(20, 1000 // n_seeds)
    return {
        "dsm": trained(dsm(n_seeds), STEPS["dsm"]),
        "energy dsm": trained(energy_dsm(n_seeds), STEPS["dsm"]),
        "cd": trained(energies, STEPS["cd"]),
        "pcd": trained(pcd(n_seeds), STEPS["cd"]),
        "langevin": Way(lambda n: langevin_ours(energies, n), STEPS["langevin"], n_seeds, True),
        "dsm products": Way(products(n_seeds, "dsm"), few, n_seeds),
        "langevin products": Way(products(n_seeds, "langevin"), few, n_seeds),
    }


def jax(n_seeds: int) -> dict[str, Way]:
    """JAX' ways for so many members, compiled; nothing where it is not installed."""
    if not WITH_JAX:
        return {}
    import by_jax

    x = cell("dsm_as_described", n_seeds)[1].x_train

    def way(build: Callable[[np.ndarray, int], Callable[[], object]], n_steps: int) -> Way:
        run = build(x, n_steps)
        return Way(lambda _: run(), n_steps, n_seeds)

    return {
        "dsm jax": way(by_jax.dsm, STEPS["dsm"]),
        "langevin jax": way(by_jax.langevin, STEPS["langevin"]),
    }


#: Title, numerator and denominator of each column.
RATIOS = (
    ("DSM: eager loop / ours", "dsm eager", "dsm"),
    ("JAX / ours", "dsm jax", "dsm"),
    ("ours / its products", "dsm", "dsm products"),
    ("Langevin: eager / ours", "langevin eager", "langevin"),
    ("JAX / ours", "langevin jax", "langevin"),
    ("ours / its products", "langevin", "langevin products"),
    ("DSM of an energy: torchebm / ours", "dsm torchebm", "energy dsm"),
    ("CD: torchebm / ours", "cd torchebm", "cd"),
    ("PCD: torchebm / ours", "pcd torchebm", "pcd"),
)


def measure(n_seeds: int, n_runs: int = N_RUNS) -> dict[str, list[float]]:
    """Microseconds of every way, a list over the runs, in which they take turns."""
    x = torch.from_numpy(cell("dsm_as_described", 1)[1].x_train[0]).float()
    ways = {**others(x), **jax(n_seeds), **ours(n_seeds)}
    for way in ways.values():
        way.run(2)
    runs = [{name: cpu_time(way) for name, way in ways.items()} for _ in range(n_runs)]
    return {name: [run[name] for run in runs] for name in ways}


def ratio(times: dict[str, list[float]], over: str, under: str) -> float:
    return float(np.median(np.divide(times[over], times[under])))


def energy_distances(
    score: Callable[[Tensor], Tensor], sequences: Sequence[np.random.SeedSequence], truth: Reference
) -> list[float]:
    """Of the ends of Langevin chains from N(0, I), a number a member."""
    noise = Noise(sequences)
    with torch.no_grad():
        ends = langevin(score, noise.normal(2000, 2), noise, step=5e-3, n_steps=500)
    return [two_sample_distances(x, truth).energy_distance for x in ends.double().numpy()]


def score_of(model, x: Tensor) -> Tensor:
    """torchebm's, of points [1, N, 2]."""
    return -model.gradient(x[0]).unsqueeze(0)


def quality(
    kind: str, build: Callable[[int], TrainedMethod], n_steps: int, n_seeds: int
) -> dict[str, list[float]]:
    """Energy distances to the truth after equal numbers of steps, by whose parameters they are.

    Ours are the last ones, as torchebm's, or their average.
    """
    _, task = cell("ebm", n_seeds)  # that of every model
    y = task.density.sample(10_000, np.random.default_rng(seed_sequence(0, "reference")))
    truth, sequences = (
        Reference.of(y, bandwidth_ladder(median_distance(y), 6)),
        streams("sample", n_seeds),
    )
    found = {}
    for name, averaging in (("ours, last", 0.0), ("ours, averaged", AVERAGING)):
        method = build(n_seeds)
        averaged = method.knobs.training.model_copy(update={"averaging": averaging})
        method.knobs = method.knobs.model_copy(update={"training": averaged})
        train_ours(method, n_steps)
        found[name] = energy_distances(partial(method.score_at, time=0.0), sequences, truth)
    theirs = found["torchebm's"] = []
    for seed, (x, sequence) in enumerate(zip(task.x_train, sequences, strict=True)):
        model = torchebm(kind, torch.from_numpy(x).float(), n_steps, seed)
        theirs += energy_distances(partial(score_of, model), [sequence], truth)
    return found


def main() -> None:
    configure_torch()
    torch.manual_seed(0)  # of the networks of others
    if not WITH_JAX:
        print("JAX is left out: `pip install -r workflow/envs/requirements-jax.txt` adds it\n")
    ratios = [entry for entry in RATIOS if WITH_JAX or "jax" not in entry[1]]
    print(f"| seeds | {' | '.join(title for title, _, _ in ratios)} |")
    print("|---:" * (1 + len(ratios)) + "|")
    measured = {}
    for n in SEEDS:
        times = measured[n] = measure(n)
        cells = [f"{ratio(times, over, under):.2f}" for _, over, under in ratios]
        print(f"| {n} | {' | '.join(cells)} |", flush=True)
    print("\nmicroseconds a step and member, of 1, 10 and 100 seeds")
    for name in measured[1]:
        medians = [np.median(measured[n][name]) for n in (1, 10, 100)]
        print(f"{name:<20}" + "".join(f"{median:>9.1f}" for median in medians))
    print("\nenergy distances after equal steps, means and standard errors; p against torchebm's")
    for kind, build, n_steps in (("dsm", energy_dsm, 2000), ("pcd", pcd, 1000)):
        found = quality(kind, build, n_steps, N_PAIRS)
        theirs = found["torchebm's"]
        for name, distances in found.items():
            error = np.std(distances, ddof=1) / math.sqrt(N_PAIRS)
            told = f"{kind:<4}{n_steps:>5} steps, {name:<15}{np.mean(distances):.4f} +- {error:.4f}"
            ours = name.startswith("ours")
            print(told + (f" p = {wilcoxon(distances, theirs).pvalue:.2g}" if ours else ""))


if __name__ == "__main__":
    main()
