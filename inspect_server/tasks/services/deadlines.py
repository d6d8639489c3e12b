"""The clock of a task 时限: what a step of the flow does to it, and when it rings next."""

from __future__ import annotations

from datetime import datetime, timedelta

from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import working_time
from inspect_server.tasks.rules import alarms
from inspect_server.tasks.rules.flow import DeadlineEffect
from schemas.vocabulary import LimitUnit, TaskState

# What filing and dispatching may take (DOMAIN §4); the unit's own limit is the category's.
FILING_LIMIT = working_time.Limit(2, LimitUnit.WORKING_HOURS)
DISPATCHING_LIMIT = working_time.Limit(2, LimitUnit.WORKING_HOURS)


def opening_clock(state: TaskState) -> DeadlineEffect:
    """Return what begins to run when a task begins in this state."""
    return DeadlineEffect.FILING if state is TaskState.REPORTED else DeadlineEffect.END


def set_clock(task: Task, clock: DeadlineEffect, reference: Reference, at: datetime) -> None:
    """Do to the deadline what the flow table says."""
    match clock:
        case DeadlineEffect.KEEP:
            return
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


def run_on(task: Task) -> None:
    """Let a clock that stood still go on as if it never had: what stopped it came to nothing."""
    task.clock_stopped_at = None


def begin_make_safe(task: Task, reference: Reference, at: datetime) -> None:
    """Start the first of two limits 先行排险, where the category has one."""
    hours = reference.categories[task.category_code].make_safe_hours
    task.make_safe_due_at = at + timedelta(hours=hours) if hours else None
    task.made_safe_at = None


def recompute(task: Task, reference: Reference) -> bool:
    """Count a deadline again by the present calendar; say whether it came out different."""
    if task.due_from is None or task.limit_minutes is None:
        return False
    before = (task.due_at, task.provisional)
    deadline = working_time.due_after_minutes(
        task.due_from, task.limit_minutes, _unit(task), reference.calendar
    )
    task.due_at, task.provisional = deadline.due_at, deadline.provisional
    return before != (task.due_at, task.provisional)


def wind(task: Task) -> None:
    """Set when the task next calls for somebody."""
    waiting = alarms.pending(task)
    task.next_alarm_at = waiting[0][0] if waiting else None


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
    """What the unit has left of its limit: the time in verification is not the unit's."""
    if task.due_from is None or task.clock_stopped_at is None or task.limit_minutes is None:
        return 0.0
    used = working_time.worked_between(
        task.due_from, task.clock_stopped_at, _unit(task), reference.calendar
    )
    return max(0.0, task.limit_minutes - used)


def _unit(task: Task) -> LimitUnit:
    return task.limit_unit or LimitUnit.WORKING_HOURS
