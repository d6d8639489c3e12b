"""Transitions 流转: how a task changes. Its row is locked, a step changes it, an event 案件事件
records who did what, and the change is logged for the phones and consoles that show the task.

Every event is one version of the task. Services never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log
from inspect_server.core.clock import midnight
from inspect_server.models import Person, Photo, Task, TaskEvent, Visit
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import deadlines, evidence, flow_checks
from inspect_server.tasks.rules.flow import FLOW, DeadlineEffect, Step
from inspect_server.tasks.services import recipients
from schemas.tasks import MoveRequest
from schemas.vocabulary import (
    OPEN_STATES,
    AppealState,
    Collection,
    Decision,
    ExtensionState,
    Move,
    Outcome,
    PhotoRole,
    PhotoState,
    SystemEvent,
    TaskState,
    VisitState,
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a task, from which state, by whom; without actor it is the system's."""

    move: Move | SystemEvent
    from_state: TaskState | None
    at: datetime
    actor_id: UUID | None = None
    reason: str | None = None
    note: str | None = None
    move_id: UUID | None = None
    photo_ids: Sequence[UUID | str] = ()
    annotations: Sequence[dict[str, Any]] = ()
    confirmed_hints: Sequence[dict[str, Any]] = ()
    category_change: dict[str, Any] | None = None
    # Of a hand-back 退回: the unit, which the task no longer has.
    unit_id: UUID | None = None


def lock(session: Session, task_id: UUID) -> Task | None:
    """Read a task and lock its row until the transaction ends."""
    return session.scalar(_locked().where(Task.id == task_id))


def lock_of_observation(session: Session, observation_id: UUID) -> Task | None:
    """Lock and return the task an observation opened."""
    return session.scalar(_locked().where(Task.observation_id == observation_id))


def _locked() -> sa.Select[Task]:
    return sa.select(Task).with_for_update().execution_options(populate_existing=True)


def record(session: Session, task: Task, event: Event) -> None:
    """Add an event as the present version of the task."""
    if event.from_state is not task.state:
        _lapse_visit(session, task, event.at)
    session.add(
        TaskEvent(
            id=uuid7(),
            task_id=task.id,
            version=task.version,
            move=str(event.move),
            from_state=event.from_state,
            to_state=task.state,
            actor_id=event.actor_id,
            unit_id=event.unit_id or (task.unit_id if task.dispatched_at else None),
            at=event.at,
            reason=event.reason,
            note=event.note,
            move_id=event.move_id,
            photo_ids=[str(photo_id) for photo_id in event.photo_ids] or None,
            annotations=list(event.annotations) or None,
            confirmed_hints=list(event.confirmed_hints) or None,
            category_change=event.category_change,
            due_at=task.due_at,
        )
    )


def record_as_next_version(session: Session, task: Task, event: Event) -> None:
    """Add an event that is no move as the next version of the task."""
    task.version += 1
    record(session, task, event)


def note_change(session: Session, task: Task) -> None:
    """Log the change of a task for all its audiences, and of its record for the reporter."""
    reporter = access.person_audience(task.reporter_id)
    audiences = [reporter, access.district_audience(task.district_code)]
    if task.unit_id and task.dispatched_at is not None:
        audiences.append(access.unit_audience(task.unit_id))
    change_log.note(session, Collection.TASKS, task.id, audiences, version=task.version)
    change_log.note(session, Collection.OBSERVATIONS, task.observation_id, [reporter])


def choose_thumb(task: Task, candidates: Sequence[Photo]) -> None:
    """Use the first stored photo as the thumbnail of the task in lists."""
    for photo in candidates:
        is_drawn = photo.role is PhotoRole.ANNOTATED
        if task.thumb_photo_id is None and photo.state is PhotoState.STORED and not is_drawn:
            task.thumb_photo_id = photo.id


