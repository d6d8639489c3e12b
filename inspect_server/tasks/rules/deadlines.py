"""Deadlines 时限 and alarms 提醒 of a case: the effect of steps on them, from the task's columns.

Pure. Only the earliest alarm that has not rung is stored with the case, as its `next_alarm_at`:
one indexed column drives reminders, escalation and everything else that is due by time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Protocol

import sqlalchemy as sa

from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import working_time
from inspect_server.tasks.rules.flow import DeadlineEffect
from schemas.vocabulary import OPEN_STATES, Alarm, LimitUnit, TaskState

# What filing and dispatching may take (DOMAIN §4); the unit's own limit is the category's.
FILING_LIMIT = working_time.Limit(2, LimitUnit.WORKING_HOURS)
DISPATCHING_LIMIT = working_time.Limit(2, LimitUnit.WORKING_HOURS)
# A case is due soon this long before its limit ends, or in the last quarter of a short limit.
DUE_SOON = timedelta(hours=4)
DUE_SOON_SHARE = 0.25
# 督办: so long after the unit's limit ended.
ESCALATED_AFTER = timedelta(days=1)
# 补充: how long the reporter has to answer.
ANSWER_WITHIN = timedelta(days=3)


# --- the limit a case runs against ---------------------------------------------------------------


def opening_effect(state: TaskState) -> DeadlineEffect:
    """Return which limit begins when a task begins in this state."""
    return DeadlineEffect.FILING if state is TaskState.REPORTED else DeadlineEffect.END


def apply(task: Task, effect: DeadlineEffect, reference: Reference, at: datetime) -> None:
    """Change the deadline as the flow table says, and set the next alarm accordingly."""
    match effect:
        case DeadlineEffect.KEEP:
            pass
        case DeadlineEffect.END:
            task.due_at = task.due_from = task.limit_minutes = task.limit_unit = None
            task.clock_stopped_at, task.provisional = None, False
        case DeadlineEffect.STOP:
            task.clock_stopped_at = at
        case DeadlineEffect.FILING:
            _start(task, FILING_LIMIT.minutes, FILING_LIMIT.unit, reference, at)
        case DeadlineEffect.DISPATCHING:
            _start(task, DISPATCHING_LIMIT.minutes, DISPATCHING_LIMIT.unit, reference, at)
        case DeadlineEffect.UNIT:
            limit = _own_limit(task, reference)
            _start(task, limit.minutes, limit.unit, reference, at)
        case DeadlineEffect.REST:
            _start(task, _minutes_left(task, reference), _unit(task), reference, at)
        case DeadlineEffect.EXTEND:
            # 延期: one original limit more, counted on from where this one began.
            more = (task.limit_minutes or 0.0) + _own_limit(task, reference).minutes
            _start(task, more, _unit(task), reference, task.due_from or at)
    schedule_next_alarm(task)


def resume(task: Task) -> None:
    """Continue a stopped limit as if it had never stopped: the pending move lapsed."""
    task.clock_stopped_at = None
    schedule_next_alarm(task)


def begin_make_safe(task: Task, reference: Reference, at: datetime) -> None:
    """Start the first of two limits 先行排险, where the category has one."""
    hours = reference.categories[task.category_code].make_safe_hours
    task.make_safe_due_at = at + timedelta(hours=hours) if hours else None
    task.made_safe_at = None


def overdue(now: datetime) -> sa.ColumnElement[bool]:
    """超期: the condition under which a task is open and its limit has run out."""
    return sa.and_(Task.state.in_(OPEN_STATES), Task.due_at < now, Task.clock_stopped_at.is_(None))


def is_overdue(task: Any, now: datetime) -> bool:
    """超期: say the same of one task, or of a row with these columns."""
    return (
        task.state in OPEN_STATES
        and task.due_at is not None
        and task.due_at < now
        and task.clock_stopped_at is None
    )


def recompute(task: Task, reference: Reference) -> bool:
    """Compute a deadline again by the present calendar; return whether it has changed."""
    if task.due_from is None or task.limit_minutes is None:
        return False
    before = (task.due_at, task.provisional)
    deadline = working_time.due_after_minutes(
        task.due_from, task.limit_minutes, _unit(task), reference.calendar
    )
    task.due_at, task.provisional = deadline.due_at, deadline.provisional
    return before != (task.due_at, task.provisional)


def _start(task: Task, minutes: float, unit: LimitUnit, reference: Reference, at: datetime) -> None:
    deadline = working_time.due_after_minutes(at, minutes, unit, reference.calendar)
    task.due_at, task.provisional = deadline.due_at, deadline.provisional
    task.due_from, task.limit_minutes, task.limit_unit = at, minutes, unit
    task.clock_stopped_at = None
    task.alarms_rung = []


def _own_limit(task: Task, reference: Reference) -> working_time.Limit:
    category = reference.categories[task.category_code]
    return working_time.Limit(category.limit_value, category.limit_unit)


def _minutes_left(task: Task, reference: Reference) -> float:
    """Return the rest of the unit's limit; time in verification does not count."""
    if task.due_from is None or task.clock_stopped_at is None or task.limit_minutes is None:
        return 0.0
    used = working_time.worked_between(
        task.due_from, task.clock_stopped_at, _unit(task), reference.calendar
    )
    return max(0.0, task.limit_minutes - used)


