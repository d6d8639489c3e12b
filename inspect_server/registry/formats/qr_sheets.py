"""Sheets 打印页: labels with QR codes, several on a page of A4, as one self-contained HTML file.

A plate 责任牌 and the sign of a point carry their code. Where the operator set the service's
address, the code is part of a link, which the phone's scanner reads just as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from inspect_server.core import qr, templates
from inspect_server.core.sentences import SOURCE_LANGUAGE

MAX_LABELS = 2_000
# The template makes about ten small pieces a label; this many are sent at once.
_PIECES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the content of its QR code, and the text beside it."""

    code: str
    title: str
    lines: tuple[str, ...] = ()
    # Printed below the code for those who type it.
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How many labels stand on a page, and how their codes are drawn (see `qr.sizeless_svg`).

    Choosing the best mask is worth its time for a plate that hangs outdoors for years.
    """

    columns: int
    rows: int
    kind: str
    mask: int | None


PLATES = Layout(2, 4, "plate", None)
INVITATIONS = Layout(2, 5, "invitation", 3)


def code_on_a_plate(origin: str | None, code: str) -> str:
    """Return the content of a plate's QR code; a link only where the operator set the address."""
    return f"{origin}/?code={quote(code, safe='')}" if origin else code


def page(
    title: str,
    note: str,
    layout: Layout,
    labels: Iterable[Label],
    language: str = SOURCE_LANGUAGE,
) -> Iterator[str]:
    """Write the sheet piece by piece, reading the labels as it goes."""
    template = templates.load("inspect_server.registry", "qr_sheet.html")
    draw = partial(qr.sizeless_svg, mask=layout.mask)
    stream = template.stream(
        title=title, note=note, layout=layout, labels=labels, draw=draw, language=language
    )
    stream.enable_buffering(_PIECES_AT_ONCE)
    return stream
