"""What no contract of `make lint` says of imports: methods stand alone; some import no torch."""

import ast
import re
import tomllib

from fresh import python
from gen2d.plan.stages import STAGES


def test_the_picture_of_the_rooms_is_that_of_the_contract(root):
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    command, *rooms = contracts["contracts"][0]["layers"]
    page = (root / "workflow/README.md").read_text()
    (drawn,) = re.findall(r"```mermaid\nflowchart TD\n(.*?)```", page, re.S)
    edges = [line.strip().split(" --> ") for line in drawn.splitlines()]
    shown = [room.replace(" | ", " & ") for room in rooms]
    assert command == "__main__"
    first = ["main[the command gen2d]", *shown]
    assert edges == [list(pair) for pair in zip(first, shown, strict=False)]


def test_methods_import_no_other_method(root):
    shared = {"base", "flat_adam", "trained", "regression", "scored", "multilevel"}
    shared |= {"quadrature", "targets"}
    for source in (root / "workflow/gen2d/methods").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("gen2d.methods."):
                assert node.module.rpartition(".")[2] in shared, source.name


def test_torch_is_imported_by_those_who_need_it(root):
    """One after the other in one process: the first that imports torch is named."""
    stages = ("data", "reference", "exact", "sample", "likelihood", "evaluate", "collect")
    stages += ("summary", "verdicts", "report", "exact_grids", "explorer_page")
    stages += ("config", *(name for name in STAGES if name.startswith("figure_")))
    modules = [module for stage in stages for module in STAGES[stage].modules]
    modules += ["gen2d.stages.cells", "gen2d.runner", "gen2d.methods.baselines"]
    code = (
        "import importlib, sys\n"
        "for module in sys.argv[1:]:\n"
        "    importlib.import_module(module)\n"
        "    if 'torch' in sys.modules:\n"
        "        sys.exit(module)\n"
    )
    python(root, code, *modules)


def test_planning_imports_neither_torch_nor_numpy(root):
    """All that Snakemake does for every job; but for a bad plug-in, and a file of points."""
    script = (
        "import sys\n"
        "from gen2d import config\n"
        "from gen2d.plan.spec import Plan\n"
        "from gen2d.plan.stages import STAGES\n"
        "plan = Plan(STAGES, config.load(config.read_file('config.yaml')))\n"
        "config.check_files(['config.yaml'])\n"
        "for stage, cell in plan.jobs(STAGES.values()):\n"
        "    plan.check_cell(stage, cell)\n"
        "    plan.spec(stage, cell), plan.planned(stage, cell).text()\n"
        "heavy = ('torch', 'numpy', 'scipy', 'pandas', 'matplotlib')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert python(root, script, cwd=root).stdout.strip() == "[]"
