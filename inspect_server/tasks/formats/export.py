"""Exports 导出 as files: CSV, XLSX and GeoJSON, written row by row in constant memory."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Protocol

import rustpy_xlsxwriter
from rustpy_xlsxwriter import Format

from inspect_server.core.clock import city_time
from inspect_server.core.spreadsheet import escape_formula
from schemas.fields import zulu

PIECE_SIZE = 64 * 1024
# A cell of a spreadsheet holds hardly more.
MAX_CELL_LENGTH = 32_000
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


def csv_lines(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write a table as CSV for Excel: UTF-8 with a byte order mark, times in Shanghai's zone."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([column.zh for column in columns])
    for row in rows:
        writer.writerow([_cell(row[column.name]) for column in columns])
        if buffer.tell() >= PIECE_SIZE:
            yield _drain(buffer)
    yield _drain(buffer)


def xlsx_pieces(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write a table as XLSX: row by row to a temporary file, then piece by piece."""
    with tempfile.TemporaryFile() as file:
        _write_workbook(file, columns, rows)
        file.seek(0)
        while piece := file.read(PIECE_SIZE):
            yield piece


def geojson_pieces(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """Write cases as GeoJSON in WGS-84; a case without a position has no geometry."""
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
            "properties": {name: _value(row[name]) for name in names},
        }
        text = separator + json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
        chunks.append(text)
        size, separator = size + len(text), ",\n"
        if size >= PIECE_SIZE:
            yield _bytes("".join(chunks))
            chunks, size = [], 0
    yield _bytes("".join([*chunks, "]}"]))


def _write_workbook(file: BinaryIO, columns: Sequence[Column], rows: Rows) -> None:
    rustpy_xlsxwriter.write_worksheet(
        _lines(columns, rows),
        file,
        "案件",
        freeze_row=1,
        freeze_col=1,
        header_format=Format().set_bold().set_background_color("#e8f3ee"),
        column_widths=[float(column.width) for column in columns],
    )


def _lines(columns: Sequence[Column], rows: Rows) -> Iterator[dict[str, str | float | None]]:
    """Yield each row by its headings; the library takes the headings from the first row."""
    line: dict[str, str | float | None] | None = None
    for row in rows:
        line = {column.zh: _short(_cell(row[column.name])) for column in columns}
        yield line
    if line is None:
        yield {column.zh: None for column in columns}


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
