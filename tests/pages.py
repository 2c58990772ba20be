"""What people see of pages: pixels of a screen at rest, every figure, and sheets of paper."""

import io
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

SCRIPT = Path(__file__).with_name("accessible.js")


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


def check_report(page):
    """Every figure of a report is drawn, and nothing is wider than the page."""
    for figure in page.locator("img").all():
        assert drawn(picture(figure)) > 50, figure.get_attribute("alt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def text_of(path, number=0):
    """The text of a page on paper, in one line."""
    with pypdfium2.PdfDocument(path) as document:
        return " ".join(document[number].get_textpage().get_text_range().split())


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


def faults(page):
    """What a page lacks for people who see, hear or point otherwise: sentences."""
    return page.evaluate(SCRIPT.read_text())
