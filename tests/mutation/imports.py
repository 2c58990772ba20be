"""The unit tests that may notice a mutation of a module: those that import it, nearest first."""

import ast
import heapq
import re
from collections.abc import Iterator
from pathlib import Path


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
            if path.name != "test_mutants.py"
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
                    if module in self.tests:  # which ask for jobs by their stages' names
                        of_figure = text.removeprefix("figure_")
                        asked = (f"gen2d.stages.{text}", f"gen2d.figures.{of_figure}")
                        yield from ((other, 1) for other in asked if other in self.trees)

    def matching(self, name: str) -> list[str]:
        """A module by its name, or those of a package: the text before a {name} ends in a dot."""
        if name.endswith("."):
            return [module for module in self.trees if module.startswith(name)]
        return [name] if name in self.trees else []

    def origin(self, module: str, name: str) -> str:
        """The module that a name imported from another is defined in."""
        if f"{module}.{name}" in self.trees:
            return f"{module}.{name}"
        for node in ast.walk(self.trees[module]):  # with what is for type checkers
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
