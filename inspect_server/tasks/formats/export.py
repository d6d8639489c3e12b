"""Exports 导出 as files: CSV, XLSX and GeoJSON, written row by row in constant memory."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol, TextIO

import rustpy_xlsxwriter
from rustpy_xlsxwriter import Format

from inspect_server.core.clock import SHANGHAI, city_time
from inspect_server.core.spreadsheet import escape_formula
from schemas.fields import zulu
from schemas.vocabulary import PhotoRole

PIECE_SIZE = 64 * 1024
# A cell of a spreadsheet holds hardly more.
MAX_CELL_LENGTH = 32_000
# Each link costs a kilobyte until the file is written, and Excel opens at most 65,530 a sheet; what
# comes after is the address as text.
MAX_LINKS = 20_000
# The years of Excel's calendar, but for its last, which may end in another year of the city; a
# moment outside of them is written as text.
EXCEL_YEARS = range(1900, 9999)
DATE_FORMAT = "yyyy-mm-dd hh:mm"
CASES, PHOTOS = "案件", "照片"
# Byte order mark: without it Excel reads Chinese in a wrong encoding.
BOM = "\ufeff"

Rows = Iterable[Mapping[str, Any]]


class Column(Protocol):
    """What is needed of a column to write it."""

    @property
    def name(self) -> str:
        """Its name for programs."""

    @property
    def zh(self) -> str:
        """Its heading."""

    @property
    def width(self) -> int:
        """How wide a spreadsheet shows it."""


class Photo(Protocol):
    """What is needed of a photo to list it."""

    @property
    def role(self) -> PhotoRole | None:
        """What it shows."""

    @property
    def taken_at(self) -> datetime | None:
        """When its phone took it."""

    @property
    def url(self) -> str:
        """Where it is shown."""


@dataclass(frozen=True, slots=True)
class _PhotoColumn:
    name: str
    zh: str
    width: int


PHOTO_COLUMNS = (
    _PhotoColumn("number", "案卷编号", 17),
    _PhotoColumn("role", "照片类型", 12),
    _PhotoColumn("taken_at", "拍摄时间", 17),
    _PhotoColumn("url", "照片链接", 60),
)
# A table without a second sheet has all links of a case in one cell.
PHOTO_LINKS = "照片链接"


def csv_lines(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write a table as CSV for Excel: UTF-8 with a byte order mark, times in Shanghai's zone."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([*(column.zh for column in columns), PHOTO_LINKS])
    for row in rows:
        links = "\n".join(photo.url for photo in row["photos"])
        writer.writerow([*(_cell(row[column.name]) for column in columns), links])
        if buffer.tell() >= PIECE_SIZE:
            yield _drain(buffer)
    yield _drain(buffer)


def xlsx_pieces(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write cases as XLSX: row by row to a temporary file, then piece by piece.

    A second sheet has one row a photo; they wait in a file until the first sheet is written.
    """
    with (
        tempfile.TemporaryFile() as file,
        tempfile.TemporaryFile("w+", encoding="utf-8") as photo_list,
    ):
        _write_workbook(file, columns, rows, photo_list)
        file.seek(0)
        while piece := file.read(PIECE_SIZE):
            yield piece


def geojson_pieces(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write cases as GeoJSON in WGS-84; a case without a position has no geometry.

    Its keys are the names of the columns: English, explained in docs/exports.md.
    """
    names = [column.name for column in columns if column.name not in ("lon", "lat")]
    chunks = ['{"type":"FeatureCollection","features":[']
    size, separator = 0, ""
    for row in rows:
        placed = row["lon"] is not None and row["lat"] is not None
        feature = {
            "type": "Feature",
            "geometry": (
                {"type": "Point", "coordinates": [row["lon"], row["lat"]]} if placed else None
            ),
            "properties": {name: _value(row[name]) for name in names}
            | {"photos": [_photo(photo) for photo in row["photos"]]},
        }
        text = separator + json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
        chunks.append(text)
        size, separator = size + len(text), ",\n"
        if size >= PIECE_SIZE:
            yield _bytes("".join(chunks))
            chunks, size = [], 0
    yield _bytes("".join([*chunks, "]}"]))


def _write_workbook(
    file: BinaryIO, columns: Sequence[Column], rows: Rows, photo_list: TextIO
) -> None:
    sheets = {CASES: columns, PHOTOS: PHOTO_COLUMNS}
    heading = Format().set_bold().set_background_color("#e8f3ee")
    on_paper = {"landscape": True, "repeat_rows": 0, "fit_to_pages": (1, 0)}
    rustpy_xlsxwriter.write_worksheets(
        [
            (CASES, _lines(columns, _noting_photos(rows, photo_list))),
            (PHOTOS, _lines(PHOTO_COLUMNS, _photo_rows(photo_list))),
        ],
        file,
        datetime_format=DATE_FORMAT,
        freeze_panes={"general": {"row": 1, "col": 1}},
        header_format=dict.fromkeys(sheets, heading),
        column_widths={name: [float(c.width) for c in of] for name, of in sheets.items()},
        autofilter=dict.fromkeys(sheets, True),
        url_columns={name: [c.zh for c in of if c.name == "url"] for name, of in sheets.items()},
        page_setup=dict.fromkeys(sheets, on_paper),
    )


def _noting_photos(rows: Rows, photo_list: TextIO) -> Iterator[Mapping[str, Any]]:
    """Yield the rows, and write down their photos, one a line."""
    for row in rows:
        for photo in row["photos"]:
            photo_list.write(json.dumps({"number": row["number"]} | _photo(photo)) + "\n")
        yield row


def _photo_rows(photo_list: TextIO) -> Iterator[Mapping[str, Any]]:
    photo_list.seek(0)
    for line in photo_list:
        photo = json.loads(line)
        taken_at = photo["taken_at"] and datetime.fromisoformat(photo["taken_at"])
        yield photo | {"taken_at": taken_at}


def _photo(photo: Photo) -> dict[str, Any]:
    role = photo.role.zh if photo.role else None
    return {"role": role, "taken_at": _value(photo.taken_at), "url": photo.url}


def _lines(columns: Sequence[Column], rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield each row by its headings; the library takes the headings from the first row."""
    line: dict[str, Any] | None = None
    for place, row in enumerate(rows):
        line = {column.zh: _workbook_cell(row[column.name]) for column in columns}
        if place >= MAX_LINKS:
            line |= {c.zh: _without_scheme(row[c.name]) for c in columns if c.name == "url"}
        yield line
    if line is None:
        yield {column.zh: None for column in columns}


def _workbook_cell(value: Any) -> str | float | datetime | None:
    """Return the content of a workbook's cell: a moment is a date of the city, without zone."""
    if isinstance(value, datetime) and value.year in EXCEL_YEARS:
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    return _short(_cell(value))


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


def _short(cell: str | float) -> str | float | None:
    return (cell[:MAX_CELL_LENGTH] or None) if isinstance(cell, str) else cell


def _cell(value: Any) -> str | float:
    """Return the content of a spreadsheet's cell."""
    if isinstance(value, str):
        return escape_formula(value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return city_time(value)
    if isinstance(value, bool):
        return "是" if value else ""
    number: float = value
    return number


def _value(value: Any) -> Any:
    return zulu(value) if isinstance(value, datetime) else value


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return _bytes(text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
