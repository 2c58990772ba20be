"""Every package is pinned, and under a licence that permits its use."""

import pytest

import licences


def test_the_environment_is_pinned_and_permitted():
    listed, wrong = licences.audit()
    assert wrong == []
    assert any(line.startswith("numpy ") and "BSD-3-Clause" in line for line in listed)
    assert len(listed) > 80


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("MIT", True),
        ("MIT AND (Apache-2.0 OR GPL-3.0-only)", True),
        ("GNU General Public License (GPL)", False),
        ("MIT AND AGPL-3.0-only", False),
        ("unknown", False),
        ("Proprietary, all rights reserved", False),
    ],
)
def test_licences_that_permit_use(stated, expected):
    assert licences.permitted(stated) == expected


def test_libraries_for_gpus_are_torch_s_own(tmp_path, monkeypatch):
    """As PyPI's build of torch has them installed; they are proprietary, and not needed."""
    for name in ("nvidia-cublas-cu12", "triton", "proprietary"):
        folder = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        folder.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: Proprietary\n"
        (folder / "METADATA").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert {line.partition(":")[0] for line in licences.audit()[1]} == {"proprietary"}


def test_what_is_wrong_is_named(monkeypatch):
    pinned = {**licences.pins(), "numpy": "0.1"}
    monkeypatch.setattr(licences, "pins", lambda: pinned)
    monkeypatch.setattr(licences, "EXCEPTIONS", {})
    docutils, numpy = licences.audit()[1]
    assert docutils.startswith("docutils: expected a licence that is known and permits use; got ")
    assert numpy.startswith("numpy: expected a pin of ") and numpy.endswith("; got 0.1")
