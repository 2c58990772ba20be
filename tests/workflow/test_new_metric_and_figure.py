"""A metric is added by its function and one entry, a figure by one file and one row."""

import pandas as pd

import fresh
from faults import kills

METRIC = '''"""How far out a sample reaches."""

import numpy as np


def radius(x, true, law):
    """The error of the mean distance from 0, in units of the data."""
    return abs(np.hypot(*x.T).mean() - np.hypot(*true.points.T).mean())
'''
ENTRY = """    Metric("radius", "error of the radius", "gen2d.metrics.radius:radius", figure=True),
"""
FIGURE = '''"""Means of one metric."""

import matplotlib.pyplot as plt


def table(job):
    summary = job.table("summary")
    return summary[summary["metric"] == "energy_distance"]


def draw(table, knobs):
    figure, axes = plt.subplots()
    axes.plot(table["mean"])
    return figure
'''
ROW = """    figure(
        "means",
        "Drawing the means",
        "Metrics",
        labels={"figure": "means"},
        reads={"summary": "summary.summary"},
        knobs=knobs.StyledKnobs,
        libraries=("pandas",),
        caption="Means of the energy distance, row by row.",
    ),
"""
RUN = """
import sys
from pathlib import Path
from snakemake.utils import update_config
from gen2d import config, runner
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES

values, overlay = (config.read_file(path) for path in ("config.yaml", sys.argv[1]))
update_config(values, overlay)
runner.run(Plan(STAGES, config.load(values)), Path("anew"), ["report", "explorer_page"])
"""


def insert(path, text, before):
    whole = path.read_text()
    assert whole.count(before) == 1
    path.write_text(whole.replace(before, text + before))


def test_they_reach_the_tables_the_report_and_the_explorer(folder):
    package = folder / "workflow/gen2d"
    (package / "metrics/radius.py").write_text(METRIC)
    insert(package / "metrics/catalogue.py", ENTRY, '    Metric(\n        "precision"')
    (package / "figures/means.py").write_text(FIGURE)
    insert(package / "plan/figures.py", ROW, '    figure(\n        "sweep",\n')

    status, said = kills.run(folder, "--list-rules")
    assert status == 0, said
    assert "figure_means" in said.split()

    fresh.python(folder, RUN, kills.CONFIG, cwd=folder)
    results = folder / "anew"
    for table in ("metrics.csv", "summary.csv"):
        rows = pd.read_csv(results / table).query("metric == 'radius'")
        assert len(rows) >= 2, table
    values = pd.read_csv(results / "metrics.csv").query("metric == 'radius'")["value"]
    assert values.between(0, 5).all() and values.nunique() == len(values)
    report = (results / "report.html").read_text()
    assert (results / "figures/metrics-radius.svg").exists()
    assert report.count("error of the radius") >= 2  # its figure, and the appendix's table
    assert (results / "figures/means.svg").exists()
    assert "Means of the energy distance, row by row." in report
    assert "error of the radius" in (results / "explorer.html").read_text()
