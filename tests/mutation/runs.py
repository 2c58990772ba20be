"""Runs of the tests on mutants, and whether what they say is due to the mutation."""

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mutation.imports import Imports, module_name
from mutation.mutations import Statement, shown

LEFT_OUT = (".git", ".venv", ".snakemake", ".hypothesis", ".pytest_cache", ".ruff_cache", "results")
LEFT_OUT += ("__pycache__",)
SLOWER = 3  # times as slow as without its mutation, a mutant counts as caught


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
