"""The files about the project agree with each other: version, date, licence, Pythons, indents."""

import configparser
import re
import tomllib

import pytest
import yaml

from gen2d.config.methods.catalogue import RENAMED_METHODS
from gen2d.config.reading import RENAMED

VERSION = re.compile(r"^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)$", re.M)


@pytest.fixture(scope="module")
def pyproject(root):
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def jobs(root):
    """The workflow of GitHub, whose key `on` YAML 1.1 reads as true."""
    workflow = yaml.safe_load((root / ".github/workflows/tests.yaml").read_text())
    assert workflow[True].keys() == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    return workflow["jobs"]


def test_version_and_date_are_those_of_the_changelog(root, pyproject):
    releases = VERSION.findall((root / "CHANGELOG.md").read_text())
    assert [version for version, _ in releases][-1] == "0.1.0"
    assert releases == sorted(releases, reverse=True)
    cited = yaml.safe_load((root / "CITATION.cff").read_text())
    assert (cited["version"], str(cited["date-released"])) == releases[0]
    assert pyproject["project"]["version"] == releases[0][0]


def test_the_changelog_has_every_former_name(root):
    rows = (root / "CHANGELOG.md").read_text().splitlines()
    for former, new in {**RENAMED, **RENAMED_METHODS}.items():
        (row,) = (row for row in rows if row.startswith("| ") and f"`{former}`" in row)
        assert f"`{new}`" in row


def test_the_citation_has_what_its_schema_requires(root, pyproject):
    cited = yaml.safe_load((root / "CITATION.cff").read_text())
    assert cited["cff-version"] == "1.2.0"
    assert cited["message"] and cited["title"]
    assert [set(author) for author in cited["authors"]] == [{"name"}]
    assert cited["license"] == pyproject["project"]["license"]


def test_every_supported_python_is_tested(pyproject, jobs):
    tested = jobs["tests"]["strategy"]["matrix"]["python"]
    assert all(isinstance(version, str) for version in tested)  # 3.10 as a number is 3.1
    assert f">={tested[0]}" == pyproject["project"]["requires-python"]
    assert tested[0] == pyproject["tool"]["mypy"]["python_version"]
    minors = [int(version.removeprefix("3.")) for version in tested]
    assert minors == [*range(minors[0], minors[-1] + 1)]


def test_the_commands_of_the_workflow_are_those_of_the_makefile(root, jobs):
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands == ["make test", "make coverage"]
    targets = re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.M)
    assert {command.removeprefix("make ") for command in commands} <= set(targets)
    for job in jobs.values():
        for step in job["steps"]:
            if pattern := step.get("with", {}).get("cache-dependency-path"):
                assert [*root.glob(pattern)]


def test_editors_indent_as_the_linters_do(root, pyproject):
    editors = configparser.ConfigParser()
    editors.read_string("[top]\n" + (root / ".editorconfig").read_text())
    assert editors["top"]["root"] == "true"
    python = editors["*.{py,pyi,smk}"]
    assert int(python["max_line_length"]) == pyproject["tool"]["ruff"]["line-length"]
    assert int(python["max_line_length"]) == pyproject["tool"]["snakefmt"]["line_length"]
    assert editors["Makefile"]["indent_style"] == "tab"
