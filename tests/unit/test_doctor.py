"""gen2d doctor: one line for what is wrong, with what to do; its exit status."""

import fcntl
import shutil
import sys
from types import SimpleNamespace

import pytest

from commands import command
from gen2d.cli import doctor


@pytest.fixture
def examine(tmp_path, monkeypatch):
    """Examines an empty folder; returns the exit status and the lines."""
    monkeypatch.chdir(tmp_path)

    def examine(*words):
        status, out, error = command("doctor", *words)
        assert not error
        return status, out.splitlines()

    return examine


def test_all_is_well(examine, root):
    status, lines = examine()
    names = ("Python", "packages", "imports", "results", "disk", "locks")
    assert lines == [f"checkout: {root}", *(f"{name}: well" for name in names)]
    assert status == 0


def test_a_wheel_alone_has_no_checkout_and_no_pins(examine, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    monkeypatch.setattr(doctor, "PINS", tmp_path / "workflow/envs/requirements.txt")
    status, (first, *lines) = examine()
    assert status == 0 and first.startswith("checkout: none; Python and the command line need none")
    assert len(lines) == 5 and not any(line.startswith("packages") for line in lines)


def test_packages_are_held_against_their_pins(examine, tmp_path, monkeypatch):
    pins = tmp_path / "pins.txt"
    pins.write_text("# pins\nnumpy==0.1\nno-such-package==2.0\n")
    monkeypatch.setattr(doctor, "PINS", pins)
    status, lines = examine()
    assert status == 1
    wrong = [line for line in lines if line.startswith("packages: ")]
    assert wrong[0].startswith("packages: numpy: expected version 0.1; got ")
    assert wrong[1].startswith("packages: no-such-package: expected version 2.0; got none; run: ")
    pins.unlink()
    assert any("got no file; restore" in line for line in examine()[1])


def test_other_faults_are_named(examine, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(doctor, "IMPORTED", ("no_such_module",))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2e8))
    (tmp_path / "file").touch()
    for mark in ("locks/0.input.lock", "incomplete/cmVzdWx0cw"):
        (tmp_path / ".snakemake" / mark).parent.mkdir(parents=True)
        (tmp_path / ".snakemake" / mark).touch()
    status, lines = examine("file")
    assert status == 1
    for line in (
        "Python: expected 3.11 or newer; got 3.9.1; remake .venv with: make PYTHON=...",
        "results: file: expected a folder; got a file; name another",
        "disk: file: expected 1 GB of free disk; got 0.2; make room",
        "locks: .snakemake/locks: left by a run that was killed; run: snakemake --unlock",
        "locks: .snakemake/incomplete: a run was killed; `make` goes on from what is complete",
    ):
        assert line in lines
    assert any(line.startswith("imports: no_such_module: expected to import") for line in lines)


def test_a_run_at_work_is_named(examine, tmp_path):
    (tmp_path / "results").mkdir()
    with open(tmp_path / "results/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, lines = examine()
    assert status == 1
    assert "locks: results: another run is at work there; wait for it, or stop it" in lines
    assert examine()[0] == 0


def test_a_run_at_work_in_another_folder_keeps_the_locks(examine, tmp_path):
    for folder in ("results/other", ".snakemake/locks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.input.lock").touch()
    with open(tmp_path / "results/other/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, lines = examine()
    assert status == 1
    assert any(line.startswith("locks: results/other: another run is at work") for line in lines)
    assert not any("snakemake --unlock" in line for line in lines)


def test_a_folder_that_is_not_there_is_not_made(examine, tmp_path):
    assert examine("results/new/one")[0] == 0
    assert not (tmp_path / "results/new").exists()
