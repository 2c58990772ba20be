"""The report's methods and references, whichever methods a study holds."""

import re
import shutil
import subprocess

import pytest
import typst

from gen2d.config import METHODS
from gen2d.report.sections.appendix import commit
from gen2d.report.typesetting import sources

TEXTS = {name: source.decode() for name, source in sources().items()}
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
    shown = {**sources(), "main.typ": PAGE.encode()}
    return typst.compile(shown, format="html", ignore_system_fonts=True).decode()


def test_every_method_is_described(page):
    parts = dict(re.findall(r"<h3>(\w+)</h3>(.*?)(?=<h[23]>|$)", page, flags=re.DOTALL))
    assert set(parts) == set(METHODS)
    told = {name for name, text in parts.items() if '<math display="block">' in text}
    baselines = {"external", "gaussian", "oracle", "resample", "truth"}
    assert told == set(METHODS) - baselines
    assert all("doc-biblioref" in parts[name] for name in told)


def test_every_reference_is_cited():
    cited = {
        key
        for name, text in TEXTS.items()
        if name.endswith(".typ")
        for key in re.findall(r"@(\w+\d{4})", text)
    }
    assert cited == set(re.findall(r"^@\w+\{(\w+),", TEXTS["references.bib"], re.MULTILINE))


def test_every_word_of_the_glossary_is_explained_where_it_stands():
    words = re.findall(r'^  "?([\w ]+)"?: "', TEXTS["glossary.typ"], re.MULTILINE)
    assert len(words) >= 6
    sections = [text for name, text in TEXTS.items() if name.startswith("sections/")]
    used = {word for text in sections for word in re.findall(r'#term\("([\w ]+)"', text)}
    assert used == set(words)


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_commit_is_told_where_there_is_one(tmp_path):
    assert commit(tmp_path) == ""
    (tmp_path / "file").write_text("a")
    author = ("-c", "user.name=a", "-c", "user.email=a@b")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first")):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True)
    clean = commit(tmp_path)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    (tmp_path / "file").write_text("b")
    assert commit(tmp_path) == f"{clean}-dirty"
