"""Code that is edited while a study runs: its results are of the code that they say."""

import time

import pytest

from faults import kills

POINTS, SAMPLES = (
    f"{kills.RESULTS}/{name}/seeds0-1.npz"
    for name in ("data/gaussian_mixture", "samples/gaussian_mixture/truth")
)
METHOD = "workflow/gen2d/methods/baselines.py"


@pytest.fixture
def during(folder):
    """Draws points and true samples anew, and edits the method of these while points are drawn."""

    def during(old: str, new: str) -> tuple[int, str]:
        for made in (POINTS, SAMPLES):
            (folder / made).unlink()
        workflow = kills.start(folder, SAMPLES)
        while "Drawing the points" not in (folder / "said.txt").read_text():
            assert workflow.poll() is None
            time.sleep(0.02)
        source = folder / METHOD
        assert source.read_text().count(old) == 1
        source.write_text(source.read_text().replace(old, new))
        return workflow.wait(), (folder / "said.txt").read_text()

    return during


def test_code_edited_during_a_run_stops_it(folder, during):
    whole, undisturbed = (folder / METHOD).read_text(), (folder / SAMPLES).read_bytes()
    status, said = during("draw(n, np", "2 * draw(n, np")
    assert status != 0
    (closing,) = [line for line in said.splitlines() if line.startswith("gen2d: stopped")]
    expected = "expected the code that this run was planned with; got an edit since"
    assert f"{folder / METHOD}: {expected}" in closing
    assert not (folder / SAMPLES).exists()
    (folder / METHOD).write_text(whole)
    status, said = kills.run(folder, SAMPLES)
    assert status == 0, said
    assert (folder / SAMPLES).read_bytes() == undisturbed


def test_a_comment_edited_during_a_run_stops_nothing(folder, during):
    undisturbed = (folder / SAMPLES).read_bytes()
    status, said = during("import numpy as np\n", "import numpy as np  # a comment\n")
    assert status == 0, said
    assert (folder / SAMPLES).read_bytes() == undisturbed
