"""Alarms 提醒: when each is due, and that each is sent once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from inspect_server.tasks.rules import deadlines
from schemas.vocabulary import OPEN_STATES, Alarm, TaskState

STARTED_AT = datetime(2026, 4, 1, 1, tzinfo=UTC)
DUE = STARTED_AT + timedelta(days=2)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """A task with a unit at work on it."""

    state: TaskState = TaskState.HANDLING
    dispatched_at: datetime | None = STARTED_AT
    due_from: datetime | None = STARTED_AT
    due_at: datetime | None = DUE
    clock_stopped_at: datetime | None = None
    asked_more_at: datetime | None = None
    shelved_until: datetime | None = None
    escalated_at: datetime | None = None
    make_safe_due_at: datetime | None = None
    made_safe_at: datetime | None = None
    visit_due_at: datetime | None = None
    alarms_rung: list[str] = field(default_factory=list)


def test_a_limit_has_alarms_before_its_end_at_its_end_and_a_day_after() -> None:
    assert deadlines.pending_alarms(Case()) == [
        (DUE - 4 * HOUR, Alarm.DUE_SOON),
        (DUE, Alarm.OVERDUE),
        (DUE + 24 * HOUR, Alarm.ESCALATION),
    ]


def test_a_short_limit_has_its_first_alarm_in_its_last_quarter() -> None:
    short = replace(Case(), due_at=STARTED_AT + 2 * HOUR)
    assert deadlines.pending_alarms(short)[0] == (STARTED_AT + 1.5 * HOUR, Alarm.DUE_SOON)


def test_an_alarm_is_not_repeated() -> None:
    rung = Case(alarms_rung=[str(Alarm.DUE_SOON), str(Alarm.OVERDUE)])
    assert [alarm for _, alarm in deadlines.pending_alarms(rung)] == [Alarm.ESCALATION]


@pytest.mark.parametrize(
    "case",
    [Case(clock_stopped_at=STARTED_AT), Case(due_at=None), Case(state=TaskState.CLOSED)],
    ids=["stopped", "without a limit", "closed"],
)
def test_a_stopped_deadline_has_no_alarm(case: Case) -> None:
    assert deadlines.pending_alarms(case) == []


def test_nobody_is_escalated_twice_or_before_a_unit_answers() -> None:
    for case in (Case(escalated_at=STARTED_AT), Case(dispatched_at=None)):
        assert Alarm.ESCALATION not in [alarm for _, alarm in deadlines.pending_alarms(case)]


def test_a_shelved_case_has_one_alarm_when_it_resumes() -> None:
    shelved = Case(state=TaskState.SHELVED, shelved_until=DUE, make_safe_due_at=STARTED_AT)
    assert deadlines.pending_alarms(shelved) == [(DUE, Alarm.RESUMPTION)]


def test_danger_has_alarms_until_it_is_removed() -> None:
    danger = Case(make_safe_due_at=STARTED_AT + HOUR)
    assert deadlines.pending_alarms(danger)[0] == (STARTED_AT + HOUR, Alarm.MAKE_SAFE_DUE)
    safe = replace(danger, made_safe_at=STARTED_AT)
    assert Alarm.MAKE_SAFE_DUE not in [alarm for _, alarm in deadlines.pending_alarms(safe)]


def test_a_question_to_the_reporter_has_an_alarm_after_three_days() -> None:
    waiting = Case(state=TaskState.REPORTED, clock_stopped_at=STARTED_AT, asked_more_at=STARTED_AT)
    assert deadlines.pending_alarms(waiting) == [(STARTED_AT + 72 * HOUR, Alarm.ANSWER_DUE)]


def test_only_open_cases_have_alarms() -> None:
    for state in set(TaskState) - OPEN_STATES:
        assert deadlines.pending_alarms(Case(state=state)) == []


def test_a_visit_has_an_alarm_when_it_is_due_though_the_units_deadline_is_stopped() -> None:
    verifying = Case(TaskState.VERIFYING, clock_stopped_at=STARTED_AT, visit_due_at=DUE)
    assert deadlines.pending_alarms(verifying) == [(DUE, Alarm.VISIT_OVERDUE)]
