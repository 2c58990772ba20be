"""Every configuration plans the jobs of its golden file, with their files and chains of digests."""

import difflib

import pytest

from conftest import Project
from golden import planned


def check(configuration, text, root):
    file = planned.golden(configuration)
    differences = difflib.unified_diff(
        file.read_text().splitlines(),
        text.splitlines(),
        f"{file.relative_to(root)}",
        "now planned; `python tests/golden/planned.py` takes it as the golden one",
        n=6,
        lineterm="",
    )
    if shown := "\n".join(differences):
        pytest.fail(shown, pytrace=False)


@pytest.mark.parametrize("configuration", planned.CONFIGURATIONS)
def test_the_planned_jobs_are_the_golden_ones(configuration, root):
    check(configuration, planned.planned(configuration), root)


def test_snakemake_plans_the_same(root, tmp_path):
    project = Project.copy(root, tmp_path / "project").path
    check("config", planned.planned_by_snakemake("config", project), root)
