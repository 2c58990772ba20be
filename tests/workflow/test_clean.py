"""`make clean` removes what the workflow made, and nothing else."""

import shutil
import subprocess

import pytest


@pytest.fixture
def make(root, tmp_path):
    """Runs make in a folder of its own; beside it lie files that are not the project's."""
    folder = tmp_path / "project"
    for made in ("results/smoke/data", ".snakemake/log", ".venv/bin", "../elsewhere"):
        (folder / made).mkdir(parents=True)
        (folder / made / "file").touch()
    shutil.copy(root / "Makefile", folder)
    (folder / "Snakefile").touch()
    (folder / "mine.csv").touch()

    def make(*words):
        return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True)

    make.folder, make.elsewhere = folder, tmp_path / "elsewhere"
    return make


def left(folder):
    return {path.name for path in folder.iterdir()}


def test_what_the_workflow_made_is_removed(make):
    (make.folder / "results/linked").symlink_to(make.elsewhere)
    assert make("clean").returncode == 0
    assert left(make.folder) == {"Makefile", "Snakefile", "mine.csv", "results", ".venv"}
    assert left(make.folder / "results") == set()
    assert left(make.elsewhere) == {"file"}
    assert make("distclean").returncode == 0
    assert left(make.folder) == {"Makefile", "Snakefile", "mine.csv", "results"}


def test_links_are_not_followed(make):
    for name in ("results", ".venv"):
        shutil.rmtree(make.folder / name)
        (make.folder / name).symlink_to(make.elsewhere)
    done = make("distclean")
    assert done.returncode != 0
    assert f"results: expected a folder; got a link to {make.elsewhere}" in done.stdout
    (make.folder / "results").unlink()
    assert make("distclean").returncode == 0
    assert left(make.elsewhere) == {"file"}


def test_another_folder_is_left_alone(make):
    (make.folder / "Snakefile").unlink()
    assert "expected the project's folder; got" in make("clean").stdout
    assert (make.folder / "results/smoke/data/file").exists()