def _unit(task: Task) -> LimitUnit:
    return task.limit_unit or LimitUnit.WORKING_HOURS


# --- alarms --------------------------------------------------------------------------------------


class Case(Protocol):
    """The columns of a task that alarms use."""

    @property
    def state(self) -> TaskState:
        """Its state."""

    @property
    def dispatched_at(self) -> datetime | None:
        """When it was dispatched to its unit; None again after a hand-back 退回."""

    @property
    def due_at(self) -> datetime | None:
        """When the present limit ends."""

    @property
    def due_from(self) -> datetime | None:
        """When it began."""

    @property
    def clock_stopped_at(self) -> datetime | None:
        """When the limit was stopped."""

    @property
    def asked_more_at(self) -> datetime | None:
        """When the reporter was asked for more 补充."""

    @property
    def shelved_until(self) -> datetime | None:
        """When a shelved case resumes."""

    @property
    def escalated_at(self) -> datetime | None:
        """When it was escalated 督办."""

    @property
    def make_safe_due_at(self) -> datetime | None:
        """When the danger is to be removed."""

    @property
    def made_safe_at(self) -> datetime | None:
        """When it was removed."""

    @property
    def visit_due_at(self) -> datetime | None:
        """The deadline of an open visit 现场复核."""

    @property
    def alarms_rung(self) -> Sequence[str]:
        """The alarms since the limit began."""


def schedule_next_alarm(task: Task) -> None:
    """Set the moment of the next alarm of a task."""
    alarms = pending_alarms(task)
    task.next_alarm_at = alarms[0][0] if alarms else None


def _alarms_of(case: Case) -> Iterator[tuple[Alarm, datetime]]:
    """Return every alarm of a case in its present state, with its moment, unordered."""
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
    yield Alarm.DUE_SOON, case.due_at - _due_soon_before(case, case.due_at)
    yield Alarm.OVERDUE, case.due_at
    if case.dispatched_at is not None and case.escalated_at is None:
        yield Alarm.ESCALATION, case.due_at + ESCALATED_AFTER


def pending_alarms(case: Case) -> list[tuple[datetime, Alarm]]:
    """Return the alarms that have not rung, the earliest first."""
    alarms = [(at, alarm) for alarm, at in _alarms_of(case) if alarm not in case.alarms_rung]
    return sorted(alarms, key=itemgetter(0))


def _due_soon_before(case: Case, due_at: datetime) -> timedelta:
    if case.due_from is None:
        return DUE_SOON
    return min(DUE_SOON, (due_at - case.due_from) * DUE_SOON_SHARE)
