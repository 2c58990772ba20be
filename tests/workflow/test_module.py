"""The workflow as a module of another one, which has rules and a configuration of its own."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

import yaml

from faults import kills
from gen2d.storage import files

SNAKEFILE = """configfile: "mine.yaml"


module gen2d:
    snakefile:
        "{project}/Snakefile"
    config:
        config


use rule * from gen2d as gen2d_*


rule mine:
    input:
        "results/tiny/metrics.csv",
    output:
        "mine.txt",
    shell:
        "echo a > {{output}}; echo b >> {{output}}"
"""
# Of which kinds of jobs are left to do: of one cell, in a group, and of all.
MADE = (
    "samples/gaussian_mixture/truth/seeds0-1.npz",
    "metrics/gaussian_mixture/truth/seeds0-1.csv",
)


def test_the_workflow_is_a_module_of_another(tiny, tmp_path):
    project, folder = tmp_path / "project", tmp_path / "other"
    kills.copy(project)
    # Whose code is run is seen in the log.
    collect = project / "workflow/gen2d/stages/collect.py"
    before, run, rest = collect.read_text().partition("    tables = [")
    assert run
    collect.write_text(f"{before}    print(__file__)\n{run}{rest}")
    results = shutil.copytree(tiny / kills.RESULTS, folder / kills.RESULTS)
    whole = {name: (results / name).read_bytes() for name in (*MADE, "metrics.csv")}
    for name in whole:
        (results / name).unlink()
    (folder / "Snakefile").write_text(SNAKEFILE.format(project=project))
    # The tiny study's configuration with every default, as a run writes it.
    (folder / "mine.yaml").write_text(files.read_text(results / "config.yaml"))
    # A Python that has the libraries, and not gen2d.
    python = tmp_path / "python"
    venv.create(python)
    (lib,) = (python / "lib").glob("*/site-packages")
    (lib / "libraries.pth").write_text(str(Path(yaml.__file__).parents[1]))
    done = subprocess.run(
        [python / "bin/python", "-P", "-m", "snakemake", "--cores", "2", "mine.txt"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (folder / "mine.txt").read_text() == "a\nb\n"
    assert {name: (results / name).read_bytes() for name in whole} == whole
    assert (results / "logs/collect.log").read_text().splitlines() == [str(collect)]
    assert "Job stats" in done.stdout
    ran = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("gen2d_")}
    assert ran == {"gen2d_sample_model", "gen2d_evaluate_samples", "gen2d_collect"}
