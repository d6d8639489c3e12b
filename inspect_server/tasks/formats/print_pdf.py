"""Makes the PDF of a task sheet 案件处置单: reads a layout as JSON, in a process of its own.

`python -m inspect_server.tasks.formats.print_pdf < layout > sheet`. Imports no other module of
the product. Every text may be as long as it likes: it goes on over as many pages as it needs.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
FACE = "noto"
MARGIN = 16.0
BOTTOM = 18.0
LABEL_WIDTH = 26.0
LINE_HEIGHT = 6.4
HEADING_HEIGHT = 11.0
ROW_LINE_HEIGHT = 5.4
ROW_PADDING = 0.8
HISTORY_WIDTHS = (34.0, 30.0, 34.0, 80.0)
PHOTO_WIDTH = 86.0
PHOTO_HEIGHT = 66.0
PHOTO_ROW_HEIGHT = PHOTO_HEIGHT + 8
SIGNATURE_HEIGHT = 46.0
SIGNATURE_LINE_HEIGHT = 8.0
GREY = (95, 103, 112)
GREEN = (26, 127, 90)
WHITE = (255, 255, 255)
RED = (224, 32, 32)
ARROW = 4.0
ARROW_ANGLE = 0.45
# Control and format characters and marks such as variation selectors: nothing is drawn of them.
UNSEEN = ("Cc", "Cf", "Mn", "Me")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n")

Photo = Mapping[str, Any]


def mark_missing(text: str, characters: Mapping[int, Any]) -> str:
    """Write `□(U+242EE)` for each character that is none of these."""
    return "".join(
        sign
        if ord(sign) in characters or unicodedata.category(sign) in UNSEEN
        else f"□(U+{ord(sign):04X})"
        for sign in text
    )


class Sheet(FPDF):
    """A4 pages; the footer has the number of the case and of the page."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Start the first page."""
        super().__init__(format="A4")
        self.content = content
        self.add_font(FACE, fname=FONT)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=BOTTOM)
        self.set_title(f"{content['title']} {content['number']}")
        self.add_page()

    @property
    def height_left(self) -> float:
        """How much of the page is left below the present line."""
        return float(self.h - BOTTOM - self.get_y())

    @property
    def page_height(self) -> float:
        """How much an empty page holds."""
        return float(self.h - BOTTOM - MARGIN)

    def keep_together(self, height: float) -> None:
        """Begin a page, unless so much is left of this one."""
        if self.height_left < min(height, self.page_height):
            self.add_page()

    def footer(self) -> None:
        """Write the footer."""
        self.set_y(-14)
        self.set_font(FACE, size=8)
        self.set_text_color(*GREY)
        pages = f"第 {self.page_no()} 页 / 共 {{nb}} 页"
        parts = (self.content["number"], self.content["printed"], pages)
        self.cell(0, 5, "   ".join(parts), align="C")

    def heading(self, text: str) -> None:
        """Start a section."""
        self.ln(3)
        self.set_font(FACE, size=12)
        self.set_text_color(*GREEN)
        self.cell(0, 8, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)

    def normalize_text(self, text: str) -> str:
        """Mark what the font lacks: the library would drop it."""
        return mark_missing(super().normalize_text(text), getattr(self.fonts[FACE], "cmap", {}))

    def fact(self, label: str, value: str) -> None:
        """Write one fact: its label, and its value in as many lines as it needs."""
        self.keep_together(LINE_HEIGHT)
        self.set_font(FACE, size=10)
        self.set_text_color(*GREY)
        self.cell(LABEL_WIDTH, LINE_HEIGHT, label)
        self.set_text_color(0)
        text = _printable(value)
        self.multi_cell(0, LINE_HEIGHT, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def lines_of(self, width: float, text: str) -> list[str]:
        """Break a text into lines of this width, as the present font sets them."""
        lines = self.multi_cell(
            width,
            ROW_LINE_HEIGHT,
            _printable(text),
            align="L",
            dry_run=True,
            output=MethodReturnValue.LINES,
        )
        return list(lines) or [""]  # type: ignore[arg-type]


def render(content: Mapping[str, Any]) -> bytes:
    """Return the sheet as PDF."""
    sheet = Sheet(content)
    sheet.set_font(FACE, size=18)
    sheet.cell(0, 11, content["title"], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.set_font(FACE, size=12)
    sheet.cell(0, 8, f"案卷编号 {content['number']}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.set_draw_color(*GREEN)
    sheet.line(MARGIN, sheet.get_y() + 1, sheet.w - MARGIN, sheet.get_y() + 1)
    sheet.ln(4)
    for label, value in content["facts"]:
        sheet.fact(label, value)
    _photos(sheet, content)
    # Before the history: where the unit signs is on the first page of a usual case.
    _signatures(sheet, content["signatures"])
    _history(sheet, content)
    return bytes(sheet.output())


def _printable(text: str) -> str:
    """Return the text with its lines, without signs that steer a device and empty pages."""
    lines = _LINE_ENDS.sub("\n", text)
    plain = "".join(
        " " if sign != "\n" and unicodedata.category(sign) == "Cc" else sign for sign in lines
    )
    return _BLANK_LINES.sub("\n\n", plain)


# --- photos --------------------------------------------------------------------------------------


def _photos(sheet: Sheet, content: Mapping[str, Any]) -> None:
    """Print before and after side by side, all of a case on one page where a page holds them."""
    rows = _rows_of(content["before"], content["after"])
    most = int((sheet.page_height - HEADING_HEIGHT) // PHOTO_ROW_HEIGHT)
    together = len(rows) if len(rows) <= most else 1
    sheet.keep_together(HEADING_HEIGHT + LINE_HEIGHT + together * PHOTO_ROW_HEIGHT)
    sheet.heading("整改前后照片")
    if content["absent"]:
        sheet.fact("", f"另有 {content['absent']} 张照片尚未收到或尚不可显示")
    for row in rows:
        _photo_row(sheet, row)
    others = _rows_of(content["others"], [])
    if others:
        sheet.keep_together(HEADING_HEIGHT + PHOTO_ROW_HEIGHT)
        sheet.heading("复核与材料照片")
        for row in others:
            _photo_row(sheet, row)


def _rows_of(before: Sequence[Photo], after: Sequence[Photo]) -> list[Sequence[Photo]]:
    """Return the rows: pairs while there are both, then what is left, two a row."""
    pairs: list[Sequence[Photo]] = list(zip(before, after, strict=False))
    left = [*before[len(pairs) :], *after[len(pairs) :]]
    return pairs + [left[start : start + 2] for start in range(0, len(left), 2)]


def _photo_row(sheet: Sheet, row: Sequence[Photo]) -> None:
    sheet.keep_together(PHOTO_ROW_HEIGHT)
    top = sheet.get_y()
    for place, photo in enumerate(row):
        left = MARGIN + place * (PHOTO_WIDTH + 6)
        shown = sheet.image(
            io.BytesIO(base64.b64decode(photo["jpeg"])),
            x=left,
            y=top,
            w=PHOTO_WIDTH,
            h=PHOTO_HEIGHT,
            keep_aspect_ratio=True,
        )
        width, height = shown.rendered_width, shown.rendered_height
        corner = left + (PHOTO_WIDTH - width) / 2, top + (PHOTO_HEIGHT - height) / 2
        _strokes(sheet, photo["strokes"], corner, (width, height))
        sheet.set_font(FACE, size=8)
        sheet.set_text_color(*GREY)
        sheet.set_xy(left, top + PHOTO_HEIGHT + 1)
        sheet.cell(PHOTO_WIDTH, 4, photo["caption"])
        sheet.set_text_color(0)
    sheet.set_xy(MARGIN, top + PHOTO_ROW_HEIGHT)


def _strokes(
    sheet: Sheet, strokes: Any, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw the marks over a photo, white below red, so that they show on any picture."""
    if not strokes:
        return
    for colour, width in ((WHITE, 1.1), (RED, 0.6)):
        sheet.set_draw_color(*colour)
        sheet.set_line_width(width)
        for stroke in strokes:
            points = [
                (corner[0] + x * size[0], corner[1] + y * size[1]) for x, y in stroke["points"]
            ]
            _stroke(sheet, stroke["kind"], points)
    sheet.set_line_width(0.2)


def _stroke(sheet: Sheet, kind: str, points: list[tuple[float, float]]) -> None:
    (x1, y1), (x2, y2) = points[0], points[-1]
    if kind == "ellipse":
        sheet.ellipse(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
        return
    sheet.polyline(points)
    if kind == "arrow":
        back = math.atan2(y1 - y2, x1 - x2)
        for turn in (-ARROW_ANGLE, ARROW_ANGLE):
            tip = (x2 + ARROW * math.cos(back + turn), y2 + ARROW * math.sin(back + turn))
            sheet.polyline([(x2, y2), tip])


# --- history -------------------------------------------------------------------------------------


def _history(sheet: Sheet, content: Mapping[str, Any]) -> None:
    """Print the history as a table; a row that a page cannot hold goes on on the next one."""
    sheet.keep_together(HEADING_HEIGHT + 4 * ROW_LINE_HEIGHT)
    sheet.heading("办理经过")
    heading = ["时间", "操作", "经办", "理由与说明"]
    sheet.set_draw_color(*GREY)
    _row(sheet, heading, heading)
    for event in content["events"]:
        _row(sheet, event, heading)


def _row(sheet: Sheet, texts: Sequence[str], heading: Sequence[str]) -> None:
    sheet.set_font(FACE, size=9)
    cells = [sheet.lines_of(w, text) for w, text in zip(HISTORY_WIDTHS, texts, strict=True)]
    count, start = max(len(lines) for lines in cells), 0
    while start < count:
        most = int((sheet.height_left - 2 * ROW_PADDING) // ROW_LINE_HEIGHT)
        if most < min(2, count - start):
            sheet.add_page()
            sheet.set_font(FACE, size=9)
            sheet.set_draw_color(*GREY)
            _part_of_row(sheet, [[text] for text in heading])
            continue
        _part_of_row(sheet, [lines[start : start + most] for lines in cells])
        start += most


def _part_of_row(sheet: Sheet, cells: Sequence[Sequence[str]]) -> None:
    """Print so many lines of a row as stand on this page."""
    top, left = sheet.get_y(), MARGIN
    height = max(len(lines) for lines in cells) * ROW_LINE_HEIGHT + 2 * ROW_PADDING
    for width, lines in zip(HISTORY_WIDTHS, cells, strict=True):
        sheet.rect(left, top, width, height)
        for number, line in enumerate(lines):
            sheet.set_xy(left, top + ROW_PADDING + number * ROW_LINE_HEIGHT)
            sheet.cell(width, ROW_LINE_HEIGHT, line)
        left += width
    sheet.set_xy(MARGIN, top + height)


# --- signatures ----------------------------------------------------------------------------------


def _signatures(sheet: Sheet, blocks: Sequence[Mapping[str, Any]]) -> None:
    """Print the blocks for receipt 签收 and stamp 盖章 side by side, never over two pages."""
    sheet.keep_together(HEADING_HEIGHT + SIGNATURE_HEIGHT)
    sheet.heading("签收与盖章")
    sheet.set_draw_color(*GREY)
    top, width = sheet.get_y(), sheet.epw / len(blocks)
    for place, block in enumerate(blocks):
        left = MARGIN + place * width
        sheet.rect(left, top, width, SIGNATURE_HEIGHT)
        sheet.set_font(FACE, size=10)
        sheet.set_xy(left, top + 2)
        sheet.cell(width, 6, block["title"])
        sheet.set_font(FACE, size=9)
        lines = block["lines"]
        for number, line in enumerate(lines):
            below = (len(lines) - number) * SIGNATURE_LINE_HEIGHT
            sheet.set_xy(left, top + SIGNATURE_HEIGHT - below)
            sheet.cell(width, 6, line)
    sheet.set_xy(MARGIN, top + SIGNATURE_HEIGHT)


if __name__ == "__main__":
    sys.stdout.buffer.write(render(json.load(sys.stdin.buffer)))
