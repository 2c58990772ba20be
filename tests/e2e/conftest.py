"""Fixtures: the results of the smoke study, and headless Chromium, in which pages are opened."""

import shutil

import pytest

pytest.register_assert_rewrite("pages")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


@pytest.fixture(scope="session")
def results(finished):
    return finished.path / "results/smoke"


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip("looking at pages needs Chromium, which is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture
def open_page(browser):
    """Opens a file; at the end of the test nothing was loaded from elsewhere or went wrong."""
    said, asked, contexts = [], [], []

    def opened(path, fragment="", width=1280, height=900, scheme="light"):
        viewport = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{path}{fragment}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
