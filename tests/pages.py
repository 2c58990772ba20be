"""Checks of pages as readers see them: on screen, in the report's figures, and on paper."""

import io
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

SCRIPT = Path(__file__).with_name("accessible.js")


def picture(element):
    """Pixels of an element, once two in a row are equal."""
    before = None
    for _ in range(50):
        pixels = np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"), dtype=int)
        if before is not None and before.shape == pixels.shape and (before == pixels).all():
            return pixels
        before = pixels
    raise AssertionError("the picture never rests")


def drawn(pixels):
    """Number of pixels of the inner part that differ from its commonest colour."""
    height, width, _ = pixels.shape
    inner = pixels[height // 8 : -height // 8, width // 8 : -width // 8].reshape(-1, 3)
    colours, counts = np.unique(inner, axis=0, return_counts=True)
    return int((np.abs(inner - colours[counts.argmax()]).sum(1) > 60).sum())


def check_report(page):
    """Asserts that every figure of a report is drawn, and nothing is wider than the page."""
    for figure in page.locator("img").all():
        assert drawn(picture(figure)) > 50, figure.get_attribute("alt")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def text_of(path, number=0):
    """The text of a PDF's page, in one line."""
    with pypdfium2.PdfDocument(path) as document:
        return " ".join(document[number].get_textpage().get_text_range().split())


def check_paper(path):
    """Asserts that no PDF page is blank or has ink in the margins, except its number below."""
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document, start=1):
            pixels = np.asarray(page.render(scale=1, grayscale=True).to_pil()) < 200
            assert pixels.sum() > 50, f"page {number} is blank"
            margin = 50  # points; margins of 2 cm are 57
            inside = np.zeros_like(pixels)
            inside[margin:-margin, margin:-margin] = True
            middle = pixels.shape[1] // 2
            inside[-margin:, middle - 20 : middle + 20] = True
            assert not (pixels & ~inside).any(), f"page {number} overflows"


def faults(page):
    """Accessibility faults of a page, as sentences."""
    return page.evaluate(SCRIPT.read_text())
