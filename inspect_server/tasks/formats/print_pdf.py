"""Makes the PDF of a task sheet 案件处置单: reads a layout as JSON, in a process of its own.

`python -m inspect_server.tasks.formats.print_pdf < layout > sheet`. Imports no other module of
the product.
"""

from __future__ import annotations

import base64
import io
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
FACE = "noto"
MARGIN = 16.0
LABEL_WIDTH = 26.0
LINE_HEIGHT = 6.4
PHOTO_WIDTH = 86.0
PHOTO_HEIGHT = 66.0
GREY = (95, 103, 112)
GREEN = (26, 127, 90)
WHITE = (255, 255, 255)
RED = (224, 32, 32)
ARROW = 4.0
ARROW_ANGLE = 0.45


class Sheet(FPDF):
    """A4 pages; the footer has the number of the case and of the page."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Start the first page."""
        super().__init__(format="A4")
        self.content = content
        self.add_font(FACE, fname=FONT)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=18)
        self.set_title(f"{content['title']} {content['number']}")
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

    def fact(self, label: str, value: str) -> None:
        """Write one fact: its label, and its value in as many lines as it needs."""
        self.set_font(FACE, size=10)
        self.set_text_color(*GREY)
        self.cell(LABEL_WIDTH, LINE_HEIGHT, label)
        self.set_text_color(0)
        self.multi_cell(0, LINE_HEIGHT, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


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
    _history(sheet, content)
    return bytes(sheet.output())


def _photos(sheet: Sheet, content: Mapping[str, Any]) -> None:
    sheet.heading("照片")
    if content["absent"]:
        sheet.fact("", f"另有 {content['absent']} 张照片尚未收到或尚不可显示")
    for place, photo in enumerate(content["photos"]):
        right = place % 2 == 1
        if not right and sheet.will_page_break(PHOTO_HEIGHT + 8):
            sheet.add_page()
        top = sheet.get_y()
        left = MARGIN + (PHOTO_WIDTH + 6 if right else 0)
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
        last = place == len(content["photos"]) - 1
        sheet.set_xy(MARGIN, top + PHOTO_HEIGHT + 8 if right or last else top)


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


def _history(sheet: Sheet, content: Mapping[str, Any]) -> None:
    sheet.heading("办理经过")
    sheet.set_font(FACE, size=9)
    sheet.set_draw_color(*GREY)
    with sheet.table(
        col_widths=(34, 30, 34, 80),
        line_height=5.4,
        first_row_as_headings=False,
        align="L",
        # Justified text would spread a reason of four characters across its whole cell.
        text_align="LEFT",
    ) as table:
        for line in [["时间", "操作", "经办", "理由与说明"], *content["events"]]:
            row = table.row()
            for text in line:
                row.cell(text)


if __name__ == "__main__":
    sys.stdout.buffer.write(render(json.load(sys.stdin.buffer)))
