"""Names and titles that would like to be markup or paths: refused, or shown as text."""

import copy
import shutil
from html.parser import HTMLParser

import pypdf
import pytest
import yaml

from conftest import tiny_plan
from faults import kills
from gen2d import config, runner
from gen2d.plan.stages import STAGES

HOSTILE = [
    "../../escape",
    "/etc/passwd",
    "two words",
    "two\nlines",
    'it\'s "quoted"; rm -rf ~ $(id) `id`',
    '#eval("1 + 1") #panic() $x^2$ *bold* _it_ @label <label> // comment',
    "<script>alert(1)</script><img src=x onerror=alert(1)> & &lt;",
    "\\u{1F600} \\ } ] )",
    "naïve 数学 ελληνικά",
    "a" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("section", ["datasets", "models"])
def test_hostile_names_are_refused(root, section, name):
    values = yaml.safe_load((root / "config.yaml").read_text())
    values[section] = {name: copy.deepcopy(next(iter(values[section].values())))}
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: {section}.{' '.join(name.splitlines())}: ")
    assert "expected small letters, digits and _" in line or "at most 64 characters" in line


@pytest.mark.parametrize(
    "path", ["/tmp", "..", "results/..", "results/../..", "other", "results/a b", "results/$(id)"]
)
def test_no_folder_outside_the_results(root, path):
    values = yaml.safe_load((root / "config.yaml").read_text())
    values["pathvars"]["results"] = path
    with pytest.raises(config.ConfigError, match=r"^config: pathvars\.results: "):
        config.load(values)


class Page(HTMLParser):
    """The text of a page and its elements."""

    def __init__(self, text):
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.text += data


def test_hostile_titles_are_shown_as_text(tiny, tmp_path):
    results = shutil.copytree(tiny / kills.RESULTS, tmp_path / "results")
    for title in (" ".join(HOSTILE[:-1]), HOSTILE[-1]):
        plan = tiny_plan({"report": {"title": title, "author": title}})
        for stage in ("config", "report"):
            runner.run_job(plan, STAGES[stage], {}, results)
        shown = Page((results / "report.html").read_text())
        assert " ".join(title.split()) in " ".join(shown.text.split())
        assert "script" not in shown.tags
        assert pypdf.PdfReader(results / "report.pdf").metadata.title == title
