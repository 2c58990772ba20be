"""What the explorer offers beside its panels: views, explanations, recordings, own points."""

import base64
import json

import numpy as np
import pytest

from explored import shown
from pages import drawn, faults, picture

READY = "html[data-ready=yes]"
# A video's seconds and size, and how much its first frame differs from its last.
PLAYED = """async (data) => {
  const video = document.createElement("video");
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  await new Promise((done, fail) => ([video.onloadeddata, video.onerror] = [done, fail]));
  const at = async (time) => {
    video.currentTime = time;
    await new Promise((done) => (video.onseeked = done));
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    return context.getImageData(0, 60, canvas.width, canvas.height - 60).data;
  };
  const last = await at(1e9), seconds = video.currentTime, first = await at(0);
  const differ = first.reduce((n, value, i) => n + (Math.abs(value - last[i]) > 60), 0);
  return [seconds, video.videoWidth, video.videoHeight, differ];
}"""


@pytest.fixture
def explore(tmp_path, open_page):
    """Opens the explorer of a made-up study, with its tools in sight."""
    shown(tmp_path, models=("cnf", "dsm", "truth"), diverged=())

    def opened(fragment="", **look):
        page = open_page(tmp_path / "explorer.html", fragment, **look)
        page.wait_for_selector(READY)
        page.locator("#tools summary").click()
        return page

    return opened


def presets_of(page):
    return json.loads(page.locator("#content").text_content())["presets"]


@pytest.mark.parametrize("fragment", ["", "#", "#pane=left&when=now"])
def test_without_an_address_that_it_knows_it_opens_on_the_first_view(explore, fragment):
    page = explore(fragment)
    first, *_ = presets_of(page)
    assert page.evaluate("location.hash") == f"#{first['address']}"
    assert page.locator("#presets a[aria-current=true]").inner_text() == first["title"]
    assert page.locator("#look").inner_text() == first["look"]


def test_an_address_wins_and_what_it_gets_wrong_is_ignored(explore):
    page = explore(
        "#right=dsm&left=gone&data=gone&field=gone&seed=99&layers=gone&at=x&moving=gone&a=1"
    )
    assert page.locator("#right select").input_value() == "dsm"
    assert page.locator("#left select").input_value() == "cnf"
    assert page.locator("#field").input_value() == "none"
    assert "moving=training" in page.evaluate("location.hash")
    assert page.locator("#error").is_hidden()


def test_true_points_that_are_alone_have_the_colours_of_labels(tmp_path, open_page):
    shown(tmp_path, models=("cnf", "truth"), labels=lambda x: (x[:, 0] > 0).astype(int))
    page = open_page(tmp_path / "explorer.html", "#left=cnf&right=truth&layers=true,model")
    page.wait_for_selector(READY)
    orange, sky = {}, {}  # columns of pixels
    for side in ("left", "right"):
        red, _, blue = np.moveaxis(picture(page.locator(f"#{side} .plot")), -1, 0)
        orange[side] = (red - blue > 100).any(axis=0).nonzero()[0]
        sky[side] = ((blue - red > 80) & (red > 80)).any(axis=0).nonzero()[0]
    assert not len(orange["left"])
    assert len(orange["right"]) > 100 and len(sky["right"]) > 100
    assert orange["right"].max() < sky["right"].min() + 6  # a dot's width
    assert "True points in the colours of their labels" in page.locator("#right .note").inner_text()


def test_views_are_links_that_are_marked_while_they_are_shown(explore):
    page = explore("#left=truth&right=truth")
    links, current = page.locator("#presets a"), page.locator("#presets a[aria-current=true]")
    presets = presets_of(page)
    assert len(presets) == links.count() == 2
    assert current.count() == 0 and page.locator("#look").inner_text() == ""
    for preset, link in zip(presets, links.all(), strict=True):
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "text => document.querySelector('#look').textContent === text", arg=preset["look"]
        )
        assert page.evaluate("location.hash") == f"#{preset['address']}"
        assert current.inner_text() == preset["title"]
    page.locator("#sampling-at").fill("0")
    assert current.inner_text() == preset["title"]


def test_metrics_are_explained_by_mouse_and_by_keyboard(explore):
    page = explore()
    opener = page.locator("#left tr[data-metric=energy_distance] button")
    lines = page.locator("tr.line")
    assert opener.get_attribute("title").endswith("Lower is better.")
    assert lines.first.is_hidden()
    opener.focus()
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    assert [line.inner_text() for line in lines.all()] == [opener.get_attribute("title")] * 2
    assert page.locator(f"#{opener.get_attribute('aria-controls')}").is_visible()
    page.locator("#left select").select_option("dsm")
    page.wait_for_function("document.querySelector('#left caption').textContent === 'dsm'")
    assert lines.first.is_visible()
    opener.click()
    assert lines.first.is_hidden()


