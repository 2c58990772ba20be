"""What machines do to a study: it goes on, or one line says what to do."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from conftest import tiny_plan
from faults import kills
from gen2d.job import Job
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Cell, Stage
from gen2d.plan.stages import STAGES
from gen2d.storage.errors import FileError
from studies import find

DATA, BLOCK = "gaussian_mixture", "seeds0-1"
POINTS = f"data/{DATA}/{BLOCK}.npz"
WEIGHTS = f"models/{DATA}/cnf/{BLOCK}.safetensors"
SAMPLES = f"samples/{DATA}/cnf/{BLOCK}.npz"


@pytest.fixture
def mount():
    """Mounts something on a folder, until the test ends; skips where that is not allowed."""
    mounted = []

    def mount(target: Path, *arguments: str) -> None:
        target.mkdir(parents=True, exist_ok=True)
        said = subprocess.run(["mount", *arguments, target], capture_output=True, text=True)
        if said.returncode:
            pytest.skip(f"mounting is not allowed here: {said.stderr.strip()}")
        if target not in mounted:
            mounted.append(target)

    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    yield mount
    for target in mounted:
        subprocess.run(["umount", target], check=True)


def closing_line(said: str) -> str:
    (line,) = [line for line in said.splitlines() if line.startswith("gen2d: stopped")]
    return line


def test_a_few_kills_change_nothing(folder):
    assert kills.histories(folder, 3, seed=36).total() == 3


def test_a_folder_of_any_name(tmp_path):
    folder = tmp_path / "it's odd; $HOME"
    kills.copy(folder)
    status, said = kills.run(folder, f"{kills.RESULTS}/data/{DATA}/{BLOCK}.npz")
    assert status == 0, said
    assert "gen2d: done\n" in said
    for name in ("a:b", "a{b}"):
        kills.copy(tmp_path / name)
        status, said = kills.run(tmp_path / name)
        assert status != 0
        assert f"gen2d: {tmp_path / name}/workflow: expected a path without {{, }} and :" in said


def test_without_its_record_a_run_says_that_edits_go_unseen(folder):
    words = "made before, but without the record"
    assert words not in kills.run(folder)[1]
    shutil.rmtree(folder / ".snakemake")
    assert words in kills.run(folder)[1]
    kills.run(folder, "--forcerun", "explorer_page")
    said = kills.run(folder)[1]  # of all others there is none
    assert words in said and "Nothing to be done" in said


PLAN = tiny_plan({})
CHOSEN = {"model": "cnf", "metric": "kl"}
"""Of the values of a wildcard, the one that is tried."""
TABLES_SHOWN = ("figure_losses", "figure_fields", "figure_sweep", "figure_ladder")
TABLES_SHOWN += ("figure_error_sources", "figure_gaps")
"""Figures whose tables the report reads too; of others it shows the picture alone."""


def chosen(cells: list[Cell]) -> Cell:
    """The one of them that is tried."""
    known = [cell for cell in cells if all(CHOSEN.get(w, v) == v for w, v in cell.items())]
    return (known or cells)[0]


def files_read(stage: Stage, cell: Cell) -> Iterator[str]:
    """The files that a job reads: of each input those of one cell, of no cell more than one."""
    for name, (upstream, outputs, cells) in PLAN.inputs(stage, cell).items():
        if stage.reads[name] == upstream.name and "svg" in outputs:  # a figure as a whole
            tables = [o for o in outputs if o.startswith("table")]
            outputs = ["svg", *(tables if upstream.name in TABLES_SHOWN else [])]
        yield from (upstream.outputs[output].format_map(chosen(cells)) for output in outputs)
    for name in stage.times:
        timed = chosen(STAGES[name].cells(PLAN.catalogue))
        yield f"benchmarks/{STAGES[name].log_path.format_map(timed)}.tsv"


JOBS = {
    name: chosen(cells)
    for name, stage in STAGES.items()
    if (cells := stage.cells(PLAN.catalogue)) and PLAN.inputs(stage, chosen(cells))
}
"""A job of every stage that has some in the tiny study and reads files."""
READ = [(name, file) for name, cell in JOBS.items() for file in files_read(STAGES[name], cell)]


def test_a_record_in_a_database_is_one_too(tmp_path):
    kills.copy(tmp_path)
    for words in ("gen2d: done", "Nothing to be done"):
        status, said = kills.run(tmp_path, "--persistence-backend", "db", "samples")
        assert status == 0, said
        assert words in said
        assert "made before, but without the record" not in said


def flipped(whole: bytes) -> bytes:
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]


def truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def run_job(plan: Plan, stage: str, results: Path) -> None:
    """Runs the job of a stage, of which nothing is written yet, and says what it wrote."""
    written = [results / path.format_map(JOBS[stage]) for path in STAGES[stage].outputs.values()]
    for path in written:
        path.unlink(missing_ok=True)
    before = set(results.rglob("*"))
    try:
        Job(plan.spec(STAGES[stage], JOBS[stage]), results).run()
    finally:
        assert set(results.rglob("*")) == before, "something is written"


@pytest.fixture
def results(tiny, tmp_path) -> Path:
    """A copy of the tiny study's results."""
    return shutil.copytree(tiny / kills.RESULTS, tmp_path / "results")


