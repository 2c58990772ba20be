"""What a train job costs by its number of seeds: whole processes, in CPU seconds.

    python tests/benchmarks/jobs.py [MODEL]

Each number is the median of 5 jobs, which take turns; the start of the process is in it.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from gen2d.config import load, read_file
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES

SEEDS = (1, 10, 100)
N_RUNS = 5


def job(plan: Plan, stage: str, cell: dict[str, str], results: Path) -> float:
    """CPU seconds of a job."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    row = STAGES[stage]
    told = f"{plan.spec(row, cell)}\n{plan.planned(row, cell).text()}\n"
    before = spent()
    command = [sys.executable, "-m", "gen2d", "job", stage, str(results)]
    subprocess.run(command, input=told, text=True, check=True, stdout=subprocess.DEVNULL)
    return spent() - before


def main(arguments: list[str]) -> None:
    model = arguments[0] if arguments else "dsm_as_described"
    config = read_file(Path(__file__).parents[2] / "config.yaml")
    seconds: dict[int, list[float]] = {n: [] for n in SEEDS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(N_RUNS):
            for n, found in seconds.items():
                plan = Plan(STAGES, load({**config, "seeds": n, "seeds_per_job": n}))
                cell = {"dataset": "checkerboard", "model": model, "seeds": f"seeds0-{n - 1}"}
                job(plan, "data", cell, Path(folder))
                found.append(job(plan, "train", cell, Path(folder)))
    print(f"training {model}\n{'seeds':>5}{'CPU s':>9}{'over 10 seeds':>15}")
    for n, found in seconds.items():
        over = np.median(np.divide(found, seconds[10]))
        print(f"{n:>5}{np.median(found):>9.2f}{over:>15.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
