"""Alarms 提醒: what happens at the moments at which a case needs somebody, once for each.

One case a transaction: its row is locked, the alarms that have rung are kept beside it and the next
moment is set in the same transaction, so a job that dies or runs twice changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import deadlines
from inspect_server.tasks.rules.flow import DeadlineEffect
from inspect_server.tasks.services import recipients, transitions, visits
from inspect_server.tasks.services.transitions import Event
from schemas.vocabulary import OPEN_STATES, Alarm, SystemEvent, TaskState

# An alarm that cannot be rung is not tried again at once: the others must not wait for it.
PUT_OFF = timedelta(minutes=10)


def due(session: Session, now: datetime, most: int) -> list[UUID]:
    """Return the cases whose next alarm is due, the longest waiting first."""
    due_now = sa.select(Task.id).where(Task.next_alarm_at <= now)
    return list(session.scalars(due_now.order_by(Task.next_alarm_at).limit(most)))


def ring(session: Session, reference: Reference, task_id: UUID, now: datetime) -> list[Alarm]:
    """Ring the alarms of a case that are due, in the order of their moments; return them."""
    task = transitions.lock(session, task_id)
    if task is None or task.next_alarm_at is None or task.next_alarm_at > now:
        # Another worker was faster.
        return []
    changed = _recompute(session, reference, task, now)
    changed |= visits.recompute(session, reference, task)
    rung: list[Alarm] = []
    while (alarms := deadlines.pending_alarms(task)) and alarms[0][0] <= now:
        alarm = alarms[0][1]
        # Before its effect: one that begins a new limit 时限 forgets what has rung.
        task.alarms_rung = [*task.alarms_rung, str(alarm)]
        _ring(session, reference, task, alarm, now)
        rung.append(alarm)
    deadlines.schedule_next_alarm(task)
    if changed or rung:
        transitions.note_change(session, task)
    return rung


def put_off(session: Session, task_id: UUID, now: datetime) -> None:
    """Try a case again later whose alarm failed."""
    session.execute(sa.update(Task).where(Task.id == task_id).values(next_alarm_at=now + PUT_OFF))


def calendar_changed(session: Session, now: datetime) -> int:
    """Have every open case whose limit counts working time counted again 重算期限.

    Returns how many will be looked at; the worker does it, one case a transaction.
    """
    runs = sa.and_(Task.due_at.is_not(None), Task.clock_stopped_at.is_(None))
    counted = sa.update(Task).where(
        Task.state.in_(OPEN_STATES), sa.or_(runs, Task.visit_due_at.is_not(None))
    )
    result = session.execute(counted.values(next_alarm_at=now))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _recompute(session: Session, reference: Reference, task: Task, now: datetime) -> bool:
    """Bring a deadline up to date with the calendar, and say so in the case's history."""
    if task.clock_stopped_at is not None or task.state not in OPEN_STATES:
        return False
    before = task.due_at
    if not deadlines.recompute(task, reference):
        return False
    if before != task.due_at:
        task.alarms_rung = []
    transitions.record_as_next_version(
        session, task, Event(SystemEvent.RECOMPUTED, task.state, now)
    )
    return True


def _ring(session: Session, reference: Reference, task: Task, alarm: Alarm, now: datetime) -> None:
    origin = task.state
    match alarm:
        case Alarm.RESUMPTION:
            task.state = TaskState.HANDLING
            deadlines.apply(task, DeadlineEffect.REST, reference, now)
            event = SystemEvent.RESUMED_BY_RULE
        case Alarm.ANSWER_DUE:
            task.asked_more_at = None
            deadlines.apply(task, DeadlineEffect.FILING, reference, now)
            event = SystemEvent.UNANSWERED
        case Alarm.ESCALATION:
            task.escalated_at = now
            event = SystemEvent.ESCALATED_BY_RULE
        case _:
            # A reminder is no step of the case.
            recipients.notify(session, reference, task, alarm, now)
            return
    transitions.record_as_next_version(session, task, Event(event, origin, now))
    recipients.notify(session, reference, task, event, now)
