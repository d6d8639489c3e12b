"""The two clocks 两种时钟: the golden vectors, and what holds for every deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from inspect_server.registry.rules.working_time import (
    CalendarBroken,
    DeadlineError,
    Limit,
    LimitBroken,
    WorkCalendar,
    WorkPeriod,
    due,
    due_after_minutes,
    explain,
    worked_between,
)
from schemas.city import SHANGHAI
from schemas.vocabulary import LimitUnit

MORNING = WorkPeriod(time(8), time(12))
AFTERNOON = WorkPeriod(time(14), time(18))
EXCEPTIONS = dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True)
CALENDAR = WorkCalendar((MORNING, AFTERNOON), EXCEPTIONS, frozenset(range(2004, 2027)))
W = LimitUnit.WORKING_HOURS
C = LimitUnit.CONTINUOUS_HOURS

moments = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2026, 10, 1), timezones=st.just(UTC)
)
minutes = st.integers(min_value=1, max_value=60 * 150)


def at(text: str) -> datetime:
    """A moment in Shiyan, written as people write it."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def is_inside_a_period(moment: datetime, calendar: WorkCalendar) -> bool:
    """Whether this moment is within a working period (its end counts)."""
    local = moment.astimezone(SHANGHAI)
    return any(
        period.begins < local.time() <= period.ends for period in calendar.periods_on(local.date())
    )


@pytest.mark.parametrize(
    ("opened", "hours", "expected"),
    [
        pytest.param("2026-02-13 16:30", 4, "2026-02-14 10:30", id="make-up Saturday"),
        pytest.param("2026-02-13 16:30", 16, "2026-02-24 16:30", id="Spring Festival"),
        pytest.param("2026-04-30 17:00", 2, "2026-05-06 09:00", id="Labour Day"),
        pytest.param("2026-09-30 09:00", 40, "2026-10-13 09:00", id="National Day"),
        pytest.param("2026-11-20 12:30", 2, "2026-11-20 16:00", id="opened at noon"),
        pytest.param("2026-01-03 10:00", 4, "2026-01-04 12:00", id="make-up Sunday"),
    ],
)
def test_a_working_hours_limit_skips_what_nobody_works(opened, hours, expected):
    deadline = due(at(opened), Limit(hours, W), CALENDAR)
    assert (deadline.due_at, deadline.provisional) == (at(expected), False)


@given(opened=moments, hours=st.integers(min_value=1, max_value=200))
def test_continuous_hours_are_the_wall_clock(opened, hours):
    deadline = due(opened, Limit(hours, C), CALENDAR)
    assert deadline.due_at - opened == timedelta(hours=hours)


def test_a_deadline_in_an_unpublished_year_is_provisional():
    deadline = due(at("2026-12-31 17:00"), Limit(8, W), CALENDAR)
    assert deadline.provisional
    # Counted by Monday to Friday until the State Council says otherwise.
    assert deadline.due_at == at("2027-01-01 17:00")


def test_a_deadline_that_ends_before_the_unpublished_year_is_not_provisional():
    deadline = due(at("2026-12-31 17:00"), Limit(1, W), CALENDAR)
    assert (deadline.due_at, deadline.provisional) == (at("2026-12-31 18:00"), False)


def test_the_provisional_deadline_is_final_once_the_year_is_published():
    published = WorkCalendar(
        CALENDAR.periods,
        {**EXCEPTIONS, date(2027, 1, 1): False},
        CALENDAR.published_years | {2027},
    )
    deadline = due(at("2026-12-31 17:00"), Limit(8, W), published)
    assert (deadline.due_at, deadline.provisional) == (at("2027-01-04 17:00"), False)


def test_continuous_hours_never_depend_on_a_calendar():
    assert not due(at("2030-12-31 17:00"), Limit(8, C), CALENDAR).provisional


def test_a_working_day_is_eight_working_hours():
    opened = at("2026-11-19 16:00")
    in_days = due(opened, Limit(2, LimitUnit.WORKING_DAYS), CALENDAR)
    assert in_days.due_at == due(opened, Limit(16, W), CALENDAR).due_at == at("2026-11-23 16:00")


def test_half_a_working_day_is_four_hours():
    half = due(at("2026-11-19 08:00"), Limit(Decimal("0.5"), LimitUnit.WORKING_DAYS), CALENDAR)
    assert half.due_at == at("2026-11-19 12:00")


def test_an_on_the_spot_kind_that_is_dispatched_gets_two_working_hours():
    deadline = due(at("2026-11-20 12:30"), Limit(0, LimitUnit.ON_THE_SPOT), CALENDAR)
    assert deadline.due_at == at("2026-11-20 16:00")


def test_summer_hours_replace_the_usual_ones_while_they_last():
    summer = WorkPeriod(time(15), time(18, 30), date(2026, 6, 1), date(2026, 8, 31))
    summer_morning = WorkPeriod(time(8), time(12), date(2026, 6, 1), date(2026, 8, 31))
    calendar = WorkCalendar(
        (MORNING, AFTERNOON, summer, summer_morning), EXCEPTIONS, CALENDAR.published_years
    )
    assert due(at("2026-07-01 12:30"), Limit(2, W), calendar).due_at == at("2026-07-01 17:00")
    assert due(at("2026-08-31 18:00"), Limit(1, W), calendar).due_at == at("2026-09-01 08:30")
    assert due(at("2026-05-29 12:30"), Limit(2, W), calendar).due_at == at("2026-05-29 16:00")


