"""Printed sheets 打印页: the content of a page, and that names are escaped."""

from __future__ import annotations

from collections.abc import Iterator

from inspect_server.registry.formats import qr_sheets
from inspect_server.registry.formats.qr_sheets import Label


def sheet(labels: list[Label]) -> str:
    return "".join(qr_sheets.page("点位 <b>", "每页 & 8 张", qr_sheets.PLATES, labels))


def test_eight_plates_are_on_a_page() -> None:
    text = sheet([Label(f"P{number}", "点位") for number in range(9)])
    assert (text.count("<section>"), text.count("<article"), text.count("<svg")) == (2, 9, 9)


def test_names_are_escaped_and_empty_lines_left_out() -> None:
    text = sheet([Label("P1", "<script>", ("", "a & b"), typed="P<1")])
    assert "<h2>&lt;script&gt;</h2><p>a &amp; b</p><code>P&lt;1</code>" in text
    assert "点位 &lt;b&gt;" in text
    assert "每页 &amp; 8 张" in text


def test_labels_are_read_while_the_sheet_is_sent() -> None:
    drawn = []

    def labels() -> Iterator[Label]:
        for number in range(100):
            drawn.append(number)
            yield Label(f"P{number}", "点位")

    pieces = qr_sheets.page("点位", "", qr_sheets.PLATES, labels())
    next(pieces)
    assert len(drawn) < 100
