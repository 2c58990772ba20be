"""The report's methods and references, whichever methods a study holds."""

import re

import pytest
import typst

from gen2d.config import METHODS
from gen2d.stages.report import FOLDER, SOURCES

TEXTS = {name: (FOLDER / source).read_text() for name, source in SOURCES.items()}
PAGE = """
#import "methods.typ": methods
#set document(title: "methods")
#for (name, text) in methods [
  == #name
  #text
]
#bibliography("references.bib")
"""


@pytest.fixture(scope="module")
def page():
    """All methods at once, as HTML."""
    sources = {**TEXTS, "main.typ": PAGE}
    sources = {name: text.encode() for name, text in sources.items()}
    return typst.compile(sources, format="html", ignore_system_fonts=True).decode()


def test_every_method_is_described(page):
    parts = dict(re.findall(r"<h3>(\w+)</h3>(.*?)(?=<h[23]>|$)", page, flags=re.DOTALL))
    assert set(parts) == set(METHODS)
    told = {name for name, text in parts.items() if '<math display="block">' in text}
    defined_by_others = {"ebm_defective", "sm_defective"}
    baselines = {"external", "gaussian", "oracle", "resample", "truth"}
    assert told == set(METHODS) - defined_by_others - baselines
    assert all("doc-biblioref" in parts[name] for name in told)


def test_every_reference_is_cited():
    cited = re.findall(r"@(\w+\d{4})", TEXTS["main.typ"] + TEXTS["methods.typ"])
    assert set(cited) == set(re.findall(r"^@\w+\{(\w+),", TEXTS["references.bib"], re.MULTILINE))