def test_an_exception_edited_by_an_admin_moves_the_deadline():
    snow_day = WorkCalendar(
        CALENDAR.periods, {**EXCEPTIONS, date(2026, 11, 20): False}, CALENDAR.published_years
    )
    assert due(at("2026-11-20 12:30"), Limit(2, W), snow_day).due_at == at("2026-11-23 10:00")


def test_overlapping_periods_are_refused():
    with pytest.raises(CalendarBroken):
        WorkCalendar((MORNING, WorkPeriod(time(11), time(15))), {}, frozenset())


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(CalendarBroken):
        WorkPeriod(time(18), time(8))


def test_a_period_valid_until_before_it_is_valid_is_refused():
    with pytest.raises(CalendarBroken):
        WorkPeriod(time(8), time(12), date(2026, 9, 1), date(2026, 6, 1))


def test_a_calendar_without_working_time_says_so():
    with pytest.raises(CalendarBroken):
        due(at("2026-11-20 12:30"), Limit(2, W), WorkCalendar((), {}, frozenset()))


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(LimitBroken):
        Limit(0, W)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(DeadlineError):
        due(datetime(2026, 11, 20, 12, 30), Limit(2, W), CALENDAR)


def test_nothing_left_of_a_limit_is_due_at_once():
    night = at("2026-11-20 23:00")
    assert due_after_minutes(night, 0, W, CALENDAR).due_at == night


def test_rework_runs_on_the_rest_of_the_limit():
    dispatched, handed_over = at("2026-11-19 16:00"), at("2026-11-20 09:30")
    back_at_the_unit = at("2026-11-23 08:00")
    used = worked_between(dispatched, handed_over, W, CALENDAR)
    rest = due_after_minutes(back_at_the_unit, Limit(4, W).minutes - used, W, CALENDAR)
    assert (used, rest.due_at) == (210, at("2026-11-23 08:30"))


def test_nothing_is_worked_backwards():
    assert worked_between(at("2026-11-20 17:00"), at("2026-11-20 09:00"), W, CALENDAR) == 0


@given(opened=moments, worked=minutes)
def test_a_working_deadline_never_falls_outside_a_working_period(opened, worked):
    deadline = due_after_minutes(opened, worked, W, CALENDAR)
    assert is_inside_a_period(deadline.due_at, CALENDAR)


@given(opened=moments, worked=minutes)
def test_what_lies_between_start_and_deadline_is_the_limit(opened, worked):
    deadline = due_after_minutes(opened, worked, W, CALENDAR)
    assert worked_between(opened, deadline.due_at, W, CALENDAR) == pytest.approx(worked)


@given(opened=moments, worked=minutes)
def test_a_clock_stopped_and_started_at_the_same_moment_changes_nothing(opened, worked):
    first_half = due_after_minutes(opened, worked / 2, W, CALENDAR).due_at
    left = worked - worked_between(opened, first_half, W, CALENDAR)
    whole = due_after_minutes(opened, worked, W, CALENDAR).due_at
    assert abs(due_after_minutes(first_half, left, W, CALENDAR).due_at - whole) < timedelta(
        milliseconds=1
    )


@given(opened=moments, later=st.timedeltas(timedelta(), timedelta(days=30)), worked=minutes)
def test_a_case_opened_later_is_never_due_earlier(opened, later, worked):
    first = due_after_minutes(opened, worked, W, CALENDAR).due_at
    assert due_after_minutes(opened + later, worked, W, CALENDAR).due_at >= first


@given(opened=moments, shorter=minutes, more=minutes)
def test_a_longer_limit_is_due_later(opened, shorter, more):
    first = due_after_minutes(opened, shorter, W, CALENDAR).due_at
    assert due_after_minutes(opened, shorter + more, W, CALENDAR).due_at > first


@given(opened=moments, worked=minutes)
def test_the_counted_spans_add_up_to_the_limit(opened, worked):
    counted = due_after_minutes(opened, worked, W, CALENDAR).counted
    assert sum(span.minutes for span in counted) == pytest.approx(worked)


@given(start=moments, span=st.timedeltas(timedelta(), timedelta(days=60)))
def test_working_time_is_never_more_than_the_wall_clock(start, span):
    worked = worked_between(start, start + span, W, CALENDAR)
    assert worked <= worked_between(start, start + span, C, CALENDAR)


def test_a_deadline_explains_itself_in_chinese():
    deadline = due(at("2026-02-13 16:30"), Limit(16, W), CALENDAR)
    assert explain(deadline) == [
        "2月13日（周五）16:30 起算，时限 16 小时（工作时）。",
        "2月13日（周五）16:30–18:00，计 1 小时 30 分钟。",
        "2月14日（周六）08:00–12:00、14:00–18:00，计 8 小时（调休上班）。",
        "2月15日（周日）至 2月23日（周一）非工作时间，不计。",
        "2月24日（周二）08:00–12:00、14:00–16:30，计 6 小时 30 分钟。",
        "2月24日（周二）16:30 截止。",
    ]


def test_a_provisional_deadline_says_which_year_is_missing():
    lines = explain(due(at("2026-12-31 17:00"), Limit(8, W), CALENDAR))
    assert lines[-1] == "暂定：2027 年的工作日历尚未公布，公布后重新计算。"


def test_a_continuous_deadline_explains_that_nights_count():
    lines = explain(due(at("2026-11-20 22:00"), Limit(4, C), CALENDAR), "en")
    assert lines == [
        "Starts Fri 2026-11-20 22:00, limit 4 h (continuous hours).",
        "Runs without a break, nights and holidays included.",
        "Due Sat 2026-11-21 02:00.",
    ]
