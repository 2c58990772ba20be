"""What people are shown of the Python interface runs line by line, and soon enough."""

import resource

import pytest
from PIL import Image

import fresh
from small_study import made

SHOWN = """
import gen2d
gen2d.list_densities()
spiral = gen2d.density("spiral", n_turns=2)
x = spiral.sample(2000, rng=0)
verdict = gen2d.score(x, "checkerboard")
verdict.metrics
verdict.differs, verdict.p_value, verdict.tests
verdict.plot()
models = gen2d.fit("dsm", "checkerboard", seeds=3, training={"n_steps": 1000})
models.sample(10_000); models.log_prob(x); models.score(x, noise_level=0.1)
models.losses; models.save("dsm.safetensors")
models.animate("training.gif")
study = gen2d.load("results")
study.metrics; study.summary; study.verdicts
study.model("dsm", "checkerboard").sample(1000)
"""


@pytest.fixture
def python(root, tmp_path):
    """Runs code in a folder of its own; what it prints, and the seconds that it computes for."""

    def run(code):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = fresh.python(root, code, cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.stderr == ""
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return done.stdout, used

    return run


def test_every_line_runs_as_it_is_shown(python, tmp_path):
    made(tmp_path / "results")
    python(SHOWN)
    assert (tmp_path / "dsm.safetensors").stat().st_size > 0
    with Image.open(tmp_path / "training.gif") as picture:
        assert picture.n_frames > 8


def test_a_cell_is_fitted_and_measured_soon(python):
    """On one quiet core the processor's seconds are those of the clock."""
    code = "import gen2d; models = gen2d.fit('dsm', 'checkerboard', seeds=3)"
    assert python(code)[1] < 15
    told = "verdict = gen2d.score(models.sample(2000)[0], 'checkerboard'); print(verdict.differs)"
    short = code.replace("seeds=3", "seeds=1, training={'n_steps': 10}")
    assert python(f"{short}\n{told}")[0] == "True\n"


def test_a_second_score_takes_less_than_a_second(python):
    code = """
import time
import gen2d
x = gen2d.density("checkerboard").sample(10_000, rng=0)
gen2d.score(x, "checkerboard")
start = time.process_time()
gen2d.score(0.99 * x, "checkerboard")
print(time.process_time() - start)
"""
    assert float(python(code)[0]) < 1
