"""Reads a whole table 表格 into rows, without the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from marshmallow import ValidationError

from inspect_server.core.problems import TableUnreadable
from inspect_server.core.sentences import listed, sentence
from inspect_server.registry.formats import tables
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules.damage import damage_of_text
from inspect_server.registry.services.imports.columns import TABLE_FORMATS, TableFormat
from inspect_server.registry.services.imports.shapes import (
    STEP,
    Column,
    Fault,
    InvalidCell,
    Table,
    TableRow,
)
from schemas.problems import pointers
from schemas.register_entries import EntryForm
from schemas.texts import fold
from schemas.vocabulary import Register


def read_table(register: Register, reference: Reference, file: BinaryIO) -> Iterator[int | Table]:
    """Read a whole table; yields how many rows are read, then the table.

    Raises `TableUnreadable`.
    """
    with tables.open_sheet(file) as sheet:
        yield from _read(TABLE_FORMATS[register], reference, sheet)


def _read(
    table_format: TableFormat, reference: Reference, sheet: tables.Sheet
) -> Iterator[int | Table]:
    heading = next(sheet.rows, None)
    if heading is None:
        raise TableUnreadable(sentence("表格是空的。") if not sheet.others else _empty(sheet))
    columns, unknown = _columns(table_format, sheet, [cell.text for cell in heading[1]])
    table_rows = []
    schema = table_format.schema()
    for number, cells in sheet.rows:
        table_rows.append(_row(schema, reference, number, cells, columns))
        if len(table_rows) % STEP == 0:
            yield len(table_rows)
    by_field = {c.field: c for c in columns.values()}
    yield Table(by_field, table_rows, unknown, sheet.name, sheet.others)


def _empty(sheet: tables.Sheet) -> str:
    return sentence(
        "读取的是第一张工作表“{sheet}”，它是空的；另有工作表：{others}。请把要导入的移到最前面。",
        sheet=sheet.name,
        others=listed(list(sheet.others)),
    )


def _columns(
    table_format: TableFormat, sheet: tables.Sheet, heading: list[str]
) -> tuple[dict[int, Column], list[str]]:
    """Return the columns by their place in the table, and the headings that name none."""
    by_heading = {fold(name): c for c in table_format.columns for name in c.headings()}
    columns: dict[int, Column] = {}
    unknown = []
    for place, cell in enumerate(heading):
        column = by_heading.get(fold(cell).rstrip("*").replace(" ", ""))
        if column is not None and column not in columns.values():
            columns[place] = column
        elif cell:
            unknown.append(cell)
    missing = [c.zh for c in table_format.columns if c.required and c not in columns.values()]
    if missing and sheet.others:
        raise TableUnreadable(
            sentence(
                "读取的是第一张工作表“{sheet}”，它的表头缺少：{missing}；另有工作表：{others}。"
                "请把要导入的移到最前面。",
                sheet=sheet.name,
                missing=listed(missing),
                others=listed(list(sheet.others)),
            )
        )
    if missing:
        raise TableUnreadable(
            sentence("表头缺少：{missing}。请下载模板，按模板的表头填写。", missing=listed(missing))
        )
    return columns, unknown


def _row(
    schema: EntryForm,
    reference: Reference,
    number: int,
    cells: list[tables.Cell],
    columns: Mapping[int, Column],
) -> TableRow:
    row = TableRow(number)
    body: dict[str, Any] = {}
    for place, column in columns.items():
        cell = cells[place] if place < len(cells) else tables.Cell("")
        if not cell.text:
            if column.required:
                row.faults.append(Fault(number, column.zh, sentence("请填写")))
            continue
        damage = damage_of_text(cell) if column.text else None
        if damage is not None:
            row.faults.append(Fault(number, column.zh, damage))
            continue
        try:
            body[column.field] = column.read(reference, cell.text)
        except InvalidCell as invalid:
            row.faults.append(Fault(number, column.zh, invalid.detail))
    if row.faults:
        return row
    row.sets_active = "active" in body
    try:
        row.entry = schema.load(body)
    except ValidationError as error:
        titles = {c.field: c.zh for c in columns.values()}
        for problem in pointers(error.messages):
            name = problem["pointer"].split("/")[1]
            row.faults.append(Fault(number, titles.get(name, name), problem["detail"]))
    return row
