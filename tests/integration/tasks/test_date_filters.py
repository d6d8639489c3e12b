"""Lists by date: the city's days, both inclusive, with every query strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from inspect_server.tasks.queries import filtering, lists, search
from tests.integration.reporting.test_trends import LAST, NOON, closed, set_row, trends
from tests.integration.tasks.test_export import exported, table
from tests.integration.tasks.test_lists import city, counts, listed, paged
from tests.support.actors import Device
from tests.support.case_walks import dispatched, reported, verifying
from tests.support.clock import FakeClock
from tests.support.rows import Rows

__all__ = ["city"]

# The first second of Tuesday 10 March in the city, and of Thursday.
TUESDAY, THURSDAY = "2026-03-09T16:00:00Z", "2026-03-11T16:00:00Z"

# Few cases are read from an index, more by a scan between their serials, and
# very many in the order of the whole list: the limits of the first two.
STRATEGIES = {"from the index": (4_000, 20_000), "between serials": (0, 20_000), "in order": (0, 0)}

UsingStrategy = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def noon(fake_clock: FakeClock) -> FakeClock:
    """A clock that is stopped before anybody signs in."""
    fake_clock.stop_at(NOON)
    return fake_clock


@pytest.fixture
def using(subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch) -> UsingStrategy:
    """A subtest with one of the query strategies for the cases of some days."""

    @contextmanager
    def one(strategy: str) -> Iterator[None]:
        few, from_index = STRATEGIES[strategy]
        monkeypatch.setattr(search, "FEW", few)
        monkeypatch.setattr(filtering, "COUNTED_FROM_INDEX", from_index)
        with subtests.test(strategy):
            yield

    return one


def numbers(tasks: list[dict[str, Any]]) -> list[str]:
    return [task["number"].split("-")[1] for task in tasks]


def on(device: Device, from_on: str | None, to_on: str | None, **more: Any) -> list[str]:
    """The serials of the list of these days of March, in its order."""
    days = {"from_on": from_on, "to_on": to_on}
    narrowing = {name: f"2026-03-{day}" for name, day in days.items() if day}
    return numbers(listed(device, **narrowing, **more))


@pytest.fixture
def four_cases(observer: Device, rows: Rows) -> list[str]:
    """One case of the last second of 9 March, two of the 10th's ends, one of Thursday's first.

    The newest serial has the oldest date: nothing says that serials follow the days.
    """
    tasks = [reported(observer) for _ in range(4)]
    moments = (TUESDAY, LAST, THURSDAY, "2026-03-09T15:59:59Z")
    for task, moment in zip(tasks, moments, strict=True):
        set_row(rows, task, opened_at=moment, due_at=moment)
    return numbers(tasks)


# --- which ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dated", ["opened", "due"])
def test_both_days_are_the_citys_and_belong_to_the_list(
    four_cases: list[str], city: Device, dated: str, using: UsingStrategy
) -> None:
    first, last, after, before = four_cases
    for strategy in STRATEGIES:
        with using(strategy):
            assert on(city, "10", "10", dated=dated) == [last, first]
            assert on(city, "10", "12", dated=dated) == [after, last, first]
            assert on(city, "11", "11", dated=dated) == []


def test_either_day_may_be_given_alone(
    four_cases: list[str], city: Device, using: UsingStrategy
) -> None:
    first, last, after, before = four_cases
    for strategy in STRATEGIES:
        with using(strategy):
            assert on(city, "11", None) == [after]
            assert on(city, None, "10") == [before, last, first]


def test_the_most_urgent_of_some_days_come_in_the_order_of_their_limits(
    four_cases: list[str], city: Device, using: UsingStrategy
) -> None:
    first, last, after, before = four_cases
    for strategy in STRATEGIES:
        with using(strategy):
            for dated in ("opened", "due"):
                assert on(city, "09", "10", dated=dated, sort="due") == [before, first, last]


def test_a_case_ended_on_the_day_it_ended(
    observer: Device,
    supervisor: Device,
    handler: Device,
    rows: Rows,
    city: Device,
    using: UsingStrategy,
) -> None:
    passed, open_still = closed(observer, supervisor, handler), reported(observer)
    answer = supervisor.move(
        supervisor.task(reported(observer)["id"]), "reject", reason="duplicate"
    )
    set_row(rows, passed, ended_at=LAST)
    for strategy in STRATEGIES:
        with using(strategy):
            assert on(city, "10", "10", dated="ended") == numbers([passed])
            assert on(city, "09", "12", dated="ended") == numbers([answer, passed])
            assert on(city, "09", "12", dated="ended", state="closed") == numbers([passed])
            assert on(city, "09", "12", dated="ended", state="reported") == []
            assert on(city, "12", None, state="reported") == numbers([open_still])


@pytest.mark.usefixtures("four_cases")
def test_pages_of_some_days_are_complete_and_without_duplicates(
    city: Device, using: UsingStrategy
) -> None:
    for strategy in STRATEGIES:
        with using(strategy):
            for sort in ("new", "due"):
                days = {"from_on": "2026-03-09", "to_on": "2026-03-10", "sort": sort}
                whole = [row["id"] for row in listed(city, **days)]
                assert len(whole) == 3
                assert paged(city, **days, limit=1) == whole


@pytest.mark.usefixtures("four_cases")
def test_an_export_of_some_days_holds_what_its_list_holds(city: Device) -> None:
    days = {"from_on": "2026-03-10", "to_on": "2026-03-10"}
    result = [row["案卷编号"] for row in table(exported(city, "csv", **days))]
    assert result == [row["number"] for row in listed(city, **days)]
    assert len(result) == 2


@pytest.mark.usefixtures("four_cases")
def test_date_filters_combine_with_other_filters(
    city: Device, supervisor: Device, outsider: Device
) -> None:
    assert len(on(supervisor, "10", "10", category="MQ0201", text="人民")) == 0
    assert len(on(supervisor, "10", "10", category="MQ0201", district="maojian")) == 2
    assert on(outsider, "10", "10") == []


def test_a_period_that_ends_before_it_begins_is_refused_in_words(city: Device) -> None:
    answer = city.get("/tasks?from_on=2026-03-12&to_on=2026-03-11")
    answered = [(one["pointer"], one["detail"]) for one in answer.json["errors"]]
    assert (answer.status_code, answered) == (422, [("/query/to_on", "结束日期不能早于开始日期")])


# --- how many ------------------------------------------------------------------------------------


def test_a_long_period_is_counted_to_a_limit_and_open_cases_exactly(
    observer: Device, supervisor: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "COUNTED_FROM_INDEX", 1)
    monkeypatch.setattr(lists, "COUNTED", 2)
    for _ in range(3):
        task = supervisor.task(reported(observer)["id"])
        supervisor.move(task, "reject", reason="not_a_problem")
        reported(observer)
    answered = counts(supervisor, from_on="2026-03-01")
    assert (answered["states"]["reported"], answered["states"]["rejected"]) == (3, 2)
    assert answered["capped"] == ["rejected"]


@pytest.fixture
def two_weeks_of_cases(observer: Device, supervisor: Device, handler: Device, rows: Rows) -> None:
    """Cases opened, closed and reopened on several days, one of them void."""
    days = [f"2026-03-{day:02}T{hour}:00:00Z" for day in (1, 9, 10) for hour in (15, 16)]
    for opened, ended in zip(days, days[2:], strict=False):
        set_row(rows, closed(observer, supervisor, handler), opened_at=opened, ended_at=ended)
    for opened in days:
        set_row(rows, dispatched(observer, supervisor), opened_at=opened)
    void = supervisor.task(reported(observer, category="GG0101")["id"])
    supervisor.move(void, "void", reason="test_record")
    verifying(observer, supervisor, handler)


LISTS = {
    "reported": {"dated": "opened", "measure": "received"},
    "closed": {"dated": "ended", "measure": "closed"},
}


def list_length(
    device: Device, name: str, from_on: str, to_on: str, **more: Any
) -> tuple[int, int]:
    """The length of the list to which a number links, by its rows and by its counts."""
    narrowing = LISTS[name] | {"from_on": from_on, "to_on": to_on} | more
    counted = counts(device, **narrowing)
    assert counted["capped"] == []
    return len(listed(device, **narrowing, limit=200)), sum(counted["states"].values())


@pytest.mark.usefixtures("two_weeks_of_cases")
def test_a_number_of_a_day_is_the_length_of_its_list(
    city: Device, monkeypatch: pytest.MonkeyPatch, using: UsingStrategy
) -> None:
    # The cap of a count has a test of its own.
    monkeypatch.setattr(lists, "COUNTED", 1_000)
    answered = trends(city, days=14)
    days = [(day["on"], day["on"], day) for day in answered["days"]]
    periods = [*days, (answered["from_on"], answered["to_on"], answered["totals"])]
    assert sum(bool(day[name]) for _, _, day in days for name in LISTS) >= 6
    for strategy in STRATEGIES:
        with using(strategy):
            for from_on, to_on, measures in periods:
                for name in LISTS:
                    count = measures[name]
                    result = list_length(city, name, from_on, to_on)
                    assert result == (count, count), (name, measures)


@pytest.mark.usefixtures("two_weeks_of_cases")
def test_a_number_of_a_group_in_a_period_is_the_length_of_its_list(
    city: Device, supervisor: Device, handler: Device
) -> None:
    checked = 0
    for device in (city, supervisor, handler):
        for by in ("district", "unit", "category"):
            answered = trends(device, days=14, by=by)
            days = {"from_on": answered["from_on"], "to_on": answered["to_on"]}
            for group in answered["groups"]:
                if by == "unit" and group["code"] == "-":
                    continue
                for name in LISTS:
                    narrowed = days | {by: group["code"]}
                    result = list_length(device, name, **narrowed)
                    assert result == (group[name], group[name]), (by, group["code"], name)
                    checked += bool(group[name])
    assert checked >= 12
