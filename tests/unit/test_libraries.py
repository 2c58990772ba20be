"""The libraries that jobs depend on: all that their stages, methods and plug-ins compute with."""

import ast
import json
from importlib.metadata import version

import pytest

from gen2d.config import DATASETS, METHODS
from gen2d.plan import code, knobs
from gen2d.plan.stages import STAGES
from studies import plan_of, spec_of, values_of

LIBRARIES = {
    **{name: name for name in ("bokeh", "matplotlib", "numpy", "pandas", "scipy")},
    **{name: name for name in ("snakemake", "torch", "typst")},
    "PIL": "pillow",
}
"""By the names of their modules, those of their packages."""
APART = {"gen2d.storage.files", "gen2d.job", "gen2d.runner"}
"""Read and write whatever there is: what a job does not use of it does not count."""
NOT_IMPORTED = {
    "explorer_page": {"bokeh"},  # its script is inlined
    "report": {"matplotlib", "snakemake", "torch"},  # it prints their versions
}
NOT_USED = {"data": {"scipy"}}  # by what draws points of a density


def imported(module):
    """What runs with a module imports: not what is for type checkers alone."""
    source = code._source(module)
    if source is None or module in APART or f"{module}.".startswith(code.LEFT_OUT):
        return set()
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    above = module.rpartition(".")[0]
    return {above, *code._imported(tree, module if source.name == "__init__.py" else above)}


def used_libraries(modules):
    found, queue = set(), [*modules]
    while queue:
        if (module := queue.pop()) not in found:
            found.add(module)
            queue += imported(module)
    return {LIBRARIES[name] for m in found if (name := m.partition(".")[0]) in LIBRARIES}


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_stage_declares_the_libraries_that_it_computes_with(stage):
    """Transitively, with the laws and methods that its jobs may be of."""
    of_models = issubclass(stage.knobs, knobs.ModelKnobs | knobs.RecordHistoryKnobs)
    of_datasets = of_models or issubclass(stage.knobs, knobs.DatasetKnobs)
    registered = [*(DATASETS.values() if of_datasets else ())]
    registered += METHODS.values() if of_models else ()
    own = {knobs_class.implementation.partition(":")[0] for knobs_class in registered}
    used = used_libraries({*stage.modules, *own})
    used |= NOT_IMPORTED.get(stage.name, set())
    assert set(stage.libraries) == used - NOT_USED.get(stage.name, set())


PLUGIN = """
from typing import ClassVar, Literal

import yaml

import mine_helper
from gen2d.config import Dataset
from gen2d.densities.gaussian_mixture import Gaussians


class K(Dataset):
    kind: Literal["mine"]
    implementation: ClassVar[str] = "Mine"


class Mine(Gaussians):
    pass
"""


def test_a_job_depends_on_the_libraries_of_its_plugin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "mine_helper.py").write_text("import json\nfrom msgspec import Struct\n")
    monkeypatch.syspath_prepend(tmp_path)
    code.forget()
    datasets = {"mine": {"kind": "mine"}, "moons": {"kind": "moons"}}
    plan = plan_of(
        values_of({"truth": {"method": "truth"}}, plugins=["mine.py"], datasets=datasets)
    )
    for stage in ("data", "reference", "exact", "sample", "evaluate"):
        cell = {"seeds": "seeds0-9", "model": "truth"}
        libraries = {
            name: json.loads(spec_of(plan, stage, dataset=name, **cell))["libraries"]
            for name in datasets
        }
        assert set(libraries["moons"]) == set(STAGES[stage].libraries)
        added = {"PyYAML": version("PyYAML"), "msgspec": version("msgspec")}
        assert libraries["mine"] == libraries["moons"] | added
    # Those that read them without the plug-in's code have not.
    assert "PyYAML" not in json.loads(spec_of(plan, "collect"))["libraries"]
    code.forget()
