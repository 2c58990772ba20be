"""gen2d new: files that run as they are, by themselves and in a study."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy.stats import kstest

import gen2d
from commands import command, shorten
from gen2d.plan.stages import STAGES
from gen2d.runner import run
from small_study import SHORT
from studies import plan_of

QUICK = ("--seeds", "2", "--set", "training.n_steps=20")


@pytest.fixture(autouse=True)
def _short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shorten(monkeypatch)


def test_a_method_is_fitted_as_it_is():
    status, out, _ = command("new", "method", "mine/blob.py")
    assert status == 0 and "    gen2d fit mine/blob.py spiral --plot blob.png\n" in out
    status, out, _ = command("fit", "mine/blob.py", "spiral", "--plot", "blob.png", *QUICK)
    assert status == 0 and out.startswith("blob on spiral, 2 seeds, trained in ")
    assert Image.open("blob.png").width > 500
    text = Path("mine/blob.py").read_text()
    Path("mine/blob.py").write_text(text.replace("noise.normal(n, 2)", "0 * noise.normal(n, 2)"))
    found = command("fit", "mine/blob.py", "spiral", *QUICK)[1]
    assert found != out  # an edit is seen


def test_the_method_is_that_of_the_readme(root):
    command("new", "method", "mine/blob.py")
    assert f"```python\n{Path('mine/blob.py').read_text()}```\n" in (root / "README.md").read_text()


def test_a_density_is_exact_and_data_to_fit_and_score():
    command("new", "density", "mine/triangle.py")
    triangle = gen2d.density("triangle", plugins=["mine/triangle.py"])
    x = triangle.sample(4000, rng=0)
    grid = np.stack(np.meshgrid(*[np.linspace(-2, 4, 301)] * 2), -1).reshape(-1, 2)
    assert np.exp(triangle.log_prob(grid)).sum() * 0.02**2 == pytest.approx(1, abs=1e-3)
    assert -triangle.log_prob(x).mean() == pytest.approx(triangle.entropy(), abs=0.05)
    mixed = [np.random.default_rng(1).normal(m, 0.2, 4000) for m in (0.0, 2.0, 1.0)]
    assert kstest(x[:, 0], np.concatenate(mixed)).pvalue > 0.001
    assert command("fit", "dsm", "mine/triangle.py", "--seeds", "1")[0] == 0
    np.save("x.npy", x)
    status, out, _ = command("score", "x.npy", "--dataset", "mine/triangle.py", "--check")
    assert status == 0 and "is not distinguishable from mine/triangle.py" in out


def test_both_are_in_a_study_by_the_lines_that_are_printed():
    said = [command("new", *words)[1] for words in (("method", "blob.py"), ("density", "tri.py"))]
    lines = [re.search(r"    plugins.*\n.*\n", text).group() for text in said]
    method, density = (yaml.safe_load(line) for line in lines)
    plan = plan_of(
        {
            "plugins": method["plugins"] + density["plugins"],
            "datasets": density["datasets"],
            "models": {"blob": {"method": "blob", "training": {"n_steps": 10, "log_every": 10}}},
            "report": {"title": "Mine"},
            "seeds": 2,
            **SHORT,
        }
    )
    assert method["models"] == {"blob": {"method": "blob"}}
    run(plan, Path("results"), ("collect",))
    assert "tri,blob,1,energy_distance" in Path("results/metrics.csv").read_text()
    assert STAGES["collect"].writes["table"] == "metrics.csv"


@pytest.mark.parametrize("what", ["method", "density"])
def test_no_file_is_overwritten(what):
    Path("mine.py").write_text("mine")
    status, out, error = command("new", what, "mine.py")
    assert (status, out) == (2, "")
    assert error == "gen2d new: mine.py: expected a path where nothing is; got a file\n"
    assert Path("mine.py").read_text() == "mine"


def test_of_a_plugin_of_several_one_is_named():
    command("new", "method", "one.py")
    command("new", "method", "two.py")
    Path("both.py").write_text(Path("one.py").read_text() + Path("two.py").read_text())
    _, _, error = command("fit", "both.py", "moons", *QUICK)
    assert error == "gen2d fit: both.py: expected one method; got one, two; name one, both.py:one\n"
    assert command("fit", "both.py:two", "moons", *QUICK)[1].startswith("two on moons, ")
    _, _, error = command("fit", "dsm", "both.py", *QUICK)
    assert error == "gen2d fit: both.py: expected one density; got none\n"
