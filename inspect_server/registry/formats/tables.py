"""Tables as people send and take them 表格: CSV in any usual encoding, XLSX; knows no register."""

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

MAX_TABLE_BYTES = 16 * 1024 * 1024
MAX_INFLATED_BYTES = 256 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 64
MAX_CELL = 2_000

# What a spreadsheet would calculate when it opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ZIP = b"PK\x03\x04"

Row = tuple[int, list[str]]


def rows(file: BinaryIO) -> Generator[Row]:
    """Read a table row by row: its number as a spreadsheet counts, and its cells as text.

    Empty rows are passed over. Raises `TableUnreadable`.
    """
    begins = file.read(4)
    file.seek(0)
    found = _xlsx_rows(file) if begins == _ZIP else _csv_rows(file)
    for count, (number, cells) in enumerate(found):
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
                yield reader.line_num, [_unescaped(cell) for cell in cells[:MAX_COLUMNS]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableUnreadable(
            sentence("文字编码无法识别;请另存为 .xlsx 或 UTF-8 的 .csv。")
        ) from error
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """UTF-8 where the whole file is; else what a Chinese spreadsheet saves by itself."""
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
    """Commas, unless the heading is parted by tabs or semicolons."""
    heading = text.readline()
    text.seek(0)

    class Found(csv.excel):
        delimiter = max(",\t;", key=heading.count)

    return Found


def _xlsx_rows(file: BinaryIO) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_INFLATED_BYTES:
                raise TableUnreadable(sentence("表格展开后过大,请分成几个文件导入。"))
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            # What the file says of its own size is not believed.
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                written = [_written(cell) for cell in cells[:MAX_COLUMNS]]
                if any(written):
                    yield number, written
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


def _written(cell: Any) -> str:
    """A cell as a person reads it: a number without the decimals nobody typed."""
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
    return _unescaped(str(cell))


def _unescaped(cell: str) -> str:
    """Take off what `safe` put on, so that an exported table can be brought in again."""
    trimmed = cell.strip()[:MAX_CELL]
    return trimmed[1:] if trimmed[:1] == "'" and trimmed[1:].startswith(_FORMULA) else trimmed


def safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def csv_text(heading: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write a table as CSV piece by piece, with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(heading)
    for count, line in enumerate(lines, start=1):
        writer.writerow([safe("" if cell is None else cell) for cell in line])
        if count % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
