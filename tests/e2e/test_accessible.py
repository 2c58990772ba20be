"""That each fault of `accessible.js` is found on a page that has it, and none on one without."""

import pytest

from pages import faults

PAGE = """<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1 id="top">A page</h1>
<h2>Part</h2><p>Words with a <a href="#top">link</a> to the <a href="other.html">other</a> page.
<img alt="a red dot" src="data:,"><svg aria-label="a dot"></svg></p>
<a style="display: inline-block; min-height: 24px" href="#top">Back to the top</a>
</main></body></html>"""
BROKEN = {
    "contrast 3.54: Part": ("<h2>", '<h2 style="color: #888">'),
    "contrast 1.00: Part": ("<h2>", "<h2 style='background: #000; color: #000'>"),
    "contrast 3.36: Part": ("<h2>", '<h2 style="color: rgb(0 0 0 / 45%)">'),
    "image without words: data:,": ('alt="a red dot"', ""),
    "image without words: dot": ("a red dot", "dot"),
    "svg without a label": ('aria-label="a dot"', ""),
    "not one h1": ("h2", "h1"),
    "h3 after h1": ("h2", "h3"),
    "no language": (' lang="en"', ""),
    "no viewport": ('name="viewport"', ""),
    "no title": ("<title>A page</title>", ""),
    "no main part": ("main", "div"),
    "id given twice: top": ("<h2>", '<h2 id="top">'),
    "link without words: other.html": (">other<", "><"),
    "link to nowhere: link": ('"#top">link', '"#bottom">link'),
    "pixels to tap: Back": ("min-height: 24px", ""),
    "wider than the screen": ("<h2>", '<h2 style="width: 500px">'),
}


def opened(open_page, tmp_path, text):
    (tmp_path / "page.html").write_text(text)
    return open_page(tmp_path / "page.html", width=360)


def test_a_page_without_faults_has_none(open_page, tmp_path):
    assert faults(opened(open_page, tmp_path, PAGE)) == []


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found(open_page, tmp_path, fault):
    text = PAGE.replace(*BROKEN[fault])
    assert text != PAGE
    (found,) = faults(opened(open_page, tmp_path, text))
    assert fault in found