def test_every_stage_that_reads_files_is_tried():
    assert set(STAGES) - set(JOBS) == {
        *("config", "data", "reference", "exact"),  # which read none
        *(
            "error_sources",
            "figure_sweep",
            "figure_ladder",
            "figure_learning",
            "figure_originals",
            "figure_gaps",
            "trace",
        ),  # of which the tiny study has none
    }
    assert len(READ) > 50


@pytest.mark.parametrize("damage", [flipped, truncated])
@pytest.mark.parametrize(("stage", "file"), READ)
def test_damaged_files_are_refused_by_name(results, stage, file, damage):
    if file.endswith(".tsv") and damage is flipped:
        pytest.skip("Snakemake's benchmarks hold no checksum, and seconds look like seconds")
    (results / file).write_bytes(damage((results / file).read_bytes()))
    with pytest.raises(FileError) as caught:
        run_job(PLAN, stage, results)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{results}/{file.removesuffix('.sha256')}: expected ")
    maker, _ = find(file)
    assert f"; delete it, and the next run that needs it remakes it (rule {maker.rule})" in line


# What is exact is the same whatever the seed.
SEEDED = [stage for stage in JOBS if {*STAGES[stage].reads.values()} != {"exact.exact"}]


@pytest.mark.parametrize("stage", SEEDED)
def test_files_of_another_configuration_are_refused(results, stage):
    with pytest.raises(FileError, match=r"configuration at hand.*; got .*; delete it"):
        run_job(tiny_plan({"seed": 1}), stage, results)


def test_the_rule_that_an_error_names_makes_the_file(tiny):
    said = subprocess.run(
        [Path(sys.executable).with_name("snakemake"), "--configfile", kills.CONFIG, "--summary"],
        cwd=tiny,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split("\t") for line in said.splitlines() if line.startswith("results/")]
    made = {file: rule for file, _, rule, *_ in rows}
    assert len(made) > 60
    assert {file: find(file)[0].rule for file in made} == made


def test_a_damaged_file_is_named_at_the_end_and_remade_when_deleted(folder):
    table = folder / kills.RESULTS / "metrics.csv"
    weights = folder / kills.RESULTS / WEIGHTS
    before, whole = table.read_bytes(), weights.read_bytes()
    weights.write_bytes(flipped(whole))
    for made in (SAMPLES, f"metrics/{DATA}/cnf/{BLOCK}.csv", "metrics.csv"):
        (folder / kills.RESULTS / made).unlink()
    status, said = kills.run(folder, str(table.relative_to(folder)))
    assert status != 0
    expected = f"{kills.RESULTS}/{WEIGHTS}: expected the weights of a model; got another checksum"
    assert expected in closing_line(said)
    weights.unlink()
    assert kills.run(folder, str(table.relative_to(folder)))[0] == 0
    assert table.read_bytes() == before
    assert weights.read_bytes() == whole


