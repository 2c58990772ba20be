"""The house is in order: no source is long, and few modules lie loose in the package."""

import pytest

ENDINGS = (".py", ".smk", ".typ", ".js", ".css")


@pytest.fixture(scope="module")
def sources(root):
    folders = (root / "workflow", root / "tests")
    return [
        root / "Snakefile",
        *(path for folder in folders for path in folder.rglob("*") if path.suffix in ENDINGS),
    ]


def test_no_source_has_more_than_350_lines_of_100_columns(sources, root):
    assert len(sources) > 150
    for path in sources:
        lines = path.read_text().splitlines()
        assert len(lines) <= 350, path.relative_to(root)
        assert max(map(len, lines), default=0) <= 100, path.relative_to(root)


def test_few_modules_lie_loose_in_the_package(root):
    loose = {path.stem for path in (root / "workflow/gen2d").glob("*.py")}
    assert loose == {"__init__", "__main__", "geometry", "job", "plugins", "runner"}