def _lapse_visit(session: Session, task: Task, now: datetime) -> None:
    """End a requested visit 现场复核 when the case goes on; a late result is kept all the same."""
    if task.visit_due_at is None:
        return
    task.visit_due_at = None
    deadlines.schedule_next_alarm(task)
    visit = session.scalar(
        sa.select(Visit).where(Visit.task_id == task.id, Visit.state == VisitState.ASKED)
    )
    if visit is None:
        return
    visit.state = VisitState.LAPSED
    visit.version += 1
    observer = [access.person_audience(visit.observer_id)]
    change_log.note(session, Collection.VISITS, visit.id, observer, deleted=True)
    recipients.notify_visit_ended(session, task, visit, now)


# --- what a step does ----------------------------------------------------------------------------


def apply(
    task: Task,
    step: Step,
    reference: Reference,
    request: MoveRequest | None,
    actor_id: UUID | None,
    requested_at: datetime,
    now: datetime,
) -> None:
    """Change a task as a planned step says: state, version, unit, moments, deadline, alarm.

    Without request and actor a rule takes the step.
    """
    task.state = step.reaches or task.state
    task.version += 1
    if request is not None:
        _set_what_was_requested(task, step, request, actor_id)
    _set_moments(task, step, reference, requested_at, now)
    at = requested_at if step.deadline is DeadlineEffect.STOP else now
    deadlines.apply(task, step.deadline, reference, at)


def _set_what_was_requested(
    task: Task, step: Step, request: MoveRequest, actor_id: UUID | None
) -> None:
    match step.move, step.decision:
        case ((Move.DISPATCH | Move.ARBITRATE), _):
            task.unit_id = request.unit_id or task.unit_id
        case Move.MERGE, _:
            task.merged_into_id = request.into
        case Move.REQUEST_EXTENSION, _:
            task.extension, task.endorsed_by_id = ExtensionState.ASKED, None
        case Move.DECIDE_EXTENSION, Decision.APPROVE if step.deadline is not DeadlineEffect.EXTEND:
            task.extension, task.endorsed_by_id = ExtensionState.ENDORSED, actor_id
        case Move.DECIDE_EXTENSION, _:
            task.extensions += step.deadline is DeadlineEffect.EXTEND
            task.extension = task.endorsed_by_id = None
        case Move.SHELVE, _:
            task.shelved_until = midnight(request.until) if request.until else None
        case Move.APPEAL, _:
            task.appeal = AppealState.ASKED
        case Move.DECIDE_APPEAL, Decision.APPROVE:
            task.appeal = AppealState.UPHELD
        case Move.DECIDE_APPEAL, _:
            task.appeal = AppealState.DISMISSED
        case Move.REOPEN, _:
            task.reopenings += 1
    if task.state not in (TaskState.HANDLING, TaskState.REWORK):
        # An extension is only for a unit that works on the case.
        task.extension = task.endorsed_by_id = None


def _set_moments(
    task: Task, step: Step, reference: Reference, requested_at: datetime, now: datetime
) -> None:
    """Set the moments that lists and rates are counted by."""
    if step.move is not Move.ESCALATE:
        task.asked_more_at = now if step.move is Move.ASK_MORE else None
    match step.move:
        case Move.PROCEED:
            task.reported_at = now
        case Move.FILE:
            task.filed_at = now
        case Move.DISPATCH | Move.ARBITRATE:
            _begin_dispatch(task, reference, now)
        case Move.REOPEN:
            task.ended_at = None
            if task.state is TaskState.DISPATCHED:
                _begin_dispatch(task, reference, now)
            else:
                task.filed_at = now
        case Move.ACCEPT:
            task.accepted_at = now
        case Move.HAND_BACK:
            task.hand_backs += 1
            task.unit_id = task.dispatched_at = task.accepted_at = None
            task.make_safe_due_at = task.made_safe_at = None
        case Move.MAKE_SAFE:
            # It was safe when the unit said so, not when the photo came in.
            task.made_safe_at = requested_at
        case Move.SHELVE:
            task.shelved_at = now
        case Move.ESCALATE:
            task.escalated_at = now
        case Move.SUBMIT:
            # The unit submitted when it asked, not when the last photo came in.
            task.submitted_at = requested_at
        case Move.FAIL:
            task.reworks += task.state is TaskState.REWORK
            if task.state is TaskState.FILED:
                task.filed_at = now
    if task.state not in OPEN_STATES and step.reaches is not None:
        task.ended_at = now