def test_a_job_that_is_killed_is_named_and_may_be_tried_again(folder):
    """As the system and clusters do with jobs over their memory or time."""
    weights = folder / kills.RESULTS / WEIGHTS
    whole = weights.read_bytes()
    for retries in (0, 1):
        weights.unlink()
        workflow = kills.start(folder, f"--retries={retries}", str(weights.relative_to(folder)))
        while "train" not in (jobs_found := kills.jobs_of(workflow)).values():
            assert workflow.poll() is None
            time.sleep(0.05)
        os.kill(min(jobs_found), signal.SIGKILL)
        assert (workflow.wait() == 0) == retries
        said = (folder / "said.txt").read_text()
        if retries:
            assert "Trying to restart job" in said
            assert weights.read_bytes() == whole
        else:
            log = f"{kills.RESULTS}/logs/models/{DATA}/cnf/{BLOCK}.log"
            assert f"{log}: nothing; the job was killed, or the disk is full" in closing_line(said)
            assert kills.run(folder, str(weights.relative_to(folder)))[0] == 0


def test_of_two_runs_at_once_the_second_stops(folder):
    first = kills.start(folder, "--forcerun", "draw_points")
    while "Drawing" not in (folder / "said.txt").read_text():
        assert first.poll() is None
        time.sleep(0.1)
    # It holds still: of a file that is removed while it looks, Snakemake says that it is protected.
    os.killpg(first.pid, signal.SIGSTOP)
    status, said = kills.run(folder, "--forcerun", "draw_reference", said="second.txt")
    assert status != 0
    line = f"gen2d: {kills.RESULTS}: another run is at work there; wait for it, or stop it"
    assert line in said.splitlines()
    assert "Drawing" not in said
    left = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    os.killpg(first.pid, signal.SIGCONT)
    first.wait()
    psutil.wait_procs(left)
    assert kills.run(folder, "data")[0] == 0


def test_a_full_disk_stops_a_study_that_goes_on_with_room(tiny, tmp_path, mount):
    kills.copy(tmp_path)
    results = tmp_path / kills.RESULTS
    mount(results, "-t", "tmpfs", "-o", "size=60k", "none")
    status, said = kills.run(tmp_path, "samples")
    assert status != 0
    assert "No space left on device" in closing_line(said)
    mount(results, "-o", "remount,size=20m")
    status, said = kills.run(tmp_path, "samples")
    assert status == 0, said
    for path in (POINTS, WEIGHTS, SAMPLES):
        assert (results / path).read_bytes() == (tiny / kills.RESULTS / path).read_bytes()


def test_a_read_only_folder_is_named(tmp_path, mount):
    kills.copy(tmp_path)
    results = tmp_path / "results"
    mount(results, "-t", "tmpfs", "none")
    mount(results, "-o", "remount,ro")
    status, said = kills.run(tmp_path)
    assert status != 0
    line = f"gen2d: {kills.RESULTS}: expected a folder to write to; got Read-only file system"
    assert line in said.splitlines()
    assert "Drawing" not in said


def test_a_read_only_project_is_named(tmp_path, mount):
    folder = tmp_path / "project"
    mount(folder, "-t", "tmpfs", "none")
    kills.copy(folder)
    (folder / "said.txt").symlink_to(tmp_path / "said.txt")
    mount(folder, "-o", "remount,ro")
    status, said = kills.run(folder)
    assert status != 0
    assert f"gen2d: {folder}: expected a folder to write to; got one that is read-only" in said
    assert "Traceback" not in said


def test_clocks_that_jumped_hide_no_edit(folder):
    (folder / "config.yaml").write_text(
        (folder / "config.yaml").read_text().replace("seed: 0 #", "seed: 1 #")
    )
    assert kills.run(folder, "samples")[0] == 0
    for path in (folder / kills.RESULTS).rglob("*.npz"):
        os.utime(path, (0, 0))  # made when the clock was wrong
    said = kills.run(folder, "--dry-run")[1]
    for job in ("Measuring cnf on", "Measuring truth on", "Taking densities", "Collecting"):
        assert f": {job}" in said
