"""The board of a month as a workbook 月报表: districts, units, and what each number counts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import rustpy_xlsxwriter
from rustpy_xlsxwriter import Format

from inspect_server.core.clock import city_time
from inspect_server.core.spreadsheet import escape_formula

DISTRICTS, UNITS, DEFINED = "各城区", "各单位", "口径"
OUT_OF_SCOPE = "不在您的范围"
# Each column: its heading, the number it shows, and whether that is a rate.
COLUMNS = (
    ("收到", "received", False),
    ("立案", "filed", False),
    ("立案率", "filed", True),
    ("曾返工", "rework", False),
    ("返工率", "rework", True),
    ("应结案", "due", False),
    ("结案", "closed", False),
    ("结案率", "closed", True),
    ("按期结案", "closed_on_time", False),
    ("按期结案率", "on_time", True),
    ("超期", "overdue", False),
)
Row = dict[str, str | float | None]


def workbook(month: Mapping[str, Any]) -> bytes:
    """Write what `month.month` returns: rates are numbers shown in percent, beside their counts."""
    total = {"name": "合计"} | month["totals"]
    sheets: dict[str, list[Row]] = {
        DISTRICTS: [_row("城区", one) for one in (*month["districts"], total)],
        UNITS: [_row("责任单位", one) for one in (*month["units"], total)],
        DEFINED: list(_definitions(month)),
    }
    percent = Format().set_num_format("0.00%")
    tables = (DISTRICTS, UNITS)
    heading = Format().set_bold().set_background_color("#e8f3ee")
    widths: dict[str, dict[str, float] | list[float]] = {DEFINED: [90.0]}
    widths |= {name: [26.0, *(11.0 for _ in COLUMNS)] for name in tables}
    buffer = io.BytesIO()
    rustpy_xlsxwriter.write_worksheets(
        list(sheets.items()),
        buffer,
        freeze_panes={name: {"row": 1, "col": 1} for name in tables},
        header_format=dict.fromkeys(sheets, heading),
        column_widths=widths,
        column_formats={name: {zh: percent for zh, _, rate in COLUMNS if rate} for name in tables},
        page_setup={
            name: {
                "landscape": True,
                "paper_size": 9,
                "repeat_rows": 0,
                "fit_to_pages": (1, 0),
                "header": f"&L{name}&R{month['month']}",
                "footer": "&C&P / &N",
            }
            for name in sheets
        },
    )
    return buffer.getvalue()


def _row(heading: str, numbers: Mapping[str, Any]) -> Row:
    name = escape_formula(numbers["name"])
    if numbers["received"] is None:
        name = f"{name}（{OUT_OF_SCOPE}）"
    return {heading: name} | {
        zh: numbers["rates"][key] if rate else numbers[key] for zh, key, rate in COLUMNS
    }


def _definitions(month: Mapping[str, Any]) -> Iterable[Row]:
    first, last = month["from_on"], month["to_on"]
    heading = f"{month['month']} 各项数字的口径"
    yield {heading: f"统计期：{first} 至 {last}；截至 {city_time(month['as_of'])}"}
    yield from ({heading: words} for words in month["definitions"].values())
    yield {heading: "立案率＝立案÷收到；返工率＝曾返工÷立案；结案率、按期结案率以应结案为分母"}
    yield {heading: "按案件现在的状态统计：此后重开或作废的案件会改变其月份的数字；不作排名"}
