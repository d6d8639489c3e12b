"""Visits 现场复核: requested in the console, withdrawn, or recorded on a phone; never a move.

A visit does not change the state of a case: whoever verifies it may decide before the result comes.
Services never commit.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    EntityExists,
    Invalid,
    MoveIdReused,
    MoveNotAllowed,
    NotFound,
    TooManyPhotos,
    VisitorUnsuitable,
    VisitSettled,
    VisitUnderWay,
    VisitUnknown,
    VisitWithdrawn,
)
from inspect_server.core.sentences import sentence
from inspect_server.models import Person, Task, Visit
from inspect_server.models.tasks import answered_for
from inspect_server.photos.services import photos
from inspect_server.photos.services.photos import PhotoOwner
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import working_time
from inspect_server.tasks.rules import deadlines
from inspect_server.tasks.rules import visits as rules
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from inspect_server.tasks.services import recipients, transitions
from inspect_server.tasks.services.transitions import Event
from schemas.sync import Op
from schemas.texts import says_nothing
from schemas.visits import Finding, VisitRequest
from schemas.vocabulary import Alarm, Collection, SiteFinding, SystemEvent, VisitState

LATE = "来晚了，仍作为证据保存。"


def request(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    body: VisitRequest,
    now: datetime,
) -> Visit:
    """Request that an observer looks on the spot 请人现场复核; the state says what for.

    Raises `NotFound`, `MoveIdReused`, `MoveNotAllowed`, `VisitUnderWay`, `VisitorUnsuitable`.
    """
    task = _case(session, actor, task_id)
    earlier = session.get(Visit, body.visit_id)
    digest = _digest(body)
    if earlier is not None:
        same = (earlier.task_id, earlier.asked_by_id, earlier.digest) == (task.id, actor.id, digest)
        if not same:
            raise MoveIdReused()
        return earlier
    visit = _new_visit(session, reference, actor, task, body, now)
    session.add(visit)
    session.flush()
    task.alarms_rung = [one for one in task.alarms_rung if one != Alarm.VISIT_OVERDUE]
    _set_due(task, visit.due_at)
    requested = Event(
        SystemEvent.VISIT_ASKED,
        task.state,
        now,
        actor_id=actor.id,
        reason=str(visit.kind),
        note=body.note or None,
    )
    transitions.record_as_next_version(session, task, requested)
    _note_change(session, visit)
    recipients.notify_visit_requested(session, reference, task, visit, now)
    transitions.note_change(session, task)
    return visit


def _new_visit(
    session: Session,
    reference: Reference,
    actor: Actor,
    task: Task,
    body: VisitRequest,
    now: datetime,
) -> Visit:
    """Make the visit, if the state of the case and the observer allow it."""
    kind = rules.KIND_IN.get(task.state)
    if kind is None:
        raise MoveNotAllowed(
            sentence(
                "案件现为“{state}”；只有待立案（核实）和待核查（核查）的案件可以请人到现场。",
                state=task.state.zh,
            )
        )
    if under_way(session, task.id) is not None:
        raise VisitUnderWay()
    visitor = session.get(Person, body.observer_id)
    if visitor is None:
        raise VisitorUnsuitable(sentence("名册中没有这位人员。"))
    units = set(session.scalars(answered_for(task.id)))
    reason = rules.why_not(visitor, kind, task.reporter_id, units)
    if reason is not None:
        raise VisitorUnsuitable(reason)
    deadline = working_time.due(now, rules.LIMITS[kind], reference.calendar)
    return Visit(
        id=body.visit_id,
        task_id=task.id,
        kind=kind,
        state=VisitState.ASKED,
        version=1,
        asked_by_id=actor.id,
        observer_id=visitor.id,
        asked_at=now,
        digest=_digest(body),
        note=body.note,
        due_at=deadline.due_at,
        provisional=deadline.provisional,
        late=False,
    )


def withdraw(
    session: Session,
    actor: Actor,
    task_id: UUID,
    visit_id: UUID,
    now: datetime,
) -> Visit:
    """Withdraw a requested visit 撤回; withdrawn again, nothing changes.

    Raises `NotFound`, `VisitSettled`.
    """
    task = _case(session, actor, task_id)
    visit = session.get(Visit, visit_id)
    if visit is None or visit.task_id != task.id:
        raise NotFound()
    if visit.state is VisitState.DONE:
        raise VisitSettled()
    if visit.state is not VisitState.ASKED:
        return visit
    visit.state = VisitState.WITHDRAWN
    visit.version += 1
    visit.withdrawn_at, visit.withdrawn_by_id = now, actor.id
    _set_due(task, None)
    withdrawn = Event(
        SystemEvent.VISIT_WITHDRAWN, task.state, now, actor_id=actor.id, reason=str(visit.kind)
    )
    transitions.record_as_next_version(session, task, withdrawn)
    _note_change(session, visit)
    recipients.notify_visit_ended(session, task, visit, now)
    transitions.note_change(session, task)
    return visit


def record(
    session: Session,
    reference: Reference,
    actor: Actor,
    op: Op,
    finding: Finding,
    now: datetime,
) -> Visit:
    """Record what an observer found 现场复核结果, its photos among the case's evidence.

    A case that went on meanwhile takes it all the same: it came late and is evidence.
    Raises `VisitUnknown`, `VisitWithdrawn`, `EntityExists`, `Invalid`, `TooManyPhotos`, and what
    `photos.declare` raises.
    """
    own = session.get(Visit, op.entity_id)
    if own is None or own.observer_id != actor.id:
        raise VisitUnknown()
    task = transitions.lock(session, own.task_id)
    visit = session.get(Visit, op.entity_id, populate_existing=True)
    assert task is not None and visit is not None
    if visit.state is VisitState.WITHDRAWN:
        raise VisitWithdrawn()
    if visit.state is VisitState.DONE:
        raise EntityExists(sentence("这项现场复核已经有结果；本次内容已留存。"))
    _check_complete(op, finding)
    owner = PhotoOwner(op.op_id, task_id=task.id)
    declared = photos.declare(session, actor, owner, op.photos, now)
    visit.late = visit.state is VisitState.LAPSED
    visit.state = VisitState.DONE
    visit.version += 1
    visit.op_id = op.op_id
    visit.finding = finding.finding
    visit.found_note = finding.note
    visit.place = photos.place_document(finding.place)
    visit.captured_at = op.captured_at
    visit.clock_offset_ms = op.clock.offset_ms if op.clock else None
    visit.clock_age_ms = op.clock.age_ms if op.clock else None
    visit.received_at = now
    if not visit.late:
        _set_due(task, None)
    recorded = Event(
        SystemEvent.VISIT_RECORDED,
        task.state,
        now,
        actor_id=actor.id,
        reason=f"{visit.kind}_{visit.finding}",
        note=(LATE if visit.late else "") + (finding.note or "") or None,
        move_id=op.op_id,
        photo_ids=[photo.id for photo in declared],
    )
    transitions.record_as_next_version(session, task, recorded)
    _note_change(session, visit)
    recipients.notify_visit_recorded(session, reference, task, visit, len(declared), now)
    transitions.note_change(session, task)
    session.flush()
    return visit


def recompute(session: Session, reference: Reference, task: Task) -> bool:
    """Count the deadline of a visit again by the present calendar; say whether it moved."""
    visit = under_way(session, task.id) if task.visit_due_at is not None else None
    if visit is None:
        return False
    deadline = working_time.due(visit.asked_at, rules.LIMITS[visit.kind], reference.calendar)
    before, visit.provisional = visit.due_at, deadline.provisional
    if before == deadline.due_at:
        return False
    visit.due_at = deadline.due_at
    visit.version += 1
    task.alarms_rung = [one for one in task.alarms_rung if one != Alarm.VISIT_OVERDUE]
    _set_due(task, visit.due_at)
    _note_change(session, visit)
    return True


def under_way(session: Session, task_id: UUID) -> Visit | None:
    """Return the visit that is requested and has no result."""
    return session.scalar(
        sa.select(Visit).where(Visit.task_id == task_id, Visit.state == VisitState.ASKED)
    )


def _case(session: Session, actor: Actor, task_id: UUID) -> Task:
    """Lock and return a case this person sees."""
    task = transitions.lock(session, task_id)
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    return task


def _set_due(task: Task, due_at: datetime | None) -> None:
    """Set by when the result of a visit is due, and the next alarm accordingly."""
    task.visit_due_at = due_at
    deadlines.schedule_next_alarm(task)


def _check_complete(op: Op, finding: Finding) -> None:
    """Check that a finding has photos; only "cannot tell" may come with words alone."""
    if len(op.photos) > MAX_PHOTOS:
        raise TooManyPhotos()
    if op.photos:
        return
    if finding.finding is not SiteFinding.CANNOT_TELL:
        raise Invalid(errors=[{"pointer": "/photos", "detail": sentence("请附现场照片")}])
    if says_nothing(finding.note):
        raise Invalid(
            errors=[{"pointer": "/data/note", "detail": sentence("没有照片时，请写明为何无法判断")}]
        )


def _note_change(session: Session, visit: Visit) -> None:
    """Note the change for the observer's phone, which shows requested visits only."""
    change_log.note(
        session,
        Collection.VISITS,
        visit.id,
        [access.person_audience(visit.observer_id)],
        version=visit.version,
        deleted=visit.state is not VisitState.ASKED,
    )


def _digest(body: VisitRequest) -> str:
    content = json.dumps([str(body.observer_id), body.note], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
