"""What spreadsheets make of texts that look like numbers 表格软件改动: recognised, refused. Pure.

A spreadsheet takes `0071`, `420302199001011234` and `3-5` for numbers and dates, and keeps 71, a
rounded number and a day. What was typed cannot be told from that, so the cell is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inspect_server.core.sentences import sentence
from inspect_server.registry.formats.tables import EXACT_DIGITS, Cell, CellKind

_SCIENTIFIC = re.compile(r"[+-]?\d([.,]\d+)?E[+-]\d{2,3}", re.IGNORECASE)
# The days and times as which Excel writes `3-5`, `2026-3-5` and `3:05` into a CSV.
_DATE = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月(\d{1,2}日)?"
    r"|\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}|\d{1,2}:\d{2}(:\d{2})?",
    re.IGNORECASE,
)
_WITH_DECIMALS = re.compile(r"\d+\.0+")


def damage_of_text(cell: Cell) -> str | None:
    """Return what is wrong with a cell of a column that holds text, and what to do."""
    if cell.kind is CellKind.DATE:
        return sentence(
            "“{cell}”是日期单元格，原来填写的内容已被表格软件改成日期；"
            "请把这一列设为“文本”格式，再重新填写",
            cell=cell.text,
        )
    if cell.kind is CellKind.ERROR:
        return sentence("“{cell}”是出错的公式；请改填文字", cell=cell.text)
    if cell.kind is CellKind.BOOLEAN:
        return sentence("是逻辑值单元格；请把这一列设为“文本”格式，再重新填写")
    if not cell.exact or _SCIENTIFIC.fullmatch(cell.text):
        return sentence(
            "“{cell}”是数字单元格，显示或保存的不是原来填写的内容（超过 15 位、小数或特殊格式）；"
            "请把这一列设为“文本”格式，再重新填写",
            cell=cell.text,
        )
    return None


def damage_of_code(code: str, others: Iterable[str]) -> str | None:
    """Return what is wrong with a code that no entry has; `others` are those it could come from."""
    if _DATE.fullmatch(code) or _WITH_DECIMALS.fullmatch(code):
        return sentence(
            "“{code}”像是被表格软件改成了日期或小数；请把这一列设为“文本”格式，再填写原来的编号。"
            "编号确实如此的，请在名册中单独添加",
            code=code,
        )
    for other in others:
        if is_damaged_copy(code, other):
            return sentence(
                "已有编号“{other}”，“{code}”像是被表格软件去掉了前面的 0 或改掉了后面的数字；"
                "请把这一列设为“文本”格式，再填写完整的编号。确实是另一个的，请在名册中单独添加",
                other=other,
                code=code,
            )
    return None


def damage_keys(code: str) -> list[str]:
    """Return under which keys a code and a damaged copy of it meet."""
    if not (code.isascii() and code.isdigit()):
        return []
    keys = [f"0:{code.lstrip('0')}"]
    if len(code) > EXACT_DIGITS:
        keys.append(f"{len(code)}:{code[: EXACT_DIGITS - 1]}")
    return keys


def is_damaged_copy(code: str, other: str) -> bool:
    """Whether a spreadsheet could have made `code` of `other`."""
    if len(code) < len(other):
        return other.lstrip("0") == code
    # The 15 digits that are kept, the last of them perhaps rounded up.
    zeros = code[EXACT_DIGITS:]
    is_rounded = len(code) == len(other) > EXACT_DIGITS and not zeros.strip("0")
    return is_rounded and code != other and abs(int(code) - int(other)) < 10 ** len(zeros)
