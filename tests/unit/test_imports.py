"""Imports point one way; the torch-free stages import no torch."""

import ast
import subprocess
import sys

import pytest

from gen2d.plan.stages import STAGES

# Each layer may import those after it, and modules of its own layer only where allowed below.
LAYERS = [
    {"__main__"},
    {"runner"},
    {"stages", "score"},
    {"cells"},
    {"job"},
    {"explorer", "figures", "report", "training"},
    {"methods", "metrics"},
    {"networks", "samplers", "densities", "quadrature", "rows", "targets", "views"},
    {"noise", "arithmetic"},
    {"seeding", "files"},
    {"plan"},
    {"config"},
    {"plugins"},
    {"digests", "errors", "doctor"},
]
WITHIN = {
    "explorer",
    "figures",
    "report",
    "methods",
    "metrics",
    "densities",
    "plan",
    "config",
}  # their own base modules
ALSO = {
    ("report", "metrics"),
    ("config", "files"),  # to check a file of points, when there is one
    ("errors", "plan"),  # to say who makes a file, when an error is made
}
LATE = ALSO - {("report", "metrics")}
"""Of these, imports in a function alone: they would be circles at the top of a module."""


def level(part):
    return next(i for i, layer in enumerate(LAYERS) if part in layer)


def imported(tree):
    """The modules of gen2d that a module imports, and whether it does so when it is imported."""
    late = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "gen2d":
            within = node.module.split(".")[1:2]
            names = within or [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name.split(".") for alias in node.names]
            names = [name[1] for name in modules if name[0] == "gen2d" and name[1:]]
        else:
            continue
        yield from ((name, id(node) in late) for name in names)


def upward(part, source):
    """The parts of gen2d that a module of a part may not import, but does."""
    return [
        name
        for name, is_late in imported(ast.parse(source))
        if not (
            level(name) > level(part)
            or (name == part and part in WITHIN)
            or ((part, name) in ALSO and (is_late or (part, name) not in LATE))
            or (part == "stages" and level(name) >= level(part))
        )
    ]


def test_imports_point_one_way(root):
    package = root / "workflow/gen2d"
    sources = [path for path in package.rglob("*.py") if path != package / "__init__.py"]
    checked = 0
    for path in sources:
        part, source = path.relative_to(package).parts[0].removesuffix(".py"), path.read_text()
        assert upward(part, source) == [], path.relative_to(package)
        checked += len(list(imported(ast.parse(source))))
    assert checked > 200


@pytest.mark.parametrize(
    ("part", "source", "found"),
    [
        ("files", "from gen2d.job import Job", ["job"]),
        ("files", "def f():\n    from gen2d.job import Job", ["job"]),
        ("plan", "from gen2d import files", ["files"]),
        ("plan", "from gen2d import errors, files", ["files"]),
        ("plan", "import gen2d.seeding", ["seeding"]),
        ("config", "from gen2d.plan.spec import Plan", ["plan"]),
        ("config", "from gen2d import files", ["files"]),
        ("config", "def f():\n    from gen2d import files", []),
        ("errors", "from gen2d.plan.stages import maker", ["plan"]),
        ("errors", "def f():\n    from gen2d.plan.stages import maker", []),
        ("digests", "from gen2d.errors import FileError", ["errors"]),
        ("job", "from gen2d.cells import build", ["cells"]),
        ("methods", "from gen2d.metrics.suite import measure", ["metrics"]),
        ("metrics", "from gen2d.methods import base", ["methods"]),
        ("methods", "from gen2d.job import Job\nfrom gen2d.noise import Noise", ["job"]),
        ("methods", "from gen2d.methods.base import Method", []),
        ("networks", "from gen2d.networks import Network", ["networks"]),
        ("stages", "from gen2d.stages.exact import LOSSES\nfrom gen2d import runner", ["runner"]),
        ("report", "import gen2d.report\nfrom gen2d.stages import report", ["stages"]),
    ],
)
def test_an_upward_import_is_noticed(part, source, found):
    assert upward(part, source) == found


def test_methods_import_no_other_method(root):
    shared = {"base", "trained", "regression", "scored", "multilevel", "ebm", "sm"}
    for source in (root / "workflow/gen2d/methods").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("gen2d.methods."):
                assert node.module.rpartition(".")[2] in shared, source.name


def test_torch_is_imported_by_those_who_need_it(root):
    """One after the other in one process: the first that imports torch is named."""
    stages = ("data", "reference", "exact", "sample", "likelihood", "evaluate", "collect")
    stages += ("summary", "verdicts", "report", "fields", "explorer")
    stages += ("config", *(name for name in STAGES if name.startswith("figure_")))
    modules = [f"gen2d.stages.{stage}" for stage in stages]
    modules += ["gen2d.cells", "gen2d.runner", "gen2d.methods.baselines"]
    code = (
        "import importlib, sys\n"
        "for module in sys.argv[1:]:\n"
        "    importlib.import_module(module)\n"
        "    if 'torch' in sys.modules:\n"
        "        sys.exit(module)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *modules],
        env={"PYTHONPATH": str(root / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
