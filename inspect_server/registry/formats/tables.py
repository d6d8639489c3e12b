"""Tables 表格 as people import and export them: CSV in any usual encoding, XLSX.

Knows no register.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO
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

_ZIP = b"PK\x03\x04"

Row = tuple[int, list[str]]


def rows(file: BinaryIO) -> Generator[Row]:
    """Read a table row by row: its number as a spreadsheet counts, and its cells as text.

    Empty rows are skipped. Raises `TableUnreadable`.
    """
    start = file.read(4)
    file.seek(0)
    numbered = _xlsx_rows(file) if start == _ZIP else _csv_rows(file)
    for count, (number, cells) in enumerate(numbered):
        if count > MAX_ROWS:
            raise TableUnreadable(
                sentence("超过 {max_rows} 行,请分成几个文件导入。", max_rows=MAX_ROWS)
            )
        yield number, cells


def _csv_rows(file: BinaryIO) -> Iterator[Row]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        reader = csv.reader(text, dialect=_dialect(text))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [_text(cell) for cell in cells[:MAX_COLUMNS]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableUnreadable(
            sentence("文字编码无法识别;请另存为 .xlsx 或 UTF-8 的 .csv。")
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


def _xlsx_rows(file: BinaryIO) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_INFLATED_BYTES:
                raise TableUnreadable(sentence("表格展开后过大,请分成几个文件导入。"))
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            # The size that the file states is not trusted.
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                texts = [_cell_text(cell) for cell in cells[:MAX_COLUMNS]]
                if any(texts):
                    yield number, texts
        finally:
            book.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        IndexError,
    ) as error:
        raise TableUnreadable(sentence("不是完整的 .xlsx 表格;请用模板重新保存。")) from error


def _cell_text(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without decimals, dates without a time."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else str(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return _text(str(cell))


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
