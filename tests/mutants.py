"""Which mistakes the unit tests notice: one at a time is made in a copy of the package.

    python tests/mutants.py --n 40 --seed 0 [--timeout 60] [--jobs 2] [--suite DIR]

Statements of workflow/gen2d are drawn at random, and one mutation of each. The draw goes by the
seed and the text of the statement alone, so that another checkout, `--suite DIR`, gets the same
mutants wherever its code is the same. A mutant gets the files of tests/unit that import its module,
nearest first, until a test fails. One that still runs at the timeout is caught if the tests get
further without the mutation in a third of that time, and survives otherwise.
"""

import argparse
import ast
import heapq
import itertools
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = (".git", ".venv", ".snakemake", ".hypothesis", ".pytest_cache", ".ruff_cache", "results")
LEFT_OUT += ("__pycache__",)

COMPARISONS = {
    ast.Lt: (r"<", "<="),
    ast.LtE: (r"<=", "<"),
    ast.Gt: (r">", ">="),
    ast.GtE: (r">=", ">"),
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
}
ARITHMETIC = {
    ast.Add: (r"\+", "-"),
    ast.Sub: (r"-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.Div: (r"/", "*"),
}
LOGIC = {ast.And: (r"\band\b", "or"), ast.Or: (r"\bor\b", "and")}
NESTING = (ast.stmt, ast.excepthandler, ast.match_case)
SLOWER = 3  # times as slow as without its mutation, a mutant counts as caught
MESSAGES = ("print", "warnings.warn", "sys.exit")
"""Calls whose arguments are for people."""


# --- mutations ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutation:
    """Another text for the bytes from start to end of a module."""

    start: int
    end: int
    line: int
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


@dataclass(frozen=True)
class Statement:
    """A statement of a module, without the statements in it, and its mutations."""

    file: str
    text: str
    mutations: tuple[Mutation, ...]


class Finder:
    """The mutations of a module."""

    def __init__(self, source: bytes):
        self.source = source
        lengths = [len(line) for line in source.splitlines(keepends=True)]
        self.starts = [sum(lengths[:i]) for i in range(len(lengths))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def change(self, node: ast.AST, after: str) -> Mutation:
        start, end = self.span(node)
        return Mutation(start, end, node.lineno, self.source[start:end].decode(), after)

    def between(self, node: ast.AST, parts: list[ast.AST], swaps: list) -> Iterator[Mutation]:
        """Swaps the operators that stand between the parts of a node, one at a time."""
        for left, right, (sign, other) in zip(parts, parts[1:], swaps, strict=False):
            gap = slice(self.span(left)[1], self.span(right)[0])
            changed, n = re.subn(sign, other, self.source[gap].decode())
            if n == 1:
                start, end = self.span(node)
                text = self.source[start : gap.start].decode() + changed
                text += self.source[gap.stop : end].decode()
                yield self.change(node, text)

    def negated(self, test: ast.expr) -> Mutation:
        start, end = self.span(test)
        return self.change(test, f"not ({self.source[start:end].decode()})")

    def of_expression(self, node: ast.AST) -> Iterator[Mutation]:
        """The mutations of an expression and of all in it."""
        match node:
            case ast.JoinedStr():
                return
            case ast.Call(func=called) if ast.unparse(called) in MESSAGES:
                return
            case ast.keyword(arg="strict"):  # of zip: a check, which no working code fails
                return
            case ast.Compare():
                swaps = [COMPARISONS[type(operator)] for operator in node.ops]
                yield from self.between(node, [node.left, *node.comparators], swaps)
            case ast.BinOp(op=operator) if type(operator) in ARITHMETIC and not is_text(node):
                yield from self.between(node, [node.left, node.right], [ARITHMETIC[type(operator)]])
            case ast.BoolOp():
                swaps = [LOGIC[type(node.op)]] * (len(node.values) - 1)
                yield from self.between(node, node.values, swaps)
            case ast.IfExp():
                yield self.negated(node.test)
            case ast.comprehension():
                for test in node.ifs:
                    yield self.negated(test)
            case ast.Constant(value=bool()):
                yield self.change(node, str(not node.value))
            case ast.Constant(value=int()):
                yield self.change(node, str(node.value + 1))
            case ast.Constant(value=float()):
                yield self.change(node, repr(2 * node.value or 1.0))
        for child in ast.iter_child_nodes(node):
            yield from self.of_expression(child)

    def of_statement(self, node: ast.stmt) -> Iterator[Mutation]:
        """The mutations of a statement, but for the statements in it."""
        match node:
            case ast.Raise() | ast.Import() | ast.ImportFrom():
                return
            case ast.Expr(value=ast.Constant()):  # a docstring
                return
            case ast.Expr(value=ast.Call(func=called)) if ast.unparse(called) in MESSAGES:
                return
            case ast.Expr() | ast.AugAssign():
                yield self.change(node, "pass")
            case ast.Return(value=value) if value and ast.unparse(value) != "None":
                yield self.change(value, "None")
            case ast.If():
                yield self.negated(node.test)
        types = (getattr(node, "annotation", None), getattr(node, "returns", None))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.arguments):
                for default in (*child.defaults, *filter(None, child.kw_defaults)):
                    yield from self.of_expression(default)
            elif child not in types and not isinstance(child, NESTING):
                yield from self.of_expression(child)

    def statements(self, file: str) -> Iterator[Statement]:
        """The statements that have mutations."""

        def visit(node: ast.AST) -> Iterator[Statement]:
            if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
                return
            if isinstance(node, ast.stmt):
                start, end = self.span(node)
                inner = [part for part in ast.walk(node) if isinstance(part, ast.stmt)][1:]
                end = min([end, *(self.span(part)[0] for part in inner)])
                if mutations := tuple(dict.fromkeys(self.of_statement(node))):
                    yield Statement(file, self.source[start:end].decode().strip(), mutations)
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr):
                    yield from visit(child)

        yield from visit(ast.parse(self.source))


