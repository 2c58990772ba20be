"""What the package imports is what its lists of dependencies install."""

import ast
import re
import sys
import tomllib

import pytest
import yaml

from gen2d.metrics.catalogue import MODULES

NAMES = {"PIL": "pillow", "yaml": "pyyaml"}  # that are not those of their packages
MORE = {package.lower() for package in MODULES}  # of metrics that are taken where asked for
NAMES |= {module: package.lower() for package, module in MODULES.items()}
# Installed, in the one version that fits, with another.
OF_OTHERS = {"pydantic_core": "pydantic", "threadpoolctl": "scikit-learn"}


@pytest.fixture(scope="module")
def imported(root):
    """The packages that modules of gen2d import."""
    found = set()
    for source in (root / "workflow/gen2d").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    foreign = found - sys.stdlib_module_names - {"gen2d"}
    return {OF_OTHERS.get(name, NAMES.get(name, name)) for name in foreign}


def named(lines):
    """Packages and the rest of their lines."""
    return dict(re.match(r"([\w-]+)(.*)", line).groups() for line in lines)


def test_the_package_declares_what_it_imports(root, imported):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert len(imported) > 8
    assert imported - MORE <= named(project["dependencies"]).keys()
    assert imported & MORE == named(project["optional-dependencies"]["more"]).keys() == MORE


def test_the_environment_of_jobs_has_what_they_import_in_the_versions_of_the_study(root, imported):
    text = (root / "workflow/envs/environment.yaml").read_text()
    installed = named(yaml.safe_load(text)["dependencies"][-1]["pip"])
    pins = (root / "workflow/envs/requirements.txt").read_text().splitlines()
    pinned = named(line for line in pins if not line.startswith("#"))
    assert imported - MORE <= installed.keys()
    assert {name: pinned[name] for name in installed} == installed
