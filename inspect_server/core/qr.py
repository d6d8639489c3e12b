"""QR codes 二维码 for pages."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """Draw a QR code of a text as an SVG element."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=5, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()
