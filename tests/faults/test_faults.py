"""What machines do to a study: it goes on, or one line says what to do."""

import importlib
import inspect
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from faults import kills
from faults.conftest import tiny_spec, without_network
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


def test_a_study_needs_no_network(tiny):
    if not without_network():
        pytest.skip("cutting off the network is not allowed here")
    assert (tiny / kills.RESULTS / "report.pdf").stat().st_size > 10_000


def test_a_few_kills_change_nothing(tiny, tmp_path):
    undisturbed = (tiny / kills.RESULTS / "metrics.csv").read_bytes()
    assert kills.histories(tmp_path, 3, undisturbed, seed=1).total() == 3


POINTS = f"data/{DATA}/{BLOCK}.npz"
REFERENCE = f"data/{DATA}/reference.npz"
WEIGHTS = f"models/{DATA}/cnf/{BLOCK}.safetensors"
# stage -> the files that it reads
READ = {
    "train": {"points": POINTS},
    "sample": {"points": POINTS, "weights": WEIGHTS},
    "likelihood": {"points": POINTS, "weights": WEIGHTS, "reference": REFERENCE},
    "evaluate": {"samples": f"samples/{DATA}/cnf/{BLOCK}.npz", "reference": REFERENCE},
    "collect": {
        "metrics": f"metrics/{DATA}/cnf/{BLOCK}.csv",
        "likelihoods": f"metrics/{DATA}/cnf/{BLOCK}.likelihood.csv",
    },
    "figure_losses": {
        "losses": f"models/{DATA}/cnf/{BLOCK}.losses.csv",
        "exact": f"data/{DATA}/exact.csv",
    },
    "figure_samples": {"samples": f"samples/{DATA}/cnf/{BLOCK}.npz", "reference": REFERENCE},
}


def flipped(whole: bytes) -> bytes:
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]


def truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("damage", [flipped, truncated])
@pytest.mark.parametrize(("stage", "name"), [(s, name) for s in READ for name in READ[s]])
def test_damaged_files_are_refused_by_name(tiny, tmp_path, stage, name, damage):
    spec = tiny_spec({}, stage, dataset=DATA, model="cnf", seeds=BLOCK)
    paths = {key: str(tiny / kills.RESULTS / path) for key, path in READ[stage].items()}
    paths[name] = str(tmp_path / Path(paths[name]).name)
    whole = (tiny / kills.RESULTS / READ[stage][name]).read_bytes()
    Path(paths[name]).write_bytes(damage(whole))
    run = importlib.import_module(f"gen2d.stages.{stage}").run
    written = set(inspect.signature(run).parameters) - {"spec", *paths}
    with pytest.raises(FileError) as caught:
        run(spec, **paths, **{key: str(tmp_path / "out" / key) for key in written})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{paths[name]}: expected ")
    assert line.endswith("; delete it, and the next run remakes it")
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_named_at_the_end_and_remade_when_deleted(folder):
    table = folder / kills.RESULTS / "metrics.csv"
    weights = folder / kills.RESULTS / WEIGHTS
    before, whole = table.read_bytes(), weights.read_bytes()
    weights.write_bytes(flipped(whole))
    status, said = kills.run(folder, "--forcerun", "sample_model")
    assert status != 0
    expected = f"{kills.RESULTS}/{WEIGHTS}: expected the weights of a model; got another checksum"
    assert expected in closing_line(said)
    weights.unlink()
    table.unlink()
    assert kills.run(folder, f"{kills.RESULTS}/metrics.csv")[0] == 0
    assert table.read_bytes() == before
    assert weights.read_bytes() == whole


def test_of_two_runs_at_once_the_second_stops(folder):
    first = kills.start(folder, "--forcerun", "draw_points")
    while "Drawing" not in (folder / "said.txt").read_text():
        assert first.poll() is None
        time.sleep(0.1)
    status, said = kills.run(folder, "--forcerun", "draw_reference", said="second.txt")
    assert status != 0
    line = f"gen2d: {kills.RESULTS}: another run is at work there; wait for it, or stop it"
    assert line in said.splitlines()
    assert "Drawing" not in said
    first.kill()
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
    for job in ("Measuring cnf on", "Measuring truth on", "Taking likelihoods", "Collecting"):
        assert f": {job}" in said
