"""Exports and the task sheet: what they contain, and what they must not."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from inspect_server.models import Observation, Task
from inspect_server.tasks.formats import export
from inspect_server.tasks.queries import export as queries
from tests.integration.tasks.test_lists import city, sent
from tests.support.actors import Device, record
from tests.support.case_walks import handling, verifying
from tests.support.registers import SHOP, created
from tests.support.rows import Rows

__all__ = ["city"]

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u200b＝1",
    "\tx",
    "\rx",
)


def exported(device: Device, kind: str, **query: Any) -> bytes:
    answer = device.get("/tasks/export", query_string={"format": kind} | query)
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


def table(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book["案件"].iter_rows(values_only=True)]


def test_an_export_holds_what_its_list_holds(observer: Device, city: Device) -> None:
    sent(observer, record(note="甲", category="MQ0201"), record(note="乙", category="GG0401"))
    written = table(exported(city, "csv", category="MQ"))
    assert [row["说明"] for row in written] == ["甲"]
    assert written[0]["状态"] == "待立案"


def test_an_export_longer_than_a_chunk_is_whole(
    observer: Device, city: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNK", 2)
    sent(observer, *(record(note=str(i)) for i in range(5)))
    for sort in ("new", "due"):
        written = table(exported(city, "csv", sort=sort))
        assert sorted(row["说明"] for row in written) == list("01234")


def test_a_cell_that_looks_like_a_formula_begins_with_an_apostrophe(
    observer: Device, city: Device
) -> None:
    sent(observer, *(record(note=note) for note in FORMULAS))
    written = {row["说明"] for row in table(exported(city, "csv"))}
    assert written == {f"'{note}" for note in FORMULAS}


def test_a_workbook_holds_no_formula(observer: Device, city: Device) -> None:
    sent(observer, *(record(note=note) for note in FORMULAS[:4]))
    with zipfile.ZipFile(io.BytesIO(exported(city, "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "'=1+1" in sheet
    assert "案卷编号" in sheet


def test_a_map_has_a_point_for_what_is_placed(observer: Device, city: Device) -> None:
    sent(observer, record(note="有"), record(note="无", place=None))
    written = json.loads(exported(city, "geojson"))["features"]
    by_note = {f["properties"]["note"]: f["geometry"] for f in written}
    assert by_note["有"] == {"type": "Point", "coordinates": [110.7899, 32.5291]}
    assert by_note["无"] is None


def as_cell(text: str, cell: object) -> object:
    """What a workbook's cell of this kind has where the table has this text."""
    match cell:
        case datetime():
            # The table has no seconds, and the workbook rounds to the next millisecond.
            minute = datetime.strptime(text, "%Y-%m-%d %H:%M")
            return cell if abs(cell - minute) <= timedelta(minutes=1) else minute
        case int() | float():
            return float(text)
    return text or None


def test_an_empty_export_is_still_a_file(city: Device) -> None:
    assert table(exported(city, "csv")) == []
    assert json.loads(exported(city, "geojson"))["features"] == []
    headings, *lines = sheet(exported(city, "xlsx"))
    assert headings[0] == "案卷编号"
    assert not any(cell for line in lines for cell in line)


def test_a_workbook_has_the_cells_of_the_table(observer: Device, city: Device) -> None:
    sent(observer, record(note="井盖移位"), record(place=None))
    headings, *lines = sheet(exported(city, "xlsx"))
    csv_rows = table(exported(city, "csv"))
    assert headings == [column.zh for column in queries.COLUMNS] == list(csv_rows[0])[:-1]
    for line, row in zip(lines, csv_rows, strict=True):
        assert row.pop(export.PHOTO_LINKS) is not None
        for cell, text in zip(line, row.values(), strict=True):
            assert cell == as_cell(text, cell)


def test_an_export_names_no_reporter_and_no_telephone(observer: Device, city: Device) -> None:
    sent(observer, record(note="联系 13812345678 或 138 1234 5678", address="编号213812345678"))
    for kind in ("csv", "geojson"):
        text = exported(city, kind).decode()
        assert observer.person["name"] not in text
        assert "13812345678" not in text.replace("213812345678", "")
        assert "1234 5678" not in text


WRITTEN = (
    "+8613812345678",
    "0086 138 1234 5678",
    "１３８１２３４５６７８",
    "1381 2345 678",
    "138—1234—5678",
)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "geojson"])
def test_however_a_telephone_is_written_no_export_has_it(
    observer: Device, admin: Device, city: Device, kind: str
) -> None:
    shop = created(admin, "shops", SHOP | {"name": "老李面馆138.1234.5678"})
    notes = (f"找老王 {written}，表号 20261234567890" for written in WRITTEN)
    sent(observer, *(record(note=note, address=note, shop_id=shop["id"]) for note in notes))
    content = exported(city, kind)
    if kind == "xlsx":
        text = "\n".join(str(cell) for line in sheet(content) for cell in line)
    else:
        text = content.decode()
    digits = "".join(str(int(sign)) for sign in text if sign.isdecimal())
    assert "12345678" not in digits.replace("20261234567890", "")
    assert text.count("找老王") == text.count("20261234567890") == 2 * len(WRITTEN)
    assert "老李面馆1**********" in text


def test_a_supervisor_exports_the_own_district_only(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    sent(observer, record(note="茅箭"))
    assert len(table(exported(supervisor, "csv"))) == 1
    assert table(exported(outsider, "csv")) == []


def test_only_overseers_export(observer: Device, handler: Device) -> None:
    for device in (observer, handler):
        assert device.get("/tasks/export").status_code == 403


def test_an_export_takes_no_cursor_and_no_unknown_format(city: Device) -> None:
    for query in ("cursor=x", "limit=5", "format=pdf"):
        assert city.get(f"/tasks/export?{query}").status_code == 422


@pytest.mark.one_database
def test_half_a_character_does_not_end_an_export() -> None:
    empty: dict[str, Any] = dict.fromkeys(c.name for c in queries.COLUMNS)
    rows = [empty | {"note": "坏\ud800", "photos": []}]
    assert "坏?".encode() in b"".join(export.csv_lines(queries.COLUMNS, rows))


# --- the task sheet ------------------------------------------------------------------------------


def test_a_sheet_is_a_pdf_with_its_own_font(
    observer: Device, supervisor: Device, handler: Device, work: Any
) -> None:
    task = verifying(observer, supervisor, handler, note="门前垃圾未清扫")
    work()
    answer = supervisor.get(f"/tasks/{task['id']}/sheet.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    # Embedded, and both photographs are inside.
    assert b"/FontFile3" in answer.data
    assert answer.data.count(b"/DCTDecode") == len(supervisor.task(task["id"])["evidence"])


def test_a_handlers_sheet_is_of_the_own_unit_only(
    observer: Device, supervisor: Device, handler: Device, outsider: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert handler.get(f"/tasks/{task['id']}/sheet.pdf").status_code == 200
    assert outsider.get(f"/tasks/{task['id']}/sheet.pdf").status_code == 404
    assert observer.get(f"/tasks/{task['id']}/sheet.pdf").status_code == 403


def test_a_sheet_of_characters_without_a_font_is_still_printed(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    sent(observer, record(note="😀 囍 \u202e " + "长" * 900, address="é"))
    task = rows.one(Task)
    answer = supervisor.get(f"/tasks/{task.id}/sheet.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert rows.count(Observation) == 1
