"""Sheets 打印页: cards with QR codes, several on a page of A4, as one HTML file that needs nothing.

A plate 责任牌 and the sign of a point carry their code; where the operator named the address of the
service, the code inside an address, which the phone's scanner reads just as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import segno

MAX_CARDS = 2_000


@dataclass(frozen=True, slots=True)
class Card:
    """One card: what its code says, and the words beside it."""

    code: str
    title: str
    lines: tuple[str, ...] = ()
    # Printed below the code for those who type it.
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How many cards stand on a page.

    A scanner reads any mask; choosing the best of eight takes four times as long, and is worth it
    for a plate that hangs in the weather for years.
    """

    columns: int
    rows: int
    kind: str
    mask: int | None


PLATES = Layout(2, 4, "plate", None)
INVITATIONS = Layout(2, 5, "invitation", 3)


def code_on_a_plate(origin: str | None, code: str) -> str:
    """Return what the QR code of a plate says; a plate outlives a host name nobody chose."""
    return f"{origin}/?code={quote(code, safe='')}" if origin else code


def _small_svg(text: str, mask: int | None) -> str:
    """The same without a size of its own: the page's style gives it one."""
    code = segno.make(text, error="m", micro=False, mask=mask)
    return str(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))


def page(title: str, note: str, layout: Layout, cards: Iterable[Card]) -> Iterator[str]:
    """Write the sheet page by page."""
    yield _HEAD.format(
        title=escape(title), note=escape(note), columns=layout.columns, rows=layout.rows
    )
    on_a_page = layout.columns * layout.rows
    for count, card in enumerate(cards):
        if count % on_a_page == 0:
            yield "</section>\n<section>" if count else "<section>"
        yield _card(layout, card)
    yield "</section></body></html>\n"


def _card(layout: Layout, card: Card) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in card.lines if line)
    typed = f"<code>{escape(card.typed)}</code>" if card.typed else ""
    return (
        f'<article class="{layout.kind}"><div class="qr">{_small_svg(card.code, layout.mask)}</div>'
        f"<div><h2>{escape(card.title)}</h2>{lines}{typed}</div></article>\n"
    )


_HEAD = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
<style>
@page {{ size: A4 portrait; margin: 10mm; }}
* {{ box-sizing: border-box; margin: 0; }}
body {{ color: #111; background: #fff;
  font: 10.5pt/1.45 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }}
header {{ padding: 6mm 10mm; border-bottom: 1px solid #999; }}
header h1 {{ font-size: 14pt; }}
section {{ display: grid; grid-template-columns: repeat({columns}, 1fr);
  grid-template-rows: repeat({rows}, 1fr); width: 190mm; height: 276mm; margin: 0 auto;
  break-after: page; }}
section:last-of-type {{ break-after: auto; }}
article {{ display: flex; gap: 3mm; align-items: center; min-width: 0; padding: 3mm;
  border: 1px dashed #999; overflow: hidden; }}
article > div:last-child {{ min-width: 0; flex: 1; }}
h2 {{ font-size: 13pt; line-height: 1.25; overflow-wrap: anywhere; }}
.plate h2 {{ font-size: 15pt; }}
p {{ overflow-wrap: anywhere; }}
code {{ display: block; margin-top: 1.5mm; font: 600 10pt monospace; overflow-wrap: anywhere; }}
.invitation code {{ font-size: 6.5pt; font-weight: 400; }}
.qr svg {{ display: block; width: 38mm; height: 38mm; }}
.invitation .qr svg {{ width: 36mm; height: 36mm; }}
@media print {{ header {{ display: none; }} }}
</style></head><body>
<header><h1>{title}</h1><p>{note}</p></header>
"""
