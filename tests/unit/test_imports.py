"""Imports point one way; the torch-free stages import no torch."""

import ast
import subprocess
import sys

# Each layer may import those after it, and modules of its own layer only where allowed below.
LAYERS = [
    {"__main__"},
    {"stages", "score"},
    {"cells"},
    {"explorer", "figures", "report", "training"},
    {"methods", "metrics"},
    {"networks", "samplers", "densities", "quadrature", "rows", "targets", "views"},
    {"noise", "arithmetic"},
    {"seeding", "files", "jobs", "config", "plugins"},
    {"digests", "errors", "doctor"},
]
WITHIN = {
    "explorer",
    "figures",
    "report",
    "methods",
    "metrics",
    "densities",
    "config",
}  # their own base modules
ALSO = {("report", "metrics"), ("jobs", "config"), ("config", "plugins"), ("config", "files")}


def level(part):
    return next(i for i, layer in enumerate(LAYERS) if part in layer)


def test_imports_point_one_way(root):
    package = root / "workflow/gen2d"
    checked = 0
    for source in package.rglob("*.py"):
        part = source.relative_to(package).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.module.startswith("gen2d"):
                continue
            names = node.module.split(".")[1:] or [alias.name for alias in node.names]
            allowed = (
                level(names[0]) > level(part)
                or (names[0] == part and part in WITHIN)
                or (part, names[0]) in ALSO
                or part == "stages"
            )
            assert allowed, f"{source.relative_to(package)} imports {'.'.join(names)}"
            checked += 1
    assert checked > 40


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
    stages += tuple(f"figure_{name}" for name in ("losses", "samples", "metrics", "cost", "scores"))
    modules = [f"gen2d.stages.{stage}" for stage in stages]
    modules += ["gen2d.cells", "gen2d.methods.baselines"]
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
