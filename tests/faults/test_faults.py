"""What machines do to a study: it goes on, or one line says what to do."""

import importlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faults import kills
from faults.conftest import tiny_spec
from gen2d import jobs
from gen2d.files import FileError

DATA, BLOCK = "gaussian_mixture", "seeds0-1"


@pytest.fixture
def folder(tiny, tmp_path) -> Path:
    """A copy of it, with its time stamps."""
    return shutil.copytree(tiny, tmp_path / "tiny")


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
    assert kills.histories(folder, 3, seed=1).total() == 3


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
    kills.run(folder, "--forcerun", "explorer")
    said = kills.run(folder)[1]  # of all others there is none
    assert words in said and "Nothing to be done" in said


POINTS = f"data/{DATA}/{BLOCK}.npz"
REFERENCE = f"data/{DATA}/reference.npz"
EXACT = f"data/{DATA}/exact.csv"
FIELDS = f"data/{DATA}/fields.npz"
WEIGHTS = f"models/{DATA}/cnf/{BLOCK}.safetensors"
SNAPSHOTS = f"models/{DATA}/cnf/{BLOCK}.snapshots.safetensors"
LOSSES = f"models/{DATA}/cnf/{BLOCK}.losses.csv"
SAMPLES = f"samples/{DATA}/{{model}}/{BLOCK}.npz"
TABLES = {
    name: f"{name}.csv" for name in ("metrics", "summary", "comparisons", "verdicts", "overall")
}
# stage -> the files that it reads
READ = {
    "fields": {"reference": REFERENCE},
    "train": {"points": POINTS},
    "sample": {"points": POINTS, "weights": WEIGHTS},
    "likelihood": {"points": POINTS, "weights": WEIGHTS, "reference": REFERENCE},
    "evaluate": {"samples": SAMPLES.format(model="cnf"), "reference": REFERENCE},
    "collect": {
        "metrics": f"metrics/{DATA}/{{model}}/{BLOCK}.csv",
        "likelihoods": f"metrics/{DATA}/{{model}}/{BLOCK}.likelihood.csv",
    },
    "summary": {"table": TABLES["metrics"]},
    "verdicts": {
        "metrics": TABLES["metrics"],
        "summary": TABLES["summary"],
        "comparisons": TABLES["comparisons"],
        "train": f"benchmarks/models/{DATA}/{{model}}/{BLOCK}.tsv",
        "sample": f"benchmarks/samples/{DATA}/{{model}}/{BLOCK}.tsv",
    },
    "explore": {"points": POINTS, "snapshots": SNAPSHOTS, "fields": FIELDS},
    "explorer": {
        "explored": "explored/{model}.npz",
        "fields": FIELDS,
        "reference": REFERENCE,
        "samples": SAMPLES,
        "losses": LOSSES,
        "metrics": TABLES["metrics"],
        "summary": TABLES["summary"],
        "verdicts": TABLES["verdicts"],
    },
    "figure_losses": {"losses": LOSSES, "exact": EXACT},
    "figure_samples": {"samples": SAMPLES.format(model="cnf"), "reference": REFERENCE},
    "figure_fields": {"explored": "explored/cnf.npz", "fields": FIELDS},
    "figure_metrics": {"metrics": TABLES["metrics"], "summary": TABLES["summary"]},
    "figure_cost": {"verdicts": TABLES["verdicts"]},
    "figure_scores": {"metrics": TABLES["metrics"], "exact": EXACT},
}
REPORTED = (*TABLES.values(), EXACT, REFERENCE)
REPORTED += tuple(f"figures/{name}-cnf.csv" for name in ("losses", "fields"))
PICTURES = ("losses-cnf", "samples-truth", "fields-cnf", "metrics-kl")
REPORTED += tuple(f"figures/{name}.svg" for name in PICTURES)
DAMAGED = [(stage, path.format(model="cnf")) for stage in READ for path in READ[stage].values()]
DAMAGED += [("report", path) for path in REPORTED]


def spec_of(stage, overlay=None):
    cell = {"dataset": DATA, "model": "cnf", "seeds": BLOCK, "metric": "kl"}
    own = {name: cell[name] for name in jobs.STAGE_CELLS.get(stage, ())}
    return tiny_spec(overlay or {}, stage, **own)


def flipped(whole: bytes) -> bytes:
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]


def truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("damage", [flipped, truncated])
@pytest.mark.parametrize(("stage", "file"), DAMAGED)
def test_damaged_files_are_refused_by_name(tiny, tmp_path, stage, file, damage):
    if file.endswith(".tsv") and damage is flipped:
        pytest.skip("Snakemake's benchmarks hold no checksum, and seconds look like seconds")
    results = shutil.copytree(tiny / kills.RESULTS, tmp_path / "results")
    (results / file).write_bytes(damage((results / file).read_bytes()))
    spec = spec_of(stage)
    paths = {key: f"{results}/{path}" for key, path in READ.get(stage, {"results": ""}).items()}
    run = importlib.import_module(f"gen2d.stages.{stage}").run
    written = set(inspect.signature(run).parameters) - {"spec", "patterns", *paths}
    with pytest.raises(FileError) as caught:
        run(spec, **paths, **{key: str(tmp_path / "out" / key) for key in written})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{results}/{file}: expected ")
    assert "; delete it, and the next run that needs it remakes it (rule " in line
    assert not (tmp_path / "out").exists()


def test_files_of_another_configuration_are_refused(tiny, tmp_path):
    for stage, paths in READ.items():
        spec = spec_of(stage, {"seed": 1})
        read = {key: f"{tiny / kills.RESULTS}/{path}" for key, path in paths.items()}
        run = importlib.import_module(f"gen2d.stages.{stage}").run
        written = set(inspect.signature(run).parameters) - {"spec", "patterns", *read}
        with pytest.raises(FileError, match=r"configuration at hand.*; got .*; delete it"):
            run(spec, **read, **{key: str(tmp_path / "out" / key) for key in written})


def test_errors_name_the_rule_that_makes_a_file(tiny):
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
    pages = {"typeset", "explorer"}  # which no stage reads
    for file, rule in made.items():
        assert f"(rule {rule})" in str(FileError.of(file, "", "")) or rule in pages, file


def test_a_damaged_file_is_named_at_the_end_and_remade_when_deleted(folder):
    table = folder / kills.RESULTS / "metrics.csv"
    weights = folder / kills.RESULTS / WEIGHTS
    before, whole = table.read_bytes(), weights.read_bytes()
    weights.write_bytes(flipped(whole))
    for made in (SAMPLES.format(model="cnf"), f"metrics/{DATA}/cnf/{BLOCK}.csv", "metrics.csv"):
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
    first.kill()
    os.killpg(first.pid, signal.SIGCONT)
    first.wait()
    time.sleep(5)  # for what it left running
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
    for path in (POINTS, WEIGHTS, f"samples/{DATA}/cnf/{BLOCK}.npz"):
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
