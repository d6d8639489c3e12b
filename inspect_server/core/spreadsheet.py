"""Cells of spreadsheets 电子表格: text must never be taken for a formula.

Otherwise a note typed by anybody could run as a formula on an office computer.
"""

from __future__ import annotations

# The first characters by which a spreadsheet takes text for a formula, alone or after trimming.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unescape_formula(text: str) -> str:
    """Remove the apostrophe that `escape_formula` put before the text."""
    escaped = text.startswith("'") and text[1:].startswith(_FORMULA_STARTS)
    return text[1:] if escaped else text
