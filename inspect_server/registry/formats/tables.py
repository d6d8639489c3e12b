"""Tables 表格 as people import and export them: CSV in any usual encoding, XLSX.

Knows no register.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from math import isfinite
from typing import Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from inspect_server.core.problems import TableUnreadable
from inspect_server.core.sentences import sentence
from inspect_server.core.spreadsheet import escape_formula, unescape_formula

MAX_TABLE_BYTES = 16 * 1024 * 1024
MAX_INFLATED_BYTES = 256 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 64
MAX_CELL = 2_000

# Spreadsheets keep no more digits of a number.
EXACT_DIGITS = 15

_ZIP = b"PK\x03\x04"
_FORMAT_DECORATION = re.compile(r"\[[^\]]*\]|_.|\*.|\\.|\s")
_PLAIN_FORMAT = re.compile(r"[#0,?]+(\.[0?#]*)?(E\+0+)?")


class CellKind(Enum):
    """What a spreadsheet keeps in a cell; of a CSV all cells are text."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"


class Cell(NamedTuple):
    """A cell as text, and as what the spreadsheet keeps it."""

    text: str
    kind: CellKind = CellKind.TEXT
    # Of a number: whether the text is what the spreadsheet shows, with every digit.
    exact: bool = True


# The number of a row as a spreadsheet counts, and its cells.
Row = tuple[int, list[Cell]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet 工作表 that is read, and the visible ones that are not; a CSV has no names."""

    rows: Iterator[Row]
    name: str | None = None
    others: tuple[str, ...] = ()


@contextmanager
def open_sheet(file: BinaryIO) -> Iterator[Sheet]:
    """Open a table, of a workbook the first visible sheet; its rows are read one by one.

    Empty rows are skipped. Raises `TableUnreadable`, also while rows are read.
    """
    start = file.read(4)
    file.seek(0)
    if start != _ZIP:
        with closing(_csv_rows(file)) as rows:
            yield Sheet(_limited(rows))
        return
    with _readable():
        book = _open_book(file)
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise TableUnreadable(sentence("工作簿里没有可见的工作表。"))
        others = tuple(sheet.title for sheet in visible[1:])
        with closing(_xlsx_rows(visible[0])) as rows:
            yield Sheet(_limited(rows), visible[0].title, others)
    finally:
        book.close()


def _limited(numbered: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(numbered):
        if count > MAX_ROWS:
            raise TableUnreadable(
                sentence("超过 {max_rows} 行，请分成几个文件导入。", max_rows=MAX_ROWS)
            )
        yield row


def _csv_rows(file: BinaryIO) -> Generator[Row]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        reader = csv.reader(text, dialect=_dialect(text))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [Cell(_text(cell)) for cell in cells[:MAX_COLUMNS]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableUnreadable(
            sentence("文字编码无法识别；请另存为 .xlsx 或 UTF-8 的 .csv。")
        ) from error
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """UTF-8 if the whole file decodes as such; else GB 18030, the default of Chinese Excel."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(64 * 1024):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
        return "utf-8-sig"
    except UnicodeDecodeError:
        return "gb18030"
    finally:
        file.seek(0)


def _dialect(text: io.TextIOWrapper) -> type[csv.Dialect]:
    """Commas, unless the heading is separated by tabs or semicolons."""
    heading = text.readline()
    text.seek(0)

    class Detected(csv.excel):
        delimiter = max(",\t;", key=heading.count)

    return Detected


@contextmanager
def _readable() -> Iterator[None]:
    """Translate what the library raises of a damaged file."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        IndexError,
    ) as error:
        raise TableUnreadable(sentence("不是完整的 .xlsx 表格；请用模板重新保存。")) from error


def _open_book(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_INFLATED_BYTES:
            raise TableUnreadable(sentence("表格展开后过大，请分成几个文件导入。"))
    return openpyxl.load_workbook(file, read_only=True, data_only=True)


def _xlsx_rows(sheet: Any) -> Generator[Row]:
    with _readable():
        # The size that the file states is not trusted.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            read = [_xlsx_cell(cell) for cell in cells[:MAX_COLUMNS]]
            if any(cell.text for cell in read):
                yield number, read


def _xlsx_cell(cell: Any) -> Cell:
    """A cell as a person reads it: numbers without needless decimals, dates without a time."""
    value = cell.value
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell("是" if value else "否", CellKind.BOOLEAN)
    if isinstance(value, int | float):
        return _number_cell(value, cell.number_format or "General")
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return Cell(value.date().isoformat(), CellKind.DATE)
    if isinstance(value, date | time | timedelta):
        return Cell(str(value), CellKind.DATE)
    if cell.data_type == "e":
        return Cell(str(value), CellKind.ERROR)
    return Cell(_text(str(value)))


def _number_cell(value: float, number_format: str) -> Cell:
    """A number as text; a format such as 0000 shows zeros that the number does not have."""
    if not isfinite(value) or abs(value) >= 10**EXACT_DIGITS:
        return Cell(str(value), CellKind.NUMBER, exact=False)
    if value != int(value):
        return Cell(str(value), CellKind.NUMBER, exact=False)
    # Without colours, conditions, and blanks of a width, of what is shown for positive numbers.
    pattern = _FORMAT_DECORATION.sub("", number_format.split(";")[0])
    is_plain = pattern in ("General", "@") or _PLAIN_FORMAT.fullmatch(pattern) is not None
    zeros = pattern.partition(".")[0].count("0") if is_plain and "E" not in pattern else 0
    text = str(int(value))
    return Cell(text.zfill(zeros) if value >= 0 else text, CellKind.NUMBER, exact=is_plain)


def _text(cell: str) -> str:
    """Trim a cell and unescape it, so that an exported table can be imported again."""
    return unescape_formula(cell.strip()[:MAX_CELL])


def csv_text(heading: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write a table as CSV piece by piece; Excel recognizes UTF-8 by the byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(heading)
    for count, line in enumerate(lines, start=1):
        writer.writerow([_safe(cell) for cell in line])
        if count % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if cell is None:
        return ""
    return escape_formula(cell) if isinstance(cell, str) else cell
