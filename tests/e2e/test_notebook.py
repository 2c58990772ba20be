"""The notebook runs from beginning to end, says what it is about, and is small."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

MOST = 800_000  # bytes, with the outputs that are kept


@pytest.fixture(scope="module")
def path(root):
    return root / "workflow/notebooks/tour.ipynb"


def printed(notebook):
    """What its cells print."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "".join(out.text for out in outputs if out.get("name") == "stdout")


def numbers(text):
    """Of DSM the share of the score that is learned, of EBMs the share of points outside."""
    patterns = (r"is learned: (\d+) %", r"as described: (\d+) %", r"tuned: (\d+) %")
    return [int(re.search(pattern, text)[1]) for pattern in patterns]


def test_the_notebook_runs(path, tmp_path):
    notebook = nbformat.read(path, 4)
    kept = numbers(printed(notebook))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    found = numbers(printed(notebook))
    learned, described, tuned = found
    assert 25 < learned < 60 and described > 80 and tuned < 5
    assert all(abs(one - other) <= 5 for one, other in zip(found, kept, strict=True))
    pictures = [
        out
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    ]
    assert len(pictures) >= 5


def test_the_notebook_is_small_and_holds_no_warnings(path):
    assert path.stat().st_size < MOST
    cells = nbformat.read(path, 4).cells
    outputs = [out for cell in cells for out in cell.get("outputs", [])]
    assert len(outputs) > 8
    assert not [out for out in outputs if out.get("name") == "stderr"]
