"""The task sheet 案件处置单: a character that the font lacks is never dropped without a trace."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from inspect_server.tasks.formats import print_layout, print_pdf

CONTENT: dict[str, Any] = {
    "title": "案件处置单",
    "number": "20260304-000001",
    "printed": "打印于 2026-03-04 10:00",
    "facts": [],
    "photos": [],
    "before": [],
    "after": [],
    "others": [],
    "absent": 0,
    "signatures": [{"title": "签收", "lines": ["日期："]}],
    "events": [],
}


@pytest.fixture(scope="module")
def characters() -> Iterator[Mapping[int, str]]:
    """The characters of the sheet's font."""
    with TTFont(print_pdf.FONT, lazy=True) as font:
        yield font.getBestCmap()


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("𤋮某", "□(U+242EE)某"),
        ("𠮷野家", "□(U+20BB7)野家"),
        ("好😀", "好□(U+1F600)"),
        ("\ue000某", "□(U+E000)某"),
        ("\U00031350某", "□(U+31350)某"),
        ("葛\U000e0100某\ufe0f", "葛\U000e0100某\ufe0f"),
        ("犇 3㎡ ①→，\n“井盖”", "犇 3㎡ ①→，\n“井盖”"),
    ],
    ids=ascii,
)
def test_what_the_font_lacks_is_marked(
    characters: Mapping[int, str], typed: str, printed: str
) -> None:
    assert print_pdf.mark_missing(typed, characters) == printed
    assert print_pdf.mark_missing(printed, characters) == printed


def test_a_whole_sheet_lacks_no_glyph() -> None:
    text = "𤋮𠮷😀\ue000\U00031350"
    content = CONTENT | {"facts": [["说明", text]], "events": [["", "", text, text]]}
    printed = subprocess.run(
        [sys.executable, "-m", print_layout.PDF_MODULE],
        input=json.dumps(content).encode(),
        capture_output=True,
        timeout=print_layout.SECONDS,
        check=True,
    )
    assert printed.stdout.startswith(b"%PDF")
    assert b"missing" not in printed.stderr
