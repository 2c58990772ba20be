"""What no contract of `make lint` says of imports: methods stand alone; some import no torch."""

import ast

from fresh import python
from gen2d.plan.stages import STAGES


def test_methods_import_no_other_method(root):
    shared = {"base", "trained", "regression", "scored", "multilevel", "ebm", "sm"}
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
