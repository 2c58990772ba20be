"""The explorer of the smoke study in headless Chromium: what it shows, and what controls do."""

import csv

import numpy as np
import pytest
from PIL import Image

from conftest import DATASETS, MODELS
from gen2d.explorer.content import N_POINTS
from pages import drawn, picture


@pytest.fixture
def explore(results, open_page):
    """Opens the explorer, and waits for its first picture."""

    def opened(fragment="", **look):
        page = open_page(results / "explorer.html", fragment, **look)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    return opened


def number(text):
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_explorer_fits_and_is_drawn(explore, width, scheme):
    page = explore("#layers=true,model,score&field=density", width=width, scheme=scheme)
    page.locator("#tools summary").click()
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
        ("#data", "gaussian_mixture"),
        ("#left select", "ebm_as_described"),
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
    assert again.locator("#data").input_value() == "gaussian_mixture"
    assert (picture(again.locator("#left .plot")) == seen).all()


@pytest.mark.parametrize("scrubber", ["training", "sampling"])
def test_scrubbing_changes_the_picture_and_the_address(explore, scrubber):
    page = explore("#data=gaussian_mixture&left=cnf&right=truth&layers=model,score")
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
    page = explore("#data=gaussian_mixture&left=cnf&moving=sampling&at=3")
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
    page = explore("#data=gaussian_mixture&left=cnf&right=truth&seed=1")
    with open(results / "metrics.csv") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if (row["dataset"], row["model"], row["seed"]) == ("gaussian_mixture", "cnf", "1")
        ]
    assert len(rows) > 3
    for row in rows:
        shown = page.locator(f"#left tr[data-metric='{row['metric']}'] td").first.inner_text()
        assert number(shown) == pytest.approx(float(row["value"]), rel=6e-3)
    with open(results / "verdicts.csv") as stream:
        (verdict,) = (
            row["verdict"]
            for row in csv.DictReader(stream)
            if (row["dataset"], row["model"]) == ("gaussian_mixture", "cnf")
        )
    told = f"CNF: {verdict}" if verdict else "CNF"
    assert page.locator("#left caption").inner_text() == told


def point_at_the_middle(page):
    box = page.locator("#left .plot").bounding_box()
    for step in (0.5, 0.52):
        page.mouse.move(box["x"] + step * box["width"], box["y"] + step * box["height"])


def test_values_are_read_under_the_pointer_in_both_panels(explore):
    page = explore("#data=checkerboard&left=cnf&right=truth&layers=score")
    point_at_the_middle(page)
    readout = "document.querySelector('#{} .readout').textContent.includes('{}')"
    for side, words in (("left", "log q = "), ("right", "log p = "), ("left", "score (")):
        page.wait_for_function(readout.format(side, words))


def test_what_is_read_keeps_up_with_the_picture(explore):
    page = explore("#data=gaussian_mixture&left=cnf&right=truth&layers=score&moving=training")
    point_at_the_middle(page)
    readout = "document.querySelector('#left .readout').textContent"
    page.wait_for_function(f"{readout}.includes('score (')")
    seen = page.evaluate(readout)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"text => {readout}.includes('score (') && {readout} !== text", arg=seen)


def test_of_two_choices_at_once_the_last_is_drawn(explore):
    """Though what the first one needs takes longer to unpack."""
    page = explore("#data=gaussian_mixture&left=cnf&right=truth&layers=model")
    seen = picture(page.locator("#left .plot"))
    page.evaluate(
        """() => {
          const select = document.querySelector("#left select");
          for (const name of ["ebm_as_described", "cnf"]) {
            select.value = name;
            select.dispatchEvent(new Event("change"));
          }
        }"""
    )
    assert (picture(page.locator("#left .plot")) == seen).all()
    assert page.locator("#left caption").inner_text().startswith("CNF")


def test_every_control_has_a_name_and_what_changes_is_said(explore):
    page = explore("#data=gaussian_mixture")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('select, input, button')].filter((e) =>"
        " !e.labels?.length && !e.textContent.trim() && !e.ariaLabel).map((e) => e.outerHTML)"
    )
    assert unnamed == []
    shows = "document.querySelector('#summary').textContent.includes('gaussian mixture')"
    page.wait_for_function(shows)
    assert page.locator("#summary").get_attribute("aria-live") == "polite"
    assert "CNF: Training step" in page.locator("#left .plot").get_attribute("aria-label")


def test_picture_and_points_are_exported(explore):
    page = explore("#data=gaussian_mixture&left=cnf&right=dsm_as_described")
    page.locator("#tools summary").click()
    with page.expect_download() as download:
        page.locator("#picture").click()
    assert download.value.suggested_filename == "gen2d-gaussian_mixture-cnf-dsm_as_described.png"
    assert drawn(np.asarray(Image.open(download.value.path()).convert("RGB"), dtype=int)) > 1000
    with page.expect_download() as download:
        page.locator("#table").click()
    with open(download.value.path(), newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["model"] for row in rows} == {"cnf", "dsm_as_described"}
    assert len(rows) == 2 * N_POINTS


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