def is_text(node: ast.BinOp) -> bool:
    """Whether an operand is a literal text."""
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def candidates(root: Path) -> list[Statement]:
    """The statements of a checkout's package that have mutations."""
    package = root / "workflow/gen2d"
    return [
        statement
        for path in sorted(package.rglob("*.py"))
        if path.name != "__main__.py"
        for statement in Finder(path.read_bytes()).statements(str(path.relative_to(root)))
    ]


def drawn(statements: list[Statement], n: int, seed: int) -> list[Statement]:
    """Some of the statements, each with one mutation."""
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


# --- the tests of a module ------------------------------------------------------------------------


def module_name(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class Imports:
    """What the modules and unit tests of a checkout import or name in a text."""

    def __init__(self, root: Path):
        package, tests = root / "workflow/gen2d", root / "tests"
        self.tests = {
            module_name(path, tests): str(path.relative_to(root))
            for path in sorted(tests.glob("unit/test_*.py"))
            if path.name != f"test_{Path(__file__).name}"
        }
        sources = {module_name(path, package.parent): path for path in package.rglob("*.py")}
        sources |= {module_name(path, tests): path for path in tests.glob("*.py")}
        del sources["conftest"]  # every test has it
        sources |= {name: root / path for name, path in self.tests.items()}
        self.trees = {name: ast.parse(path.read_bytes()) for name, path in sources.items()}
        self.edges = {name: set(self.named(name)) for name in self.trees}
        self.reached = {test: self.distances(test) for test in self.tests}

    def named(self, module: str) -> Iterator[tuple[str, int]]:
        """The modules that one imports or names in a text, and how far away they are."""
        tree = self.trees[module]
        docstrings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        for node in ast.walk(tree):
            match node:
                case ast.Import():
                    yield from ((a.name, 1) for a in node.names if a.name in self.trees)
                case ast.ImportFrom() if node.module in self.trees:
                    yield from ((self.origin(node.module, a.name), 1) for a in node.names)
                case ast.Constant(value=str(text)) if node not in docstrings:
                    # The package's texts are registries; tests name what they do not run too.
                    step = 3 if module in self.tests else 1
                    for name in re.findall(r"\bgen2d(?:\.\w+)+\.?", text):
                        yield from ((other, step) for other in self.matching(name))

    def matching(self, name: str) -> list[str]:
        """A module by its name, or those of a package: the text before a {name} ends in a dot."""
        if name.endswith("."):
            return [module for module in self.trees if module.startswith(name)]
        return [name] if name in self.trees else []

    def origin(self, module: str, name: str) -> str:
        """The module that a name imported from another is defined in."""
        if f"{module}.{name}" in self.trees:
            return f"{module}.{name}"
        for node in self.trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.module in self.trees:
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        return self.origin(node.module, alias.name)
        return module

    def distances(self, test: str) -> dict[str, int]:
        """How many imports away from a test every module is that it reaches."""
        found: dict[str, int] = {}
        waiting = [(0, test)]
        while waiting:
            distance, name = heapq.heappop(waiting)
            if name not in found:
                found[name] = distance
                for other, step in self.edges[name]:
                    heapq.heappush(waiting, (distance + step, other))
        return found

    def of(self, module: str) -> list[str]:
        """The unit tests that reach a module, nearest first; all of them if none does."""
        own = module.rpartition(".")[2]
        near = [
            (distances[module], own not in test, test)
            for test, distances in self.reached.items()
            if module in distances
        ]
        return [self.tests[test] for *_, test in sorted(near)] or list(self.tests.values())


# --- runs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """How a run of tests ended.

    Args:
        failed: The first test that failed; "" if none did.
        late: Whether the time was out before.
        n_passed: Tests that passed until then.
        seconds: Wall time.
    """

    failed: str
    late: bool
    n_passed: int
    seconds: float


def run(project: Path, tests: list[str], without: set[str], timeout: float) -> Run:
    """Runs tests of a project until one fails."""
    started = time.monotonic()
    options = ["-x", "-q", "-p", "no:cacheprovider", *(f"--deselect={test}" for test in without)]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=project,
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(project / "workflow"),  # before an installed one
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    late = False
    try:
        said, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        late = True
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
    progress = re.findall(r"^[.sxXFE]+(?= +\[|$)", said, flags=re.MULTILINE)
    failed = re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - |$)", said, flags=re.MULTILINE)
    if not late and not failed and process.returncode:
        failed = [f"pytest exits {process.returncode}"]
    seconds = time.monotonic() - started
    return Run("" if late else "".join(failed[:1]), late, "".join(progress).count("."), seconds)


class Trials:
    """Mutants tried in copies of a project."""

    def __init__(self, project: Path, folder: Path, jobs: int, timeout: float):
        self.timeout = timeout
        self.imports = Imports(project)
        self.clean: dict[tuple[str, ...], Run] = {}  # runs without a mutation
        self.broken: set[str] = set()  # tests that fail without one
        self.copies: queue.Queue[Path] = queue.Queue()
        for i in range(jobs):
            copy = folder / f"copy{i}"
            shutil.copytree(project, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
            self.copies.put(copy)

    def without_mutation(self, copy: Path, tests: list[str]) -> Run:
        """The run of tests in a fraction of the time."""
        key = tuple(tests)
        if key not in self.clean:
            self.clean[key] = run(copy, tests, self.broken, self.timeout / SLOWER)
        return self.clean[key]

    def is_sound(self, found: Run, copy: Path, files: list[str]) -> bool:
        """Whether a run ended as it did for its mutation."""
        if found.late:
            clean = self.without_mutation(copy, files)
            return not clean.late or clean.n_passed > found.n_passed
        if found.failed and self.without_mutation(copy, [found.failed]).failed == found.failed:
            print(f"left out, as it fails without a mutation: {found.failed}")
            self.broken.add(found.failed)
            return False
        return True

    def verdict(self, statement: Statement, copy: Path) -> tuple[bool, str]:
        """Whether the tests catch a mutant, and how."""
        path = copy / statement.file
        source = path.read_bytes()
        files = self.imports.of(module_name(path, copy / "workflow"))
        while True:
            try:
                path.write_bytes(statement.mutations[0].applied(source))
                found = run(copy, files, self.broken, self.timeout)
            finally:
                path.write_bytes(source)
            sound = self.is_sound(found, copy, files)
            if found.late or sound:
                break
        seconds = f"{found.seconds:.0f} s"
        if found.failed:
            return True, f"caught in {seconds} by {found.failed}"
        if found.late and sound:
            return True, f"caught: timed out after {seconds} and {found.n_passed} tests"
        more = ", when the time was out" if found.late else ""
        return False, f"SURVIVED {found.n_passed} tests in {seconds}{more}"

    def tried(self, statement: Statement) -> bool:
        """Whether the tests catch a mutant; says so."""
        copy = self.copies.get()
        try:
            caught, verdict = self.verdict(statement, copy)
        finally:
            self.copies.put(copy)
        print(f"{shown(statement)}\n    {verdict}", flush=True)
        return caught


def shown(statement: Statement) -> str:
    """Where a mutation is, and what it does."""
    (mutation,) = statement.mutations
    texts = (mutation.before, mutation.after, statement.text)
    before, after, whole = (textwrap.shorten(text, 100) for text in texts)
    within = "" if whole.startswith(before) else f" in {whole}"
    return f"{statement.file}:{mutation.line}: {before} -> {after}{within}"


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
