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


def test_what_is_wrong_is_named(monkeypatch):
    pinned = {**licences.pins(), "numpy": "0.1"}
    monkeypatch.setattr(licences, "pins", lambda: pinned)
    monkeypatch.setattr(licences, "EXCEPTIONS", {})
    docutils, numpy = licences.audit()[1]
    assert docutils.startswith("docutils: expected a licence that is known and permits use; got ")
    assert numpy.startswith("numpy: expected a pin of ") and numpy.endswith("; got 0.1")
