"""Digests of code: what an edit of a module, plug-in or asset touches, and how jobs notice it."""

import json
import shutil
import subprocess
import sys

import pytest

from gen2d.job import Job
from gen2d.plan import code
from gen2d.plan.stages import STAGES
from gen2d.storage.digests import canonical, digest
from gen2d.storage.errors import JobError
from studies import plan_of, spec_of, values_of


@pytest.fixture
def copied(root, tmp_path):
    """A copy of the package whose digests can be asked for after an edit."""
    shutil.copytree(root / "workflow/gen2d", tmp_path / "gen2d")

    def digests():
        code = (
            "from gen2d.plan.code import code_digest as d\n"
            "for names in (('train', 'dsm_single'), ('train', 'ebm_single'),"
            " ('sample', 'baselines'), ('evaluate',)):\n"
            "    stage, *method = names\n"
            "    print(d(f'gen2d.stages.{stage}', *(f'gen2d.methods.{m}' for m in method)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return dict(zip(("dsm", "ebm", "baselines", "evaluate"), done.stdout.split(), strict=True))

    return tmp_path / "gen2d", digests


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("methods/ebm_single.py", {"ebm"}),
        ("networks/point_network.py", {"dsm", "ebm"}),
        ("methods/base.py", {"dsm", "ebm", "baselines"}),
        ("metrics/two_sample.py", {"evaluate"}),
        ("storage/files.py", {"dsm", "ebm", "baselines", "evaluate"}),
        ("job.py", {"dsm", "ebm", "baselines", "evaluate"}),
        ("plan/knobs.py", set()),
        ("config/methods/scores.py", set()),
        ("storage/errors.py", set()),
        ("figures/losses.py", set()),
    ],
)
def test_an_edit_touches_what_imports_it(copied, file, touched):
    package, digests = copied
    before = digests()
    source = package / file
    source.write_text(source.read_text() + "\nADDED = 1\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == touched


@pytest.mark.parametrize(
    "within",
    [
        "from mine.deep import SHIFT",
        "from .deep import SHIFT",
        "from . import deep; SHIFT = deep.SHIFT",
    ],
)
def test_what_a_plugin_imports_beside_it_counts(within, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/square.py").write_text("from mine.helper import SHIFT\n")
    (tmp_path / "mine/helper.py").write_text(f"{within}\n")

    def digest(shift):
        (tmp_path / "mine/deep.py").write_text(f"SHIFT = {shift}\n")
        code.forget()
        return code.code_digest("mine/square.py")

    assert digest(0) == digest("0  # none")
    assert digest(0) != digest(5)


def test_comments_docstrings_and_layout_do_not_count(copied):
    package, digests = copied
    before = digests()
    for source in package.rglob("*.py"):
        text = source.read_text().replace('"""', '"""Another word. ', 1)
        source.write_text(f"# a comment\n{text}\n\n\n# another\n")
    assert digests() == before


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "square.py"
    path.write_text('"""A square."""\nSIDE = 1\n')
    code.forget()
    yield path
    code.forget()


def test_a_job_learns_of_an_edit_of_its_plugin(plugin):
    text = plugin.read_text()
    planned = code.Planned.of(["gen2d.stages.data", str(plugin)], ())
    planned = code.Planned.of_text(planned.text())  # as a job gets it
    digest = planned.digest
    assert planned.edited(digest) is None
    plugin.write_text(f"# Of side 1.\n{text}")
    assert planned.edited(digest) is None
    plugin.write_text(text.replace("1", "2"))
    assert planned.edited(digest) == plugin
    plugin.write_text(text)
    assert planned.edited(digest) is None
    plugin.unlink()
    assert planned.edited(digest) == plugin


def test_a_job_learns_of_an_edit_of_an_asset(tmp_path, monkeypatch):
    shutil.copytree(code.ROOT, tmp_path / "gen2d")
    monkeypatch.setattr(code, "ROOT", tmp_path / "gen2d")
    code.forget()
    stage, asset = STAGES["explorer_page"], tmp_path / "gen2d/explorer/page.css"
    planned = code.Planned.of(["gen2d.stages.explorer_page"], stage.assets)
    planned = code.Planned.of_text(planned.text())
    digest, text = planned.digest, asset.read_text()
    assert "gen2d.explorer.packing" in planned.files and set(planned.assets) == set(stage.assets)
    assert planned.edited(digest) is None
    asset.write_text(f"{text}\n")
    assert planned.edited(digest) == asset
    asset.write_text(text)
    assert planned.edited(digest) is None
    module = tmp_path / "gen2d/explorer/packing.py"
    module.write_text(f"# No more than words.\n{module.read_text()}")
    assert planned.edited(digest) is None
    module.write_text(f"{module.read_text()}\nADDED = 1\n")
    assert planned.edited(digest) == module
    monkeypatch.undo()
    code.forget()


def test_a_job_refuses_code_that_it_was_not_planned_with(plugin, tmp_path):
    plan = plan_of(values_of({"truth": {"method": "truth"}}))
    planned = code.Planned.of(["gen2d.stages.summary", str(plugin)], ())
    content = {**json.loads(spec_of(plan, "summary")), "code": planned.digest}
    content["digest"] = digest(content)
    job = Job(canonical(content), tmp_path, planned)
    plugin.write_text("SIDE = 2\n")
    for fails in (
        job.check_code,
        lambda: job.write_table("summary", {"a": [1]}),
        lambda: Job(canonical(content), tmp_path, planned),
    ):
        with pytest.raises(
            JobError, match=r"square\.py: expected the code that this run"
        ) as caught:
            fails()
        assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == [plugin]
