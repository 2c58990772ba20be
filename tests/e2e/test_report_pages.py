"""The report of the smoke study: its page in headless Chromium, and its pages on paper."""

from pages import check_paper, check_report


def test_every_figure_of_the_report_is_drawn(results, open_page):
    page = open_page(results / "report.html")
    assert page.locator("img").count() > 10
    check_report(page)


def test_no_page_of_the_pdf_is_blank_or_overflows(results):
    check_paper(results / "report.pdf")
