"""A stage is added by one file and one row of the stage table."""

import json

import fresh
from faults import kills

CODE = '''"""Counts the reference points of a data set."""


def run(job):
    (points,) = job.arrays("reference", "points")
    job.write_table("table", {"n_points": [len(points)]})
'''
ROW = """    Stage(
        "n_points",
        rule="count_points",
        message="Counting the points of {dataset}",
        per=("dataset",),
        reads={"reference": "reference.reference"},
        writes={"table": "data/{dataset}/n_points.csv"},
        knobs=knobs.JobKnobs,
    ),
"""
TABLE, PAGES = "workflow/gen2d/plan/stages.py", "workflow/gen2d/plan/pages.py"
FILE = f"{kills.RESULTS}/data/gaussian_mixture/n_points.csv"
SPECS = """
import sys, yaml
from snakemake.utils import update_config
from gen2d import config
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES

values, overlay = (config.read_file(path) for path in ("config.yaml", sys.argv[1]))
update_config(values, overlay)
plan = Plan(STAGES, config.load(values))
print(plan.digest(STAGES["n_points"], {"dataset": "gaussian_mixture"}))
print(plan.spec(STAGES["report"], {}))
"""


def test_a_stage_is_added_by_one_file_and_one_row(folder):
    (folder / "workflow/gen2d/stages/n_points.py").write_text(CODE)
    table = folder / TABLE
    before, first, rest = table.read_text().partition('    Stage(\n        "train",')
    assert first
    table.write_text(before + ROW + first + rest)
    pages = folder / PAGES
    text, read = pages.read_text(), '            "config": "config.config",\n'
    assert text.count(read) == 1
    pages.write_text(text.replace(read, f'{read}            "n_points": "n_points.table",\n'))

    assert "count_points" in kills.run(folder, "--list-rules")[1].split()
    planned = kills.run(folder, "--dry-run")[1]
    assert "Counting the points of gaussian_mixture" in planned
    assert "Typesetting the report" in planned
    assert "Training" not in planned
    status, said = kills.run(folder, FILE)
    assert status == 0, said
    assert (folder / FILE).read_text() == "n_points\n200\n"

    done = fresh.python(folder, SPECS, kills.CONFIG, cwd=folder)
    digest, spec = done.stdout.splitlines()
    assert json.loads(spec)["inputs"]["n_points"] == [[{"dataset": "gaussian_mixture"}, digest]]
    assert f"# spec {digest}\n" in (folder / f"{FILE}.sha256").read_text()