def test_the_report_is_linked(explore):
    hrefs = (
        explore().locator("header a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    )
    assert {href.partition("#")[0] for href in hrefs} == {"report.html"}


def test_sampling_is_recorded_once_through(explore):
    page = explore("#left=cnf&right=dsm&layers=model&moving=sampling&at=1")
    with page.expect_download() as download:
        page.locator("#record").click()
        assert page.locator("#record").inner_text() == "Stop recording"
    assert download.value.suggested_filename == "gen2d-mine-cnf-dsm.webm"
    data = download.value.path().read_bytes()
    seconds, width, height, differ = page.evaluate(PLAYED, base64.b64encode(data).decode())
    assert len(data) > 10_000
    assert seconds > 1
    assert width == pytest.approx(1240, abs=60) and width > height > width / 3
    assert differ > 5000  # some hundred are the codec's
    assert page.locator("#record").inner_text() == "Record (WebM)"
    assert "moving=sampling" in page.evaluate("location.hash")
    assert not page.evaluate("document.querySelector('#controls').inert")


def test_where_the_browser_cannot_record_nothing_says_that_it_can(browser, explore, tmp_path):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.MediaRecorder")
    page.goto(f"file://{tmp_path}/explorer.html")
    page.wait_for_selector(READY)
    page.locator("#tools summary").click()
    assert page.locator("#picture").is_visible() and page.locator("#record").is_hidden()
    context.close()


def n_changed(plot, before):
    """How many pixels of the inner part of a plot differ from those before."""
    return int((np.abs(picture(plot) - before).sum(2) > 60)[20:-30, 40:-10].sum())


def stroke(page, side):
    """Draws a line on a panel."""
    box = page.locator(f"#{side} .plot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=20)
    page.mouse.up()
    page.mouse.move(5, 5)


def test_points_are_drawn_over_both_panels_and_cleared(explore):
    page = explore("#layers=model")
    plots = [page.locator(f"#{side} .plot") for side in ("left", "right")]
    stroke(page, "left")  # which draws nothing yet
    assert page.locator("#own-said").inner_text() == "no point of yours"
    before = [picture(plot) for plot in plots]
    page.locator("#draw").click()
    stroke(page, "left")
    count = int(page.locator("#own-said").inner_text().split()[0])
    assert 5 <= count <= 11
    page.locator("#draw").click()
    stroke(page, "right")
    assert page.locator("#own-said").inner_text() == f"{count} points of yours"
    for plot, pixels in zip(plots, before, strict=True):
        assert n_changed(plot, pixels) > 100
    page.locator("#own-shown").uncheck()
    for plot, pixels in zip(plots, before, strict=True):
        assert n_changed(plot, pixels) == 0
    page.locator("#clear").click()
    assert page.locator("#own-said").inner_text() == "no point of yours"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0,0\n0.5,-0.5\n", "2 points of yours"),
        ("\ufeffx,y\r\n0;0\r\n\r\n", "1 point of yours"),
        ("x\ty\n1e9\t0\n0\t0", "2 points of yours, 1 outside of the picture"),
        ("x,y\n0,0\n0,b\n", "mine.csv: expected rows of two numbers; line 3 is “0,b”."),
        ("0,0,0\n", "mine.csv: expected rows of two numbers; line 1 is “0,0,0”."),
        ("x,y\n", "mine.csv: expected rows of two numbers; there is none."),
        (
            "0,0\n" * 20001,
            "mine.csv: expected rows of two numbers; there are 20001, and 20000 are the most.",
        ),
    ],
)
def test_points_are_read_from_files_or_a_line_says_why_not(explore, text, said):
    page = explore()
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("#own-file").set_input_files(file)
    page.wait_for_function(
        "text => document.querySelector('#own-said').textContent === text", arg=said
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_files_are_dropped(explore):
    page = explore()
    page.locator("#tools summary").click()
    drop = """() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["0,0"], "mine.csv"));
      const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      return !document.querySelector("#right .plot").dispatchEvent(event);
    }"""
    assert page.evaluate(drop)
    page.wait_for_function("document.querySelector('#own-said').textContent === '1 point of yours'")
    assert (
        page.locator("#clear").is_enabled() and page.locator("#tools").get_attribute("open") == ""
    )


def test_own_points_stay_over_other_views(explore):
    page = explore()
    page.locator("#own-file").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": b"0,0"}
    )
    page.locator("#presets a").last.click()
    assert page.locator("#own-said").inner_text() == "1 point of yours"
    assert drawn(picture(page.locator("#left .plot"))) > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out(explore, scheme):
    page = explore("#field=density", scheme=scheme)
    page.locator("details:not(#tools) summary").click()
    page.locator("#left tbody button").first.click()
    page.locator("#own-file").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": b"0,0"}
    )
    assert [fault for fault in faults(page) if fault.startswith("contrast")] == []
