"""What people see: both pages in headless Chromium, and the report's pages on paper."""

import copy
import csv
import io
import shutil

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from conftest import DATASETS, MODELS
from explored import HOSTILE, shown
from gen2d import config, runner
from gen2d.plan.spec import Plan
from gen2d.plan.stages import STAGES
from gen2d.stages import explorer

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

    def opened(path, fragment="", width=1280, scheme="light"):
        viewport = {"width": width, "height": 900}
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


@pytest.fixture
def explore(results, open_page):
    """Opens the explorer, and waits for its first picture."""

    def opened(fragment="", **look):
        page = open_page(results / "explorer.html", fragment, **look)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    return opened


def picture(element):
    """The pixels of an element, once they have been the same twice."""
    before = None
    for _ in range(50):
        pixels = np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"), dtype=int)
        if before is not None and before.shape == pixels.shape and (before == pixels).all():
            return pixels
        before = pixels
    raise AssertionError("the picture never rests")


def drawn(pixels):
    """How many pixels of the inner part differ from its commonest colour."""
    height, width, _ = pixels.shape
    inner = pixels[height // 8 : -height // 8, width // 8 : -width // 8].reshape(-1, 3)
    colours, counts = np.unique(inner, axis=0, return_counts=True)
    return int((np.abs(inner - colours[counts.argmax()]).sum(1) > 60).sum())


def number(text):
    return float(text.replace("−", "-"))


def check_report(page):
    """Every figure of a report is drawn, and nothing is wider than the page."""
    for figure in page.locator("img").all():
        assert drawn(picture(figure)) > 50, figure.get_attribute("alt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_figure_of_the_report_is_drawn(results, open_page):
    page = open_page(results / "report.html")
    assert page.locator("img").count() > 10
    check_report(page)


@pytest.mark.parametrize("width", [360, 1024, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_explorer_fits_and_is_drawn(explore, width, scheme):
    page = explore("#layers=true,model,score&field=density", width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for side in ("left", "right"):
        pixels = picture(page.locator(f"#{side} .plot"))
        assert drawn(pixels) > 500
        assert (pixels.mean() < 128) == (scheme == "dark")
    assert drawn(picture(page.locator("#left .loss"))) > 20


def test_choosing_changes_the_picture_and_the_address(explore):
    page = explore()
    plot = page.locator("#left .plot")
    seen = picture(plot)
    for control, value in (
        ("#data", "spiral"),
        ("#left select", "ebm_coursework"),
        ("#seed", "1"),
        ("#field", "density"),
    ):
        page.locator(control).select_option(value)
        page.wait_for_function("value => location.hash.includes('=' + value)", arg=value)
        if control != "#field":  # of which this model has none
            now = picture(plot)
            assert (now != seen).any(), control
            seen = now
    assert (
        "no density: its energy need not be normalisable"
        in page.locator("#left .note").inner_text()
    )
    page.locator("#model").uncheck()
    assert (picture(plot) != seen).any()
    # The address is enough to come back.
    hash_, seen = page.evaluate("location.hash"), picture(plot)
    again = explore(hash_)
    assert again.locator("#data").input_value() == "spiral"
    assert (picture(again.locator("#left .plot")) == seen).all()


@pytest.mark.parametrize("scrubber", ["training", "sampling"])
def test_scrubbing_changes_the_picture_and_the_address(explore, scrubber):
    page = explore("#data=spiral&left=cnf&right=truth&layers=model,score")
    plot, still = page.locator("#left .plot"), page.locator("#right .plot")
    seen, hash_, notes = picture(plot), page.evaluate("location.hash"), set()
    for at in ("0", "3", "6"):
        page.locator(f"#{scrubber}-at").fill(at)
        now, moved = picture(plot), page.evaluate("location.hash")
        assert (now != seen).any()
        assert moved != hash_ and f"moving={scrubber}" in moved and moved.endswith(f"at={at}")
        notes.add(page.locator("#left .note").inner_text())
        seen, hash_ = now, moved
    assert len(notes) == 3
    assert drawn(picture(still)) > 500


def test_keys_step_and_play(explore):
    page = explore("#data=spiral&left=cnf&moving=sampling&at=3")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.endsWith('at=4')")
    page.keyboard.press("t")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.hash.includes('moving=training')")
    page.keyboard.press("f")
    page.wait_for_function("location.hash.includes('field=density')")
    page.keyboard.press("s")
    page.keyboard.press(" ")
    assert page.locator("#sampling .play").inner_text() == "Pause"
    page.wait_for_function("location.hash.endsWith('at=20')")
    page.wait_for_function("document.querySelector('#sampling .play').textContent === 'Play'")


def test_numbers_are_those_of_the_tables(explore, results):
    page = explore("#data=pinwheel&left=cnf&right=truth&seed=1")
    with open(results / "metrics.csv") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if (row["dataset"], row["model"], row["seed"]) == ("pinwheel", "cnf", "1")
        ]
    assert len(rows) > 3
    for row in rows:
        shown = page.locator(f"#left tr[data-metric='{row['metric']}'] td").first.inner_text()
        assert number(shown) == pytest.approx(float(row["value"]), rel=6e-3)
    with open(results / "verdicts.csv") as stream:
        (verdict,) = (
            row["verdict"]
            for row in csv.DictReader(stream)
            if (row["dataset"], row["model"]) == ("pinwheel", "cnf")
        )
    assert page.locator("#left caption").inner_text() == f"cnf: {verdict}"


def point_at_the_middle(page):
    box = page.locator("#left .plot").bounding_box()
    for step in (0.5, 0.52):
        page.mouse.move(box["x"] + step * box["width"], box["y"] + step * box["height"])


def test_values_are_read_under_the_pointer_in_both_panels(explore):
    page = explore("#data=spiral&left=cnf&right=truth&layers=score")
    point_at_the_middle(page)
    readout = "document.querySelector('#{} .readout').textContent.includes('{}')"
    for side, words in (("left", "log q = "), ("right", "log p = "), ("left", "score (")):
        page.wait_for_function(readout.format(side, words))


def test_what_is_read_keeps_up_with_the_picture(explore):
    page = explore("#data=spiral&left=cnf&right=truth&layers=score&moving=training")
    point_at_the_middle(page)
    readout = "document.querySelector('#left .readout').textContent"
    page.wait_for_function(f"{readout}.includes('score (')")
    seen = page.evaluate(readout)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"text => {readout}.includes('score (') && {readout} !== text", arg=seen)


def test_of_two_choices_at_once_the_last_is_drawn(explore):
    """Though what the first one needs takes longer to unpack."""
    page = explore("#data=spiral&left=cnf&right=truth&layers=model")
    seen = picture(page.locator("#left .plot"))
    page.evaluate(
        """() => {
          const select = document.querySelector("#left select");
          for (const name of ["ebm_coursework", "cnf"]) {
            select.value = name;
            select.dispatchEvent(new Event("change"));
          }
        }"""
    )
    assert (picture(page.locator("#left .plot")) == seen).all()
    assert page.locator("#left caption").inner_text().startswith("cnf: ")


def test_every_control_has_a_name_and_what_changes_is_said(explore):
    page = explore("#data=spiral")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('select, input, button')].filter((e) =>"
        " !e.labels?.length && !e.textContent.trim() && !e.ariaLabel).map((e) => e.outerHTML)"
    )
    assert unnamed == []
    page.wait_for_function("document.querySelector('#summary').textContent.includes('spiral')")
    assert page.locator("#summary").get_attribute("aria-live") == "polite"
    assert "cnf: Training step" in page.locator("#left .plot").get_attribute("aria-label")


def test_picture_and_points_are_exported(explore):
    page = explore("#data=spiral&left=cnf&right=dsm_coursework")
    with page.expect_download() as download:
        page.locator("#picture").click()
    assert download.value.suggested_filename == "gen2d-spiral-cnf-dsm_coursework.png"
    assert drawn(np.asarray(Image.open(download.value.path()).convert("RGB"), dtype=int)) > 1000
    with page.expect_download() as download:
        page.locator("#table").click()
    with open(download.value.path(), newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["model"] for row in rows} == {"cnf", "dsm_coursework"}
    assert len(rows) == 2 * explorer.N_POINTS


def test_every_cell_and_field_is_shown_or_has_a_reason(explore):
    page = explore()
    options = page.locator("#field option")
    fields = dict(options.evaluate_all("options => options.map(o => [o.value, o.text])"))
    for dataset in DATASETS:
        for model in MODELS:
            for field, name in fields.items():
                page.evaluate(
                    "hash => { location.hash = hash; }",
                    f"data={dataset}&left={model}&right=truth&field={field}&layers=score",
                )
                page.wait_for_function(
                    "([data, left, field]) => document.querySelector('#data').value === data"
                    " && document.querySelector('#left select').value === left"
                    " && document.querySelector('#field').value === field",
                    arg=[dataset, model, field],
                )
                assert page.locator("#error").is_hidden()
                if page.locator("#left .plot").get_attribute("data-field") != field:
                    assert f"no {name}: " in page.locator("#left .note").inner_text()


LONG = "a" * 60
ODD = {
    "one model": {},
    "points from a file": {"models": ("cnf", "kde", "truth"), "known": False},
    "all diverged": {"models": ("cnf", "dsm", "truth"), "diverged": (0, 1)},
    "twelve models": {"models": (*(f"model_{i}" for i in range(11)), "truth")},
    "long names and markup": {"models": (f"m{LONG}",), "dataset": f"d{LONG}", "title": HOSTILE},
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_studies_are_shown(open_page, tmp_path, kind):
    shown(tmp_path, **ODD[kind])
    for fragment in ("", "#layers=true,model,score,paths&field=density_error&moving=sampling&at=1"):
        page = open_page(tmp_path / "explorer.html", fragment, width=360)
        page.wait_for_selector("html[data-ready=yes]")
        assert page.locator("#error").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for side in ("left", "right"):
            assert drawn(picture(page.locator(f"#{side} .plot"))) > 200  # of the true points
            assert page.locator(f"#{side} .note").inner_text()
    assert page.locator("h1").inner_text().split() == ODD[kind].get("title", "A study").split()
    if kind == "all diverged":
        assert "500 of 500 points are outside" in page.locator("#left .note").inner_text()
        assert page.locator("#left tbody td").first.inner_text() == "diverged at training step 2"
    if kind == "points from a file":
        assert "no density is known to compare with" in page.locator("#left .note").inner_text()


def check_paper(path):
    """No page is blank, and none has ink beyond the margins, but for its number below."""
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document, start=1):
            pixels = np.asarray(page.render(scale=1, grayscale=True).to_pil()) < 200
            assert pixels.sum() > 50, f"page {number} is blank"
            margin = 50  # points, of the 2 cm that are 57
            inside = np.zeros_like(pixels)
            inside[margin:-margin, margin:-margin] = True
            middle = pixels.shape[1] // 2
            inside[-margin:, middle - 20 : middle + 20] = True
            assert not (pixels & ~inside).any(), f"page {number} overflows"


def test_no_page_of_the_pdf_is_blank_or_overflows(results):
    check_paper(results / "report.pdf")


TINY = {"n_steps": 20, "log_every": 10}
MODELS_AT_HAND = {
    "cnf": {"method": "cnf", "training": TINY},
    "dsm": {"method": "dsm", "training": TINY, "sampling": {"n_steps": 10}},
    "gan": {"method": "gan", "training": TINY},
    **{name: {"method": name} for name in ("gaussian", "kde", "resample", "truth")},
}
MIXTURE = {"kind": "gaussian_mixture", "n_train": 100, "n_holdout": 50}
FILE = {"kind": "points", "path": "points.csv", "n_train": 100, "n_holdout": 50}


def some(*names, **training):
    """Models of a study; keys of the training replace those of the ones that train."""
    models = {name: copy.deepcopy(MODELS_AT_HAND[name]) for name in names}
    for model in models.values():
        if "training" in model:
            model["training"] |= training
    return models


ODD_RUNS = {
    "one model": ({"mixture": MIXTURE}, some("cnf")),
    "points from a file": (
        {"mine": FILE, "mixture": MIXTURE},
        some("cnf", "dsm", "gan", "kde", "truth") | {"oracle": {"method": "oracle", "of": "dsm"}},
    ),
    "all diverged": (
        {"mixture": MIXTURE},
        some("cnf", "dsm", "gan", "resample", learning_rate=1e30),
    ),
    "twelve models": (
        {"mixture": MIXTURE},
        some("cnf", "dsm", "gaussian", "kde", "resample", "truth")
        | {f"truth_{i}": {"method": "truth"} for i in range(6)},
    ),
    "long names and markup": (
        {"d" + "_data" * 12: MIXTURE},
        {"m" + "_long" * 12: MODELS_AT_HAND["cnf"], "t" + "_long" * 12: {"method": "truth"}},
    ),
}


@pytest.mark.parametrize("kind", ODD_RUNS)
def test_odd_studies_run_and_are_shown(open_page, tmp_path, monkeypatch, kind):
    datasets, models = ODD_RUNS[kind]
    study = {
        "seeds": 2,
        "n_samples": 200,
        "datasets": datasets,
        "models": models,
        "metrics": {"n_reference": 200, "n_likelihood": 50},
        "report": {"title": HOSTILE if kind == "long names and markup" else kind},
    }
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(400, 2))
    np.savetxt("points.csv", points, delimiter=",")
    results = tmp_path / "results"
    runner.run(Plan(STAGES, config.load(study)), results)
    if kind == "all diverged":
        with open(results / "metrics.csv") as stream:
            rows = [row for row in csv.DictReader(stream) if row["model"] != "resample"]
        whys = ("diverged: diverged at training step", "skipped: no score was learned")
        assert all(f"{row['status']}: {row['note']}".startswith(whys) for row in rows)
    check_paper(results / "report.pdf")
    check_report(open_page(results / "report.html", width=1024))
    page = open_page(results / "explorer.html", width=1024)
    page.wait_for_selector("html[data-ready=yes]")
    assert page.locator("#error").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").inner_text().split() == study["report"]["title"].split()
    for side in ("left", "right"):
        assert drawn(picture(page.locator(f"#{side} .plot"))) > 50