def _begin_dispatch(task: Task, reference: Reference, now: datetime) -> None:
    """Set the unit that is responsible from now on."""
    task.dispatched_at, task.accepted_at, task.submitted_at = now, None, None
    deadlines.begin_make_safe(task, reference, now)


def opening_state(outcome: Outcome, evidence_settled: bool) -> TaskState:
    """Return where a task begins, or where it goes once its evidence is settled."""
    if not evidence_settled:
        return TaskState.AWAITING_EVIDENCE
    return TaskState.REPORTED if outcome is Outcome.OPEN else TaskState.VERIFYING


def leave_awaiting_evidence(task: Task, reference: Reference, now: datetime) -> None:
    """Take a task with complete evidence 证据已齐 to its next state."""
    task.state = opening_state(task.outcome, evidence_settled=True)
    task.version += 1
    task.reported_at = now
    deadlines.apply(task, deadlines.opening_effect(task.state), reference, now)


# --- steps that a rule takes ---------------------------------------------------------------------


def apply_rules(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    """Take the steps that need no person 自动进行, as the category and the reporter say: file,
    dispatch, or close what was settled on the spot. No rule files what is 待归类.
    """
    category = reference.categories[task.category_code]
    by_rule = task.state is TaskState.REPORTED and not category.unsorted
    if by_rule and (category.auto_file or _is_trusted(session, task)):
        _apply_by_rule(session, reference, task, Move.FILE, SystemEvent.FILED_BY_RULE, now)
    if task.state is TaskState.FILED and category.auto_dispatch and task.unit_id is not None:
        _apply_by_rule(session, reference, task, Move.DISPATCH, SystemEvent.DISPATCHED_BY_RULE, now)
    if task.state is TaskState.VERIFYING and task.dispatched_at is None:
        shown = _shows_its_outcome(session, task, category.evidence_open)
        share = category.spot_check_percent / 100
        if flow_checks.closes_by_rule(task.id, task.outcome, shown, share):
            _apply_by_rule(session, reference, task, Move.PASS, SystemEvent.CLOSED_BY_RULE, now)


def merge_by_rule(
    session: Session, reference: Reference, task: Task, target: Task, now: datetime
) -> None:
    """Merge a record into the open case that its reporter named 并入附近案件."""
    task.merged_into_id = target.id
    _apply_by_rule(session, reference, task, Move.MERGE, SystemEvent.MERGED_BY_RULE, now)
    tell_target(session, task, None, now)


def tell_target(session: Session, task: Task, actor_id: UUID | None, now: datetime) -> None:
    """Write into the history of the other case that this one was merged into it 并案."""
    target = lock(session, task.merged_into_id) if task.merged_into_id else None
    if target is None:
        return
    took_in = Event(SystemEvent.TOOK_IN, target.state, now, actor_id=actor_id, note=task.number)
    record_as_next_version(session, target, took_in)
    note_change(session, target)


def _is_trusted(session: Session, task: Task) -> bool:
    return session.get_one(Person, task.reporter_id).trusted


def _shows_its_outcome(session: Session, task: Task, evidence_open: str) -> bool:
    photos = session.execute(
        sa.select(Photo.role, Photo.state).where(Photo.observation_id == task.observation_id)
    ).all()
    if any(state is not PhotoState.STORED for _, state in photos):
        return False
    return evidence.shows_outcome(evidence_open, task.outcome, [role for role, _ in photos])


def _apply_by_rule(
    session: Session,
    reference: Reference,
    task: Task,
    move: Move,
    event: SystemEvent,
    now: datetime,
) -> None:
    origin = task.state
    step = next(s for s in FLOW if s.move is move and flow_checks.applies(s, task, now))
    apply(task, step, reference, None, None, now, now)
    record(session, task, Event(event, origin, now))
    recipients.notify(session, reference, task, event, now)
