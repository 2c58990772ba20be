"""The commands that people type: what they print, where they stop, and with which status."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gen2d
from commands import command, shorten
from fresh import python
from gen2d.cli.commands import COMMANDS
from gen2d.config import DATASETS, METHODS
from gen2d.config.recipes import recipes


@pytest.fixture(autouse=True)
def _short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shorten(monkeypatch)


def test_help_lists_every_command_with_an_example():
    status, out, _ = command("--help")
    assert status == 0
    for name, (line, example) in COMMANDS.items():
        assert f"  {example}\n" in out and line in " ".join(out.split())
        status, told, _ = command(name, "--help")
        assert status == 0 and f"example: {example}" in " ".join(told.split())


@pytest.mark.parametrize(
    "words", [("--help",), ("densities",), ("methods", "dsm_single"), ("config",)]
)
def test_lists_load_neither_numpy_nor_torch_and_come_at_once(words, root):
    """By the processor's time, which others do not share, and without what Python itself takes."""
    code = (
        "import sys, time; start = time.process_time()\n"
        "from gen2d.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "took = time.process_time() - start\n"
        "heavy = [m for m in ('torch', 'numpy', 'scipy', 'pandas') if m in sys.modules]\n"
        "print(took, heavy, file=sys.stderr)"
    )
    done = python(root, code, *words)
    seconds, heavy = done.stderr.split(maxsplit=1)
    assert heavy.strip() == "[]"
    assert float(seconds) < 0.4


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fly"], "gen2d: COMMAND: expected one of fit, score, .*; got fly"),
        (["fit"], "gen2d fit: expected MODEL, DATA; got none"),
        (["fit", "dsm", "moons", "more"], "gen2d: expected no further words; got more"),
        (["fit", "nothing", "moons"], "gen2d fit: model: expected one of .*; got 'nothing'"),
        (
            ["fit", "dsm", "nothing"],
            "gen2d fit: data: expected a file of points, .*; got 'nothing'",
        ),
        (["fit", "dsm", "moons", "--seeds", "0"], ".*--seeds: expected a whole number.*; got 0"),
        (["fit", "dsm", "moons", "--set", "n"], "gen2d fit: --set: expected training.*; got n"),
        (["fit", "dsm", "moons", "--set", "a=["], "gen2d fit: --set: expected .*; got a=."),
        (["fit", "dsm", "moons", "--set", "seeds=2"], ".*expected a knob of the model; got seeds"),
        (["fit", "dsm", "moons", "--set", "training.n=1"], "gen2d fit: dsm.training: .*got 'n'"),
        (["fit", "dsm", "moons", "--plot", "x.tif"], ".*--plot: expected a path that ends .*tif"),
        (["fit", "dsm", "moons", "--plot", "no/x.png"], ".*--plot: expected a folder .*; got no"),
        (["fit", "none.py", "moons"], "gen2d fit: none.py: expected a Python file; got No such.*"),
        (["score", "none.npy", "--dataset", "moons"], ".*none.npy: expected a file; got No such.*"),
        (["score", "none.npy"], "gen2d score: expected one of --dataset --reference; got none"),
        (["animate", "dsm", "moons", "x.png"], "gen2d animate: OUT: expected .*gif; got x.png"),
        (
            ["animate", "kde", "moons", "x.gif"],
            "gen2d animate: kde: expected a model that .*",
        ),
        (["methods", "nothing"], "gen2d methods: expected one of cnf, .*; got 'nothing'"),
        (["new", "model", "x.py"], "gen2d new: .*expected one of method, density; got model"),
        (["new", "method", "mine"], "gen2d new: expected a path that ends in .py, .*; got mine"),
        (["new", "method", "My-own.py"], "gen2d new: expected .*small letters.*; got My-own.py"),
        (["new", "method", "dsm.py"], "gen2d new: dsm.py: .*a name that no method has; got dsm"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_mistake_is_one_line_and_status_2(words, line):
    status, out, error = command(*words)
    assert (status, out) == (2, "")
    assert re.fullmatch(line, error.strip()), error


def test_other_errors_keep_their_traceback(monkeypatch):
    monkeypatch.setattr("gen2d.cli.fit.fit", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command("fit", "dsm", "moons")


def test_every_density_and_method_is_listed_with_its_knobs():
    for words, known in (("densities", DATASETS), ("methods", METHODS)):
        _, out, _ = command(words)
        for name, knobs in known.items():
            assert f"{name}: {' '.join(knobs.__doc__.split())}" in out
        names = [line.split(":")[0] for line in out.splitlines() if line[:1].strip()]
        assert names == list(known)
    _, out, _ = command("densities", "spiral")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "n_turns 3 Turns of the spiral. [above 0]" in lines
    assert not any("checkerboard" in line for line in lines)
    _, out, _ = command("methods", "dsm_multilevel")
    assert "as model of config.yaml: dsm\n" in out
    assert "  sampling.sampler " in out and "[ode, sde]" in out


def test_config_says_what_config_yaml_says_beside_the_defaults(monkeypatch):
    monkeypatch.setitem(recipes(), "seeds", 7)
    out = " ".join(command("config")[1].split())
    assert " seeds 7 Replicates of every cell" in out and "(default: 10)" in out
    assert "sweeps.NAME.key (needed) Key of the models" in out
    assert "null drops one: checkerboard, " in out


def test_fit_prints_metrics_beside_those_of_baselines_and_writes_what_is_asked_for():
    status, out, _ = command(
        "fit", "dsm", "moons", "--seeds", "2", "--plot", "dsm.png", "--save", "dsm.safetensors"
    )
    assert status == 0
    head, _, columns, *rows = out.splitlines()
    assert head.startswith("dsm on moons, 2 seeds, trained in ") and head.endswith(" s")
    assert columns.split() == ["metric", "dsm", "kde", "truth"]
    row = {line.split()[0]: line for line in rows if line}
    expected = gen2d.fit("dsm", "moons", seeds=2, progress=False).metrics
    values = expected.groupby("metric")["value"].mean()
    for metric in ("energy_distance", "kl"):
        assert row[metric].split()[1] == f"{values[metric]:.3g}"
    assert row["kl"].count("±") == 2 and row["kl"].endswith("–")  # of the truth it is 0
    assert Image.open("dsm.png").width > 500
    assert Path("dsm.safetensors").exists()


def test_one_seed_has_no_interval_and_changes_are_taken():
    _, out, _ = command("fit", "kde", "moons", "--seeds", "1")
    assert out.startswith("kde on moons, 1 seed\n") and "±" not in out and "nan" not in out
    assert "kde" in out.splitlines()[2] and out.splitlines()[2].split()[1:] == ["kde", "truth"]
    status, _, error = command("fit", "dsm", "moons", "--set", "training={n_steps: -3}")
    assert status == 2 and "dsm.training.n_steps: expected" in error and "-3" in error


def test_points_of_a_file_are_data():
    np.savetxt("mine.csv", gen2d.density("moons").sample(400, rng=0), delimiter=",")
    status, out, _ = command("fit", "gaussian", "mine.csv", "--seeds", "1")
    assert status == 0 and out.startswith("gaussian on mine.csv, 1 seed\n")
    assert "nll" in out and "kl " not in out


def test_a_model_is_drawn_as_it_learns_from_results_or_else_anew(monkeypatch):
    status, _, error = command("animate", "dsm", "moons", "training.gif")
    assert (status, error) == (0, "")
    with Image.open("training.gif") as picture:
        assert picture.n_frames > 3
    made = gen2d.fit("dsm", "moons", seeds=1, progress=False)
    monkeypatch.setattr(
        "gen2d.cli.animate.load", lambda folder: type("Study", (), {"model": lambda *a: made})()
    )
    monkeypatch.setattr("gen2d.cli.animate.fit", lambda *a, **k: pytest.fail("fitted anew"))
    status, _, error = command("animate", "dsm", "moons", "x.gif", "--of", "sampling")
    assert status == 0 and error == "dsm on moons, of the study in results/\n"


def test_score_draws_and_checks():
    np.save("mine.npy", 1.1 * gen2d.density("moons").sample(500, rng=0))
    words = ("score", "mine.npy", "--dataset", "moons", "--plot", "mine.png")
    assert command(*words)[0] == 0
    assert Image.open("mine.png").width > 500
    assert command(*words, "--check")[0] == 1
    np.save("mine.npy", gen2d.density("moons").sample(500, rng=0))
    assert command(*words, "--check")[0] == 0
