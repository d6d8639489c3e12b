"""Cells of spreadsheets 电子表格: formulas are escaped, everything else stays as it is."""

from __future__ import annotations

import pytest

from inspect_server.core.spreadsheet import escape_formula, unescape_formula


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86 719", "-1", "@sum", "\tx", "\rx", "\nx"]
    + ["＝1+1", "＋86", "－1", "＠SUM(A1)", "﹦1", "﹢1", "﹣1", "﹫x"]
    + [" =1", "　＝1", "\xa0@x", "\u200b=1", "\ufeff＝1", "\u202e=1", "\u2028=1"],
    ids=ascii,
)
def test_formulas_are_escaped(text: str) -> None:
    assert escape_formula(text) == f"'{text}"
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize(
    "text", ["", "井盖缺失", "1+1", "'quoted'", "a=b", " 1", "—1", "“＝”", "一＝一", "　"], ids=repr
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escape_formula(text) == unescape_formula(text) == text
