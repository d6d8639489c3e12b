"""Joining 并入附近案件: a record whose reporter named an open case is merged into it by rule once
its evidence is complete; or it keeps its own case, and its reporter is told why.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import joining
from inspect_server.tasks.rules.joining import Report
from inspect_server.tasks.services import recipients, transitions
from inspect_server.tasks.services.transitions import Event
from schemas.vocabulary import SystemEvent, TaskState

# A named case may itself have been merged meanwhile, and so on.
MAX_STEPS = 5


def join(
    session: Session, reference: Reference, task: Task, observation: Observation, now: datetime
) -> None:
    """Merge a task into the case that its record names, if it names one and the rule allows it.

    The task has just got its evidence. Where a case is named, its version grows by one.
    """
    named = observation.data.get("joins")
    if named is None:
        return
    target = _target(session, task, UUID(named))
    there = session.get_one(Observation, target.observation_id) if target else None
    reason = joining.why_apart(
        _report(task, observation), _report(target, there) if target and there else None
    )
    if target is None or reason is not None:
        apart = Event(SystemEvent.NOT_JOINED, task.state, now, reason=reason)
        transitions.record_as_next_version(session, task, apart)
        recipients.notify_not_joined(session, task, reason or "", now)
        return
    transitions.merge_by_rule(session, reference, task, target, now)


def _target(session: Session, task: Task, named: UUID) -> Task | None:
    """Lock the named case, or the one it went into; None where it is gone or the task itself."""
    target = transitions.lock(session, named)
    for _ in range(MAX_STEPS):
        if target is None or target.state is not TaskState.MERGED or not target.merged_into_id:
            break
        target = transitions.lock(session, target.merged_into_id)
    return None if target is None or target.id == task.id else target


def _report(task: Task, observation: Observation) -> Report:
    placed = observation.lon is not None and observation.lat is not None
    return Report(
        state=task.state,
        category=task.category_code,
        severity=task.severity,
        outcome=task.outcome,
        district=task.district_code,
        position=(observation.lon, observation.lat) if placed else None,  # type: ignore[arg-type]
        accuracy_m=observation.accuracy_m,
    )
