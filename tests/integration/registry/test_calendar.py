"""The working calendar: published, corrected, with a warning for a missing year."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspect_server.core.problems import Invalid
from inspect_server.models import CalendarDay, CalendarYear, SettingEdit, Task
from inspect_server.registry.rules import calendar as rules
from tests.support.actors import Device
from tests.support.case_walks import reported, visit, visits_on
from tests.support.clock import FakeClock
from tests.support.rows import Rows

# Invented for the test: nobody has published 2027.
OF_2027 = """日期,安排,说明
2027-01-01,放假,元旦
2027年2月5日,放假,春节
2027/2/6,放假,春节
2027-02-20,上班,春节调休上班
"""


def publish(admin: Device, **more: Any) -> Any:
    body = {"year": 2027, "source": "list", "days": OF_2027}
    return admin.post("/calendar/years", body | more)


def missing_year(device: Device) -> int | None:
    answer = device.get("/calendar/years")
    assert answer.status_code == 200, answer.text
    return (answer.json or {})["missing"]


# --- the warning ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        ("2026-10-31T15:59:59+00:00", None),
        ("2026-10-31T16:00:00+00:00", 2027),
        ("2026-12-31T15:59:59+00:00", 2027),
        ("2026-12-31T16:00:00+00:00", 2027),
    ],
    ids=["October", "1 November in Shanghai", "New Year's Eve", "New Year"],
)
def test_a_missing_next_year_is_reported_from_the_first_of_november(
    sign_in: Any, fake_clock: FakeClock, moment: str, year: int | None
) -> None:
    fake_clock.stop_at(moment)
    assert missing_year(sign_in("like")) == year


def test_a_published_year_is_not_reported_as_missing(sign_in: Any, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    admin = sign_in("admin")
    assert publish(admin).json["years"]["missing"] is None
    assert missing_year(admin) is None


# --- publishing ----------------------------------------------------------------------------------


def test_a_pasted_year_is_kept_where_it_breaks_the_week(admin: Device, rows: Rows) -> None:
    answer = publish(admin, note="国办发明电")
    assert answer.status_code == 200, answer.text
    days = rows.read(
        lambda s: s.query(CalendarDay).filter(CalendarDay.day >= date(2027, 1, 1)).all()
    )
    # 6 February is a Saturday: nobody works then anyway.
    assert {(d.day.isoformat(), d.working) for d in days} == {
        ("2027-01-01", False), ("2027-02-05", False), ("2027-02-20", True),
    }  # fmt: skip
    edit = rows.one(SettingEdit)
    assert edit.words == "公布 2027 年日历（管理员导入）：放假 2 天，调休上班 1 天"
    assert edit.note == "国办发明电"


def test_every_bad_row_is_named_and_nothing_is_kept(admin: Device, rows: Rows) -> None:
    bad = OF_2027 + "2028-01-01,放假\n2027-13-01,放假\n2027-03-01,也许\n2027-01-01,上班\nx\n"
    answer = publish(admin, days=bad)
    assert answer.status_code == 422
    assert [e["detail"] for e in (answer.json or {})["errors"]] == [
        "第 6 行：日期不是 2027 年",
        "第 7 行：没有这一天",
        "第 8 行：第二列应为“放假”或“上班”",
        "第 9 行：这一天在前面已有不同的安排",
        "第 10 行：读不出日期，应如 2027-01-01",
    ]
    assert rows.count(CalendarYear, CalendarYear.year == 2027) == 0


@pytest.mark.one_database
@pytest.mark.parametrize("text", ["", "\n\n", "日期,安排"], ids=["empty", "blank", "head only"])
def test_a_list_without_a_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules.read_list(2027, text)


def test_a_year_is_replaced_only_when_that_is_said(admin: Device, rows: Rows) -> None:
    publish(admin)
    assert publish(admin, days="2027-01-04,放假").status_code == 422
    assert publish(admin, days="2027-01-04,放假", replace=True).status_code == 200
    of_2027 = CalendarDay.day >= date(2027, 1, 1)
    assert rows.one(CalendarDay, of_2027).day == date(2027, 1, 4)


def test_a_year_the_library_knows_comes_from_it(admin: Device, rows: Rows) -> None:
    of_2026 = CalendarDay.day.between(date(2026, 1, 1), date(2026, 12, 31))
    published = rows.count(CalendarDay, of_2026)
    answer = publish(admin, year=2026, source="library", days="", replace=True)
    assert answer.status_code == 200, answer.text
    again = rows.count(CalendarDay, of_2026)
    assert again == published > 10


def test_a_year_the_library_does_not_know_needs_a_list(admin: Device) -> None:
    answer = publish(admin, year=2099, source="library", days="")
    assert answer.status_code == 422
    assert "粘贴" in (answer.json or {})["errors"][0]["detail"]


def test_a_published_year_has_provisional_limits_counted_again(
    sign_in: Any, fake_clock: FakeClock, rows: Rows, work: Any
) -> None:
    fake_clock.stop_at("2026-12-31T09:30:00+00:00")
    admin = sign_in("admin")
    task = reported(sign_in("chen"))
    assert task["provisional"] is True
    before = rows.one(Task).due_at
    # The Monday on which it was due is declared a day off.
    answer = publish(admin, days="2027-01-01,放假,元旦\n2027-01-04,放假,加放")
    assert (answer.json or {})["recounted"] == 1
    work()
    after = rows.one(Task)
    assert after.provisional is False
    assert after.due_at > before


def test_a_visit_whose_day_is_declared_off_is_waited_for_longer(
    sign_in: Any, fake_clock: FakeClock, work: Any
) -> None:
    # A Thursday evening: a lead is to be looked at by Friday morning.
    fake_clock.stop_at("2026-12-24T09:30:00+00:00")
    supervisor, visitor = sign_in("like"), sign_in("lin")
    visit_before = visit(supervisor, supervisor.task(reported(sign_in("chen"))["id"]), visitor)
    before = visits_on(visitor)[visit_before["id"]]
    sign_in("admin").post("/calendar/days", {"day": "2026-12-25", "working": False})
    work()
    after = visits_on(visitor)[visit_before["id"]]
    assert before["due_at"] < "2026-12-26" < after["due_at"]
    fake_clock.forward(days=2)
    assert sign_in("like").task(visit_before["task_id"])["visits"][0]["overdue"] is False


def test_a_changed_day_reaches_the_phones(admin: Device, observer: Device) -> None:
    cursor = observer.pull(limit=500)["cursor"]
    day = {"day": "2026-12-25", "working": False, "name": "雪灾停工"}
    assert admin.post("/calendar/days", day).status_code == 200
    changes = [c for c in observer.pull(cursor)["changes"] if c["collection"] == "calendar"]
    assert [c["data"] for c in changes] == [
        {"day": "2026-12-25", "working": False, "name": "雪灾停工"}
    ]
    admin.post("/calendar/days", {"day": "2026-12-25", "working": True})
    gone = [c for c in observer.pull(cursor)["changes"] if c["collection"] == "calendar"]
    assert [(c["id"], c["op"]) for c in gone] == [("2026-12-25", "del")]


# --- working hours -------------------------------------------------------------------------------

SUMMER = {
    "starts_on": "2026-07-01",
    "ends_on": "2026-09-30",
    "hours": [{"begins": "08:00", "ends": "12:00"}, {"begins": "15:00", "ends": "18:30"}],
}


def test_summer_hours_hold_while_they_last(
    admin: Device, observer: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-06-20T01:00:00+00:00")
    assert admin.post("/calendar/periods", SUMMER).status_code == 200
    fake_clock.stop_at("2026-07-01T03:30:00+00:00")
    (current_period,) = [
        p for p in (admin.get("/calendar/periods").json or {})["items"] if p["now"]
    ]
    assert current_period["starts_on"] == "2026-07-01"
    # Half past eleven; two working hours: until twelve, and from three to half past four.
    assert reported(observer)["due_at"] == "2026-07-01T08:30:00.000Z"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": "2026-06-01"}, "/ends_on"),
        ({"hours": [{"begins": "12:00", "ends": "08:00"}]}, "/hours"),
        (
            {"hours": [{"begins": "08:00", "ends": "12:00"}, {"begins": "11:00", "ends": "13:00"}]},
            "/hours",
        ),
        ({"hours": []}, "/hours"),
        ({"starts_on": "2004-01-01", "ends_on": "2026-08-01"}, "/ends_on"),
    ],
    ids=["ends before", "backwards", "overlap", "none", "a gap"],
)
def test_hours_that_cannot_be_are_refused(
    admin: Device, fake_clock: FakeClock, wrong: dict[str, Any], field: str
) -> None:
    fake_clock.stop_at("2026-06-20T01:00:00+00:00")
    answer = admin.post("/calendar/periods", SUMMER | wrong)
    assert answer.status_code == 422
    assert (answer.json or {})["errors"][0]["pointer"] == field
    assert len((admin.get("/calendar/periods").json or {})["items"]) == 1


def test_future_hours_can_be_deleted_and_begun_ones_cannot(
    admin: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-06-20T01:00:00+00:00")
    admin.post("/calendar/periods", SUMMER)
    begun = {"starts_on": "2004-01-01"}
    assert admin.post("/calendar/periods/drop", begun).status_code == 422
    body = {"starts_on": SUMMER["starts_on"]}
    assert admin.post("/calendar/periods/drop", body).status_code == 200
    assert admin.post("/calendar/periods/drop", body).status_code == 404


# --- who may -------------------------------------------------------------------------------------


def test_a_supervisor_reads_the_calendar_and_changes_nothing(
    supervisor: Device, handler: Device
) -> None:
    assert supervisor.get("/calendar/periods").status_code == 200
    assert publish(supervisor).status_code == 403
    assert supervisor.post("/calendar/periods", SUMMER).status_code == 403
    assert (
        supervisor.post("/calendar/days", {"day": "2026-12-25", "working": False}).status_code
        == 403
    )
    assert handler.get("/calendar/years").status_code == 403


def test_who_changed_what_is_listed_the_newest_first(admin: Device, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-06-20T01:00:00+00:00")
    admin.post("/calendar/periods", SUMMER | {"note": "高温"})
    fake_clock.forward(minutes=1)
    admin.post("/calendar/days", {"day": "2026-12-25", "working": False})
    edits = (admin.get("/calendar/edits").json or {})["items"]
    assert [(e["words"], e["note"]) for e in edits] == [
        ("2026-12-25 设为放假", None),
        ("作息 2026-07-01 至 2026-09-30：08:00–12:00、15:00–18:30", "高温"),
    ]
    assert edits[0]["by"]["name"] == admin.person["name"]
