"""Cells of spreadsheets 电子表格: text must never be taken for a formula.

Otherwise a note typed by anybody could run as a formula on an office computer.
"""

from __future__ import annotations

import re

from schemas.texts import BLANKS, IGNORED

# The first characters by which a spreadsheet takes text for a formula: half-width, full-width and
# small ones, which a Chinese Excel reads alike; also behind blanks and what cannot be seen, which
# some programs trim. A tab or a new line alone is enough.
FORMULA_START = (
    rf"[\t\r\n]|[{BLANKS}{IGNORED}]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
)
_FORMULA_START = re.compile(FORMULA_START)


def escape_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA_START.match(text) else text


def unescape_formula(text: str) -> str:
    """Remove the apostrophe that `escape_formula` put before the text."""
    escaped = text.startswith("'") and _FORMULA_START.match(text, 1)
    return text[1:] if escaped else text
