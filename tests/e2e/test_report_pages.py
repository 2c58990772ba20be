"""The report of the smoke study: its page in headless Chromium, and its pages on paper."""

import re

import pytest

from pages import check_paper, check_report, faults

SCREENS = {"phone": (360, 640), "tablet": (768, 1024), "laptop": (1280, 800)}
SIDES = ("top", "right", "bottom", "left")
LARGEST = 400_000
"""Characters that a figure's image is coded in at most."""
MEAN = 110_000
"""In the mean: the default study has 48 figures, and a page that is to stay under 6 MiB."""


@pytest.fixture
def report(results, open_page):
    def opened(screen="laptop", fragment=""):
        page = open_page(results / "report.html", fragment, *SCREENS[screen])
        page.wait_for_load_state()
        return page

    return opened


def test_every_figure_of_the_report_is_drawn(report):
    page = report()
    assert page.locator("img").count() > 10
    check_report(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_is_accessible(report, screen):
    page = report(screen)
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
    assert faults(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_screen_has_a_picture(report, screen):
    box = report(screen).locator("#figure-hero img").bounding_box()
    assert box["y"] + box["height"] / 2 < SCREENS[screen][1]


def test_images_are_small_and_sharp(results, report):
    coded = [
        len(src) for src in re.findall(r'src="([^"]+)"', (results / "report.html").read_text())
    ]
    assert max(coded) < LARGEST
    assert sum(coded) / len(coded) < MEAN
    pixels = "(image) => image.naturalWidth / image.clientWidth"
    assert {image.evaluate(pixels) for image in report().locator("img").all()} == {2}


def test_contents_stay_in_sight(report):
    for screen, contents in {"phone": "a.contents", "laptop": "nav"}.items():
        page = report(screen, "#figure-cost")
        page.wait_for_function("scrollY > 1000")
        box = page.locator(contents).bounding_box()
        assert 0 <= box["y"] <= box["y"] + box["height"] <= SCREENS[screen][1]
    page = report("phone")
    page.locator("a.contents").click()
    page.wait_for_function("Math.abs(document.querySelector('nav').getBoundingClientRect().y) < 50")


def test_rows_of_wide_tables_are_cards_on_a_phone(report):
    page = report("phone")
    for table in page.locator(".cards").all():
        assert table.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    cell = page.locator("#matrix td:nth-child(2)").first
    assert cell.inner_text().startswith("checkerboard\n")
    on_laptop = report().locator("#matrix td:nth-child(2)").first.inner_text()
    assert on_laptop and "checkerboard" not in on_laptop


def test_words_have_their_meaning_at_a_tap_and_by_keyboard(report):
    page = report("phone")
    shown = "getComputedStyle(document.activeElement, '::after').content"
    words = page.locator("abbr")
    words.first.click()
    assert page.evaluate(shown) == f'"{words.first.get_attribute("title")}"'
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "ABBR":
        page.keyboard.press("Tab")
    assert page.evaluate(shown) == f'"{words.nth(1).get_attribute("title")}"'
    assert {"score", "memoriser"} <= {word.inner_text() for word in words.all()}


def test_figures_lead_to_their_states_of_the_explorer(results, report, open_page):
    links = report().locator(".picture a")
    named = {
        link.evaluate("(e) => e.parentElement.id"): link.get_attribute("href")
        for link in links.all()
    }
    assert {"figure-hero", "figure-samples", "figure-densities", "figure-chains"} <= named.keys()
    assert {
        "figure-fields-cnf",
        "figure-losses-cnf",
        "figure-error_sources",
    } <= named.keys()
    state = "Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
    page = open_page(results / "explorer.html")
    for name, address in named.items():
        path, _, fragment = address.partition("#")
        assert path == "explorer.html"
        page.goto(f"file://{results / path}?{name}#{fragment}")
        page.wait_for_selector("html[data-ready=yes]")
        wanted = dict(pair.split("=") for pair in fragment.split("&"))
        if page.locator(f"#{wanted['moving']}-at").get_attribute("max") == "0":
            del wanted["moving"]  # nothing moves
        kept = page.evaluate(state)
        assert {key: kept[key] for key in wanted} == wanted, name


def test_the_page_prints(report, tmp_path):
    report().pdf(path=tmp_path / "page.pdf", format="A4", margin=dict.fromkeys(SIDES, "2cm"))
    check_paper(tmp_path / "page.pdf")


def test_no_page_of_the_pdf_is_blank_or_overflows(results):
    check_paper(results / "report.pdf")
