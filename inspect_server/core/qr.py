"""QR codes 二维码 as SVG, for pages and printed sheets."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> str:
    """Return a QR code as an SVG document."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", scale=5, xmldecl=False, svgns=True)
    return drawing.getvalue().decode()


def sizeless_svg(text: str, mask: int | None) -> str:
    """Return a QR code as an SVG element without size; the style of the page sets the size.

    Scanners read every `mask` (0 to 7). None chooses the best one, which takes four times as long.
    """
    code = segno.make(text, error="m", micro=False, mask=mask)
    return str(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))
