"""Alarms 提醒: the moments at which a case calls for somebody, from what stands in its row.

Pure. Only the earliest that has not rung yet is kept beside the case, as its `next_alarm_at`:
one indexed column drives reminders, escalation and whatever else comes with time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from schemas.vocabulary import OPEN_STATES, Alarm, TaskState

# A case is due soon this long before its limit ends, or in the last quarter of a short limit.
DUE_SOON = timedelta(hours=4)
DUE_SOON_SHARE = 0.25
# 督办: so long after the unit's limit ended.
ESCALATED_AFTER = timedelta(days=1)
# 补充: how long the reporter has to answer.
ANSWER_WITHIN = timedelta(days=3)


class Case(Protocol):
    """What alarms have to know of a task."""

    @property
    def state(self) -> TaskState:
        """Where it stands."""

    @property
    def was_dispatched(self) -> bool:
        """Whether a unit answers for it now."""

    @property
    def due_at(self) -> datetime | None:
        """When the present limit ends."""

    @property
    def due_from(self) -> datetime | None:
        """When it began."""

    @property
    def clock_stopped_at(self) -> datetime | None:
        """Since when the clock stands still."""

    @property
    def asked_more_at(self) -> datetime | None:
        """Since when an answer of the reporter is waited for."""

    @property
    def shelved_until(self) -> datetime | None:
        """When a shelved case goes on."""

    @property
    def escalated_at(self) -> datetime | None:
        """When it was put under supervision."""

    @property
    def make_safe_due_at(self) -> datetime | None:
        """When the danger is to be removed."""

    @property
    def made_safe_at(self) -> datetime | None:
        """When it was."""

    @property
    def visit_due_at(self) -> datetime | None:
        """Until when somebody asked to look on the spot has to have been there."""

    @property
    def alarms_rung(self) -> Sequence[str]:
        """What has rung since its clock began."""


def of_case(case: Case) -> Iterator[tuple[Alarm, datetime]]:
    """Return every alarm a case has as it stands, with its moment, in no order."""
    if case.state not in OPEN_STATES:
        return
    if case.state is TaskState.SHELVED:
        if case.shelved_until is not None:
            yield Alarm.RESUMPTION, case.shelved_until
        return
    if case.asked_more_at is not None:
        yield Alarm.ANSWER_DUE, case.asked_more_at + ANSWER_WITHIN
    if case.make_safe_due_at is not None and case.made_safe_at is None:
        yield Alarm.MAKE_SAFE_DUE, case.make_safe_due_at
    if case.visit_due_at is not None:
        yield Alarm.VISIT_OVERDUE, case.visit_due_at
    if case.due_at is None or case.clock_stopped_at is not None:
        return
    yield Alarm.DUE_SOON, case.due_at - _lead(case, case.due_at)
    yield Alarm.OVERDUE, case.due_at
    if case.was_dispatched and case.escalated_at is None:
        yield Alarm.ESCALATION, case.due_at + ESCALATED_AFTER


def pending(case: Case) -> list[tuple[datetime, Alarm]]:
    """Return the alarms that have not rung, the earliest first."""
    waiting = [(at, alarm) for alarm, at in of_case(case) if alarm not in case.alarms_rung]
    return sorted(waiting, key=lambda one: one[0])


def _lead(case: Case, due_at: datetime) -> timedelta:
    if case.due_from is None:
        return DUE_SOON
    return min(DUE_SOON, (due_at - case.due_from) * DUE_SOON_SHARE)
