"""The trends: numbers counted by hand, by the city's days, within each person's scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Task
from schemas.vocabulary import TaskState
from tests.support.actors import IN_ZHANGWAN, Device, Shot, jpeg, record
from tests.support.case_walks import closed, dispatched, reported, verifying
from tests.support.clock import FakeClock
from tests.support.rows import Rows

# Thursday, noon in the city.
NOON = "2026-03-12T04:00:00+00:00"
# The last second of Tuesday in the city, and the first of Wednesday.
LAST, FIRST = "2026-03-10T15:59:59Z", "2026-03-10T16:00:00Z"
QUIET = {"reported": 0, "closed": 0, "closed_on_time": 0, "due": 0, "overdue": 0}

SignIn = Callable[..., Device]


@pytest.fixture(autouse=True)
def noon(fake_clock: FakeClock) -> FakeClock:
    """A clock that stands still before anybody signs in."""
    fake_clock.stop_at(NOON)
    return fake_clock


@pytest.fixture
def city(sign_in: SignIn) -> Device:
    """市创文办: a supervisor of the whole city."""
    return sign_in("chuangwen")


def trends(person: Device, **parameters: Any) -> dict[str, Any]:
    answer = person.get("/board/trends", query_string=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def busy_days(person: Device, **parameters: Any) -> dict[str, dict[str, int]]:
    """The days on which anything happened, without their zeros."""
    days = {}
    for day in trends(person, **parameters)["days"]:
        on = day.pop("on")
        if any(day.values()):
            days[on] = {name: count for name, count in day.items() if count}
    return days


def parts(person: Device, by: str, *names: str) -> dict[str, tuple[int, ...]]:
    """The groups by their code, with the counts that are asked for."""
    groups = trends(person, by=by)["groups"]
    return {group["code"]: tuple(group[name] for name in names) for group in groups}


def set_row(rows: Rows, task: dict[str, Any], **columns: Any) -> None:
    """Let a case have been opened, closed or due at another moment."""
    moments = {
        name: datetime.fromisoformat(value).astimezone(UTC) if name.endswith("_at") else value
        for name, value in columns.items()
    }
    case = sa.update(Task).where(Task.id == UUID(task["id"])).values(**moments)
    rows.write(lambda session: session.execute(case))


# --- days ----------------------------------------------------------------------------------------


def test_a_day_begins_at_midnight_in_the_city(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    for moment in (LAST, FIRST):
        set_row(rows, reported(observer), opened_at=moment)
    assert busy_days(supervisor) == {
        "2026-03-10": {"reported": 1},
        "2026-03-11": {"reported": 1},
    }


def test_a_period_ends_today_and_has_every_day(supervisor: Device) -> None:
    for days in (14, 30, 90):
        answer = trends(supervisor, days=days)
        assert (answer["to_on"], len(answer["days"])) == ("2026-03-12", days)
        assert answer["days"][0] == {"on": answer["from_on"]} | QUIET


def test_what_was_before_the_period_is_not_in_it(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    set_row(rows, reported(observer), opened_at="2026-02-26T15:59:59Z")
    set_row(rows, reported(observer), opened_at="2026-02-26T16:00:00Z")
    assert busy_days(supervisor, days=14) == {"2026-02-27": {"reported": 1}}


def test_a_closed_case_counts_on_the_day_it_was_closed(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    set_row(rows, closed(observer, supervisor, handler), opened_at=LAST, ended_at=FIRST)
    assert busy_days(supervisor) == {
        "2026-03-10": {"reported": 1},
        "2026-03-11": {"closed": 1, "closed_on_time": 1, "due": 1},
    }


def test_a_case_submitted_late_is_closed_and_was_overdue(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    set_row(rows, closed(observer, supervisor, handler), due_at=LAST)
    assert busy_days(supervisor) == {
        "2026-03-10": {"overdue": 1},
        "2026-03-12": {"reported": 1, "closed": 1, "due": 1},
    }


def test_an_open_case_is_due_and_overdue_on_the_day_its_limit_passed(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    set_row(rows, dispatched(observer, supervisor), due_at=FIRST)
    assert busy_days(supervisor) == {
        "2026-03-11": {"due": 1, "overdue": 1},
        "2026-03-12": {"reported": 1},
    }


def test_a_supervisors_own_limit_is_overdue_but_not_due(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    set_row(rows, reported(observer), opened_at=LAST, due_at=FIRST)
    assert busy_days(supervisor) == {
        "2026-03-10": {"reported": 1},
        "2026-03-11": {"overdue": 1},
    }


def test_a_limit_later_today_is_not_missed_yet(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    set_row(rows, dispatched(observer, supervisor), due_at="2026-03-12T05:00:00Z")
    assert busy_days(supervisor) == {"2026-03-12": {"reported": 1}}


def test_a_case_submitted_in_time_and_not_verified_is_not_overdue(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock, rows: Rows
) -> None:
    task = verifying(observer, supervisor, handler)
    set_row(rows, task, submitted_at=LAST, clock_stopped_at=LAST, due_at=FIRST)
    # It is due, as the board counts it, and nobody missed a limit.
    assert busy_days(supervisor)["2026-03-11"] == {"due": 1}


def test_a_case_submitted_late_is_overdue_before_it_is_verified(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task = verifying(observer, supervisor, handler)
    set_row(rows, task, submitted_at=FIRST, clock_stopped_at=FIRST, due_at=LAST)
    assert busy_days(supervisor)["2026-03-10"] == {"due": 1, "overdue": 1}


def test_a_reopened_case_is_not_closed_any_more(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = closed(observer, supervisor, handler)
    proof = Shot(jpeg(5), "scene")
    supervisor.upload(proof)
    supervisor.move(task, "reopen", reason="came_back", photos=[proof.declared()])
    assert busy_days(supervisor) == {"2026-03-12": {"reported": 1}}


def test_a_void_case_is_not_counted(observer: Device, supervisor: Device, rows: Rows) -> None:
    task = supervisor.task(reported(observer)["id"])
    set_row(rows, task, due_at=FIRST)
    supervisor.move(task, "void", reason="test_record")
    assert busy_days(supervisor) == {}
    board = supervisor.get("/board").json or {}
    assert {day["received"] for day in board["days"]} == {0}


def test_a_merged_case_was_reported_and_nothing_else(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    original, duplicate = (supervisor.task(reported(observer)["id"]) for _ in range(2))
    supervisor.move(duplicate, "merge", into=original["id"])
    set_row(rows, duplicate, due_at=FIRST)
    assert busy_days(supervisor) == {"2026-03-12": {"reported": 2}}


def test_the_days_add_up_to_what_the_board_counts(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    closed(observer, supervisor, handler)
    set_row(rows, closed(observer, supervisor, handler), due_at=LAST)
    set_row(rows, dispatched(observer, supervisor), due_at=FIRST)
    reported(observer)
    totals = (supervisor.get("/board").json or {})["totals"]
    period = trends(supervisor)["totals"]
    assert period["reported"] == totals["received"] == 4
    assert period["closed"] == totals["closed"] == 2
    assert period["closed_on_time"] == totals["closed_on_time"] == 1
    assert period["due"] == totals["due"] == 3
    assert (period["open"], period["overdue_now"]) == (totals["open"], totals["overdue"])


# --- groups --------------------------------------------------------------------------------------


@pytest.fixture
def cases_in_two_districts(observer: Device, supervisor: Device, handler: Device) -> None:
    """茅箭: one closed, one with its unit; 张湾: one; nowhere: one of another category."""
    closed(observer, supervisor, handler)
    dispatched(observer, supervisor)
    sent = observer.send(
        record(category="MQ0101", place=IN_ZHANGWAN), record(category="GG0101", place=None)
    )
    assert {one["status"] for one in sent} == {"accepted"}


@pytest.mark.usefixtures("cases_in_two_districts")
def test_districts_and_categories_have_their_own_numbers(city: Device) -> None:
    assert parts(city, "district", "reported", "closed", "open") == {
        "maojian": (2, 1, 1),
        "zhangwan": (1, 0, 1),
        "-": (1, 0, 1),
    }

    assert parts(city, "category", "reported", "closed", "open") == {
        "MQ0201": (2, 1, 1),
        "MQ0101": (1, 0, 1),
        "GG0101": (1, 0, 1),
    }


@pytest.mark.usefixtures("cases_in_two_districts")
def test_a_number_of_a_group_is_the_length_of_its_list(city: Device) -> None:
    checked = 0
    for by in ("district", "unit", "category"):
        for group in trends(city, by=by)["groups"]:
            for state, count in group["states"].items() if group["code"] != "-" else ():
                query = {by: group["code"], "state": state}
                listed = (city.get("/tasks", query_string=query).json or {})["items"]
                assert len(listed) == count, query
                checked += 1
    assert checked >= 6


@pytest.mark.usefixtures("cases_in_two_districts")
def test_a_group_bears_the_name_people_use(city: Device, handler: Device) -> None:
    names = {group["code"]: group["name"] for group in trends(city, by="unit")["groups"]}
    unit = handler.person["unit"]
    assert names[unit["id"]] == unit["name"]


@pytest.mark.usefixtures("cases_in_two_districts")
def test_groups_add_up_to_the_whole(city: Device) -> None:
    for by in ("district", "unit", "category"):
        answer = trends(city, by=by)
        for name, count in answer["totals"].items():
            assert sum(group[name] for group in answer["groups"]) == count, (by, name)


NARROWED = (
    ({"district": "maojian"}, 2),
    ({"district": "-"}, 1),
    ({"category": "MQ"}, 3),
    ({"category": "GG0101"}, 1),
    ({"unit": "00000000-0000-4000-8000-000000000000"}, 0),
)


@pytest.mark.usefixtures("cases_in_two_districts")
def test_trends_narrow_as_a_list_does(city: Device) -> None:
    for narrowed, expected in NARROWED:
        assert trends(city, **narrowed)["totals"]["reported"] == expected
        listed = (city.get("/tasks", query_string=narrowed).json or {})["items"]
        assert len(listed) == expected


def test_without_cases_there_are_no_groups_and_every_day_is_zero(city: Device) -> None:
    answer = trends(city)
    assert answer["groups"] == []
    assert answer["totals"] == QUIET | {"open": 0, "overdue_now": 0}


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cases_in_two_districts")
def test_a_district_sees_its_own_and_what_is_not_placed(
    supervisor: Device, outsider: Device
) -> None:
    assert set(parts(supervisor, "district", "open")) == {"maojian", "-"}
    assert set(parts(outsider, "district", "open")) == {"zhangwan", "-"}


@pytest.mark.usefixtures("cases_in_two_districts")
def test_what_is_out_of_scope_has_no_numbers(
    supervisor: Device, handler: Device, city: Device, sign_in: SignIn
) -> None:
    other_unit = sign_in("zhao").person["unit"]["id"]
    for reader, narrowed in (
        (supervisor, {"district": "zhangwan"}),
        (handler, {"by": "unit", "unit": other_unit}),
    ):
        answer = trends(reader, **narrowed)
        assert answer["in_scope"] is False
        assert (answer["days"], answer["totals"], answer["groups"]) == ([], None, [])
    for reader, narrowed in (
        (supervisor, {"district": "maojian"}),
        (supervisor, {"district": "-"}),
        (city, {"district": "zhangwan"}),
        (handler, {"by": "unit", "unit": handler.person["unit"]["id"]}),
    ):
        answer = trends(reader, **narrowed)
        assert answer["in_scope"] is True
        assert answer["totals"]["reported"] >= 1


@pytest.mark.usefixtures("cases_in_two_districts")
def test_a_unit_sees_what_was_dispatched_to_it(handler: Device, rows: Rows) -> None:
    open_count = rows.count(
        Task,
        Task.unit_id == UUID(handler.person["unit"]["id"]),
        Task.dispatched_at.is_not(None),
        Task.state != TaskState.CLOSED,
    )
    assert parts(handler, "unit", "open", "closed") == {
        handler.person["unit"]["id"]: (open_count, 1)
    }


def test_an_observer_has_no_board(observer: Device) -> None:
    assert observer.get("/board/trends").status_code == 403


def test_a_question_nobody_can_answer_is_refused(supervisor: Device) -> None:
    for wrong in ("days=7", "by=weather", "unit=nobody", "category=%25"):
        assert supervisor.get(f"/board/trends?{wrong}").status_code == 422, wrong
