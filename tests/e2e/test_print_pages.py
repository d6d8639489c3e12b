"""Sheets of labels 打印页 as Chromium prints them: eight a page, and no text is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from inspect_server.registry.formats import qr_sheets
from inspect_server.registry.formats.qr_sheets import INVITATIONS, PLATES, Label, Layout
from tests.support.pdf import pages_of, text_of

Print = Callable[[Layout, list[Label]], bytes]


@pytest.fixture
def printed(browser: Browser) -> Print:
    """Print labels on A4."""
    page = browser.new_page()

    def pdf(layout: Layout, labels: list[Label]) -> bytes:
        page.set_content("".join(qr_sheets.page("标题", "说明", layout, labels)))
        return page.pdf(prefer_css_page_size=True)

    return pdf


@pytest.mark.parametrize(("layout", "a_page"), [(PLATES, 8), (INVITATIONS, 10)])
def test_usual_labels_fill_whole_pages(printed: Print, layout: Layout, a_page: int) -> None:
    labels = [Label(f"MQ{n}", f"老李面馆{n}", ("包卫生", "北京路"), "码") for n in range(25)]
    counts = [page.count("码") for page in pages_of(printed(layout, labels))]
    assert counts == [a_page] * (25 // a_page) + [25 % a_page]


@pytest.mark.parametrize("layout", [PLATES, INVITATIONS])
def test_the_longest_texts_are_printed_whole(printed: Print, layout: Layout) -> None:
    # As long as the registers take them.
    long = Label("M" * 32, "店" * 64, ("包卫生、" * 9, "路" * 200, "局" * 64), "Q" * 32)
    short = Label("M", "小店", ("包卫生",), "码")
    pdf = printed(layout, [short, long, long, *[short] * 9])
    text = text_of(pdf)
    for words, times in (
        ("店" * 64, 2),
        ("路" * 200, 2),
        ("局" * 64, 2),
        ("Q" * 32, 2),
        ("码", 10),
    ):
        assert text.count(words) == times
    # No label is parted.
    assert not [page for page in pages_of(pdf) if page.count("局") not in (0, 64, 128)]
