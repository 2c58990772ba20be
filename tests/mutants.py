"""Mutation tests: makes mistakes one by one in a copy of the package, and runs the unit tests.

    python tests/mutants.py --n 40 --seed 0 [--timeout 60] [--jobs 2] [--suite DIR]

Statements of workflow/gen2d are drawn at random, with one mutation each. The draw depends only on
the seed and the statement's text, so that another checkout, `--suite DIR`, gets the same mutants
wherever its code is the same. A mutant is tested by the files of tests/unit that import its module,
nearest first, until a test fails. If tests still run at the timeout, the mutant counts as caught if
they get further without the mutation in a third of that time, and as surviving otherwise.
"""

import argparse
import itertools
import random
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from mutation.mutations import Finder, Statement, shown
from mutation.runs import Trials

ROOT = Path(__file__).parents[1]


def candidates(root: Path) -> list[Statement]:
    """Statements of a checkout's package that have mutations."""
    package = root / "workflow/gen2d"
    return [
        statement
        for path in sorted(package.rglob("*.py"))
        if path.name != "__main__.py"
        for statement in Finder(path.read_bytes()).statements(str(path.relative_to(root)))
    ]


def drawn(statements: list[Statement], n: int, seed: int) -> list[Statement]:
    """n statements drawn at random, each with one mutation."""
    seen: Counter[str] = Counter()
    keyed = []
    for statement in statements:
        key = f"{seed} {seen[statement.text]} {statement.text}"
        seen[statement.text] += 1
        keyed.append((sha256(key.encode()).hexdigest(), statement))
    keyed.sort(key=lambda pair: pair[0])
    return [
        replace(statement, mutations=(random.Random(key).choice(statement.mutations),))
        for key, statement in keyed[:n]
    ]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=40, help="mutants")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--timeout", type=float, default=60, help="seconds of a mutant's tests")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    parser.add_argument("--suite", type=Path, default=ROOT, help="checkout to mutate and test")
    chosen = parser.parse_args(arguments)
    project = chosen.suite.resolve()
    mutants = drawn(candidates(project), chosen.n, chosen.seed)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(chosen.jobs) as pool:
        trials = Trials(project, Path(folder), chosen.jobs, chosen.timeout)
        caught = list(pool.map(trials.tried, mutants))
    print(f"caught {sum(caught)} of {len(caught)}")
    for statement in itertools.compress(mutants, [not one for one in caught]):
        print(f"survived: {shown(statement)}")


if __name__ == "__main__":
    main(sys.argv[1:])
