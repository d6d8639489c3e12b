"""An export as an office uses it: real dates, filters, links, photos, how a case was decided."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from inspect_server.core.clock import SHANGHAI
from inspect_server.models import Photo, Task
from inspect_server.tasks.formats import export
from inspect_server.tasks.queries.export import COLUMNS
from tests.integration.tasks.test_export import exported, table
from tests.integration.tasks.test_lists import city, sent
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.case_walks import closed, handling, reported, verifying
from tests.support.rows import Rows

__all__ = ["city"]

ORIGIN = "http://localhost"


def book(content: bytes) -> dict[str, Worksheet]:
    return {one.title: one for one in openpyxl.load_workbook(io.BytesIO(content)).worksheets}


def cells(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings."""
    headings, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


def links(sheet: Worksheet, heading: str) -> list[str]:
    """Where the cells of a column lead."""
    column = [cell.value for cell in sheet[1]].index(heading)
    return [row[column].hyperlink.target for row in sheet.iter_rows(min_row=2)]


def test_times_are_dates_of_the_city_that_a_workbook_sorts_and_filters(
    observer: Device, city: Device, rows: Rows
) -> None:
    sent(observer, record())
    sheet = book(exported(city, "xlsx"))["案件"]
    (row,) = cells(sheet)
    local = rows.one(Task).opened_at.astimezone(SHANGHAI).replace(tzinfo=None)
    assert abs(row["上报时间"] - local) < timedelta(seconds=1)
    opened = next(cell.column_letter for cell in sheet[1] if cell.value == "上报时间")
    assert sheet[f"{opened}2"].number_format == export.DATE_FORMAT == "yyyy-mm-dd hh:mm"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.freeze_panes == "B2"


def test_the_link_of_a_case_leads_to_the_console(
    observer: Device, city: Device, rows: Rows
) -> None:
    sent(observer, record())
    address = f"{ORIGIN}/console/tasks/{rows.one(Task).id}"
    assert links(book(exported(city, "xlsx"))["案件"], "案件链接") == [address]
    assert [row["案件链接"] for row in table(exported(city, "csv"))] == [address]
    (feature,) = json.loads(exported(city, "geojson"))["features"]
    assert feature["properties"]["url"] == address


def test_every_photo_of_a_case_has_a_link_and_what_it_shows(
    observer: Device, supervisor: Device, handler: Device, city: Device
) -> None:
    case = verifying(observer, supervisor, handler)
    photos = [photo["photo_id"] for photo in case["evidence"]]
    addresses = [f"{ORIGIN}/console/tasks/{case['id']}?photo={photo}" for photo in photos]
    assert len(addresses) == 2
    workbook = book(exported(city, "xlsx"))
    listed = cells(workbook["照片"])
    assert links(workbook["照片"], "照片链接") == addresses
    assert [row["照片类型"] for row in listed] == ["全景", "整改后"]
    assert {row["案卷编号"] for row in listed} == {case["number"]}
    assert all(isinstance(row["拍摄时间"], datetime) for row in listed)
    assert workbook["照片"].auto_filter.ref == workbook["照片"].dimensions
    (row,) = table(exported(city, "csv"))
    assert row["照片数"] == "2"
    assert row[export.PHOTO_LINKS].splitlines() == addresses
    (feature,) = json.loads(exported(city, "geojson"))["features"]
    assert [photo["url"] for photo in feature["properties"]["photos"]] == addresses


def test_a_photo_that_has_not_arrived_is_neither_counted_nor_linked(
    observer: Device, city: Device, rows: Rows
) -> None:
    sent(observer, record(Shot(jpeg())))
    assert rows.count(Photo) == 1
    (row,) = table(exported(city, "csv"))
    assert (row["照片数"], row[export.PHOTO_LINKS]) == ("0", "")


def test_what_the_unit_wrote_and_why_it_was_not_passed_are_exported(
    observer: Device, supervisor: Device, handler: Device, city: Device
) -> None:
    task = handling(observer, supervisor, handler)
    after = Shot(jpeg(2), "after")
    handler.upload(after)
    handler.move(task, "submit", photos=[after.declared()], note="已清理，电话13812345678")
    case = supervisor.task(task["id"])
    supervisor.move(case, "fail", reason="partly_fixed", note="还有一袋，问138-1234-5678")
    (row,) = table(exported(city, "csv"))
    assert row["处置说明"] == "已清理，电话1**********"
    assert (row["结论"], row["结论原因"]) == ("核查不通过", "整改不彻底")
    assert row["结论说明"].startswith("还有一袋，问")
    assert "1234-5678" not in row["结论说明"]


def test_the_last_decision_is_the_verdict(
    observer: Device, supervisor: Device, handler: Device, city: Device
) -> None:
    closed(observer, supervisor, handler)
    rejected = supervisor.task(reported(observer, Shot(jpeg(7)))["id"])
    supervisor.move(rejected, "reject", reason="not_a_problem")
    by_number = {row["案卷编号"]: row for row in table(exported(city, "csv"))}
    verdicts = {row["结论"] for row in by_number.values()}
    assert verdicts == {"核查通过", "不予立案"}
    assert by_number[rejected["number"]]["结论原因"] == "不属于问题"


def test_notes_that_look_like_formulas_are_text_in_every_column(
    observer: Device, supervisor: Device, city: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.move(task, "reject", reason="other", note="＝HYPERLINK(1)")
    (row,) = cells(book(exported(city, "xlsx"))["案件"])
    assert row["结论说明"] == "'＝HYPERLINK(1)"


def test_more_links_than_excel_opens_are_written_as_addresses(
    observer: Device, city: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_LINKS", 2)
    sent(observer, *(record() for _ in range(3)))
    sheet = book(exported(city, "xlsx"))["案件"]
    addresses = [row["案件链接"] for row in cells(sheet)]
    assert [address.startswith("http://") for address in addresses] == [True, True, False]
    assert addresses[2].startswith("localhost/console/tasks/")
    assert sheet.cell(row=4, column=len(COLUMNS)).hyperlink is None


@pytest.mark.one_database
@pytest.mark.parametrize("year", [1, 1898, 9999])
def test_a_time_outside_of_excels_calendar_is_written_as_text(year: int) -> None:
    empty: dict[str, Any] = dict.fromkeys(c.name for c in COLUMNS)
    moment = datetime(year, 12, 31, 23, tzinfo=SHANGHAI)
    rows = [empty | {"opened_at": moment, "url": "http://x/", "photos": []}]
    content = b"".join(export.xlsx_pieces(COLUMNS, rows))
    (row,) = cells(book(content)["案件"])
    assert row["上报时间"] == f"{year:04}-12-31 23:00"
