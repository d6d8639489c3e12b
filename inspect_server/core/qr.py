"""QR codes 二维码 as SVG, for pages and printed sheets."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> str:
    """Draw a QR code for a page."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", scale=5, xmldecl=False, svgns=True)
    return drawing.getvalue().decode()


def sizeless_svg(text: str, mask: int | None) -> str:
    """Draw a QR code without a size of its own: the page's style gives it one.

    A scanner reads any mask. None chooses the best of eight, which takes four times as long.
    """
    code = segno.make(text, error="m", micro=False, mask=mask)
    return str(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))
