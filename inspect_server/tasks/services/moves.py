"""Moves 案件操作: a person requests a step of a task; it is taken, or it waits for its photos.

The row of the task is locked first and its version compared. Services never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    HintUnconfirmed,
    Invalid,
    MoveIdReused,
    MoveIncomplete,
    NotFound,
    PhotosNeverCame,
    Problem,
    StaleVersion,
)
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Person, Photo, Task, TaskEvent, TaskMove
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.photos.queries import screening
from inspect_server.photos.services import photos
from inspect_server.photos.services.photos import PhotoOwner
from inspect_server.registry.reference import Reference
from inspect_server.registry.services import routing
from inspect_server.tasks.rules import deadlines, flow_checks
from inspect_server.tasks.rules.flow import DeadlineEffect, Step
from inspect_server.tasks.services import (
    classifying,
    joining,
    move_request,
    recipients,
    transitions,
)
from inspect_server.tasks.services.transitions import Event
from schemas.tasks import MoveRequest
from schemas.vocabulary import (
    ANNOTATED_MOVES,
    OPEN_STATES,
    Collection,
    HintKind,
    Move,
    MoveStatus,
    PhotoRole,
    PhotoState,
    SystemEvent,
    TaskState,
)

# What may happen to a case without making a move stale that was made before it was known.
QUIET = frozenset(
    {
        str(Move.ESCALATE),
        str(SystemEvent.ESCALATED_BY_RULE),
        str(SystemEvent.RECOMPUTED),
        str(SystemEvent.TOOK_IN),
        str(SystemEvent.VISIT_ASKED),
        str(SystemEvent.VISIT_WITHDRAWN),
    }
)
# A visit and the locality have to be read before deciding; a unit's work goes on all the same.
QUIET_TO_UNITS = QUIET | {str(SystemEvent.VISIT_RECORDED), str(SystemEvent.PLACED)}
# How long a pending move may wait for its photos.
PHOTOS_AWAITED_FOR = timedelta(hours=48)


def request_move(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    request: MoveRequest,
    now: datetime,
) -> tuple[Task, TaskMove]:
    """Take one step of a task 案件操作, or have it wait for its photos.

    1. Lock the task; a repeated move id gets its first answer.
    2. Whoever may not see the task is told it does not exist.
    3. The version seen must be the task's version.
    4. The flow table must allow the step.
    5. Photos still to come: the move is pending, the unit's limit does not run from now.

    Raises `NotFound`, `MoveIdReused`, `StaleVersion`, and what `flow_checks.plan` raises.
    """
    task = transitions.lock(session, task_id)
    earlier = session.get(TaskMove, request.move_id)
    if task is not None and earlier is not None and earlier.person_id == actor.id:
        # Before sight is checked: a move may have taken the task out of sight.
        if earlier.digest != request.digest or earlier.task_id != task.id:
            raise MoveIdReused()
        return task, earlier
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    if earlier is not None:
        raise MoveIdReused()
    check_version(session, actor, task, request.version)
    step = _plan(reference, task, actor, request, [photo.role for photo in request.photos], now)
    if step.move is Move.MERGE:
        _check_merge(session, actor, task, request)
    _check_annotations(session, task, request)
    confirmed: list[dict[str, Any]] = []
    if step.move is Move.PASS:
        confirmed = _confirmed_hints(session, reference, actor, task, request)
    move = TaskMove(
        id=request.move_id,
        task_id=task.id,
        person_id=actor.id,
        digest=request.digest,
        move=request.move,
        status=MoveStatus.PENDING,
        seen_version=request.version,
        request=move_request.to_json(request) | {"confirmed_hints": confirmed},
        asked_at=now,
    )
    session.add(move)
    evidence = _declare(session, actor, task, request, now)
    if evidence and not photos.is_settled(evidence):
        _wait(session, reference, task, step, move, evidence, now)
    else:
        if evidence:
            # Planned again with the photos that were stored: a rejected one is no evidence.
            step = _plan(reference, task, actor, request, _stored_roles(evidence), now)
        _take(session, reference, task, step, request, move, now)
    session.flush()
    return task, move


def _declare(
    session: Session, actor: Actor, task: Task, request: MoveRequest, now: datetime
) -> list[Photo]:
    """Attach the photos of a request to the task; a move without photos asks for none."""
    if not request.photos:
        return []
    owner = PhotoOwner(request.move_id, task_id=task.id)
    return photos.declare(session, actor, owner, request.photos, now)


def check_version(session: Session, actor: Actor, task: Task, seen_version: int) -> None:
    """Raise `StaleVersion`, with what the task is now, where its author saw an earlier one."""
    if _is_stale(session, actor, task, seen_version):
        raise StaleVersion(
            sentence(
                "您看到的是第 {seen} 版，现在是第 {current} 版。",
                seen=seen_version,
                current=task.version,
            ),
            server={"id": str(task.id), "state": str(task.state), "version": task.version},
        )


def _is_stale(session: Session, actor: Actor, task: Task, seen_version: int) -> bool:
    """Say whether something happened since that its author had to know.

    A reminder is no such thing: a unit's work done offline must not fail because of one.
    """
    if task.version == seen_version:
        return False
    if seen_version > task.version:
        return True
    since = session.scalars(
        sa.select(TaskEvent.move).where(
            TaskEvent.task_id == task.id, TaskEvent.version > seen_version
        )
    )
    quiet = QUIET if actor.role in access.OVERSEERS else QUIET_TO_UNITS
    return not set(since) <= quiet


def _plan(
    reference: Reference,
    task: Task,
    mover: flow_checks.Mover,
    request: MoveRequest,
    roles: Sequence[PhotoRole | None],
    now: datetime,
) -> Step:
    unit = request.unit_id
    if unit is not None and not (unit in reference.units and reference.units[unit].active):
        raise NotFound(sentence("没有这个责任单位。"))
    category = reference.categories[task.category_code]
    step = flow_checks.plan(task, mover, request, category.evidence_close, roles, now)
    if category.unsorted or request.category is not None:
        classifying.check(reference, task, step, request)
    return step


def _stored_roles(evidence: Sequence[Photo]) -> list[PhotoRole | None]:
    return [photo.role for photo in evidence if photo.state is PhotoState.STORED]


def _check_merge(session: Session, actor: Actor, task: Task, request: MoveRequest) -> None:
    """Check the case that this one goes into 并案. Raises `MoveIncomplete`."""
    target = session.scalar(sa.select(Task).where(Task.id == request.into))
    if target is None or not access.sees_task(actor, target):
        raise MoveIncomplete(sentence("没有要并入的案件。"))
    if target.id == task.id:
        raise MoveIncomplete(sentence("案件不能并入自己。"))
    if target.state not in OPEN_STATES and target.state is not TaskState.CLOSED:
        raise MoveIncomplete(
            sentence(
                "案件 {number} 现为“{state}”，不能并入。",
                number=target.number,
                state=target.state.zh,
            )
        )


def _check_annotations(session: Session, task: Task, request: MoveRequest) -> None:
    """Check that only stored photos of this very case are drawn over 圈注: everybody concerned can
    look at those. Raises `Invalid`.
    """
    if not request.annotations:
        return
    if request.move not in ANNOTATED_MOVES:
        raise Invalid(errors=[{"pointer": "/annotations", "detail": sentence("这一步不带圈注")}])
    of_case = set(
        session.scalars(
            sa.select(Photo.id).where(Photo.task_id == task.id, Photo.state == PhotoState.STORED)
        )
    )
    errors = [
        {"pointer": f"/annotations/{place}/photo_id", "detail": sentence("不是本案已收到的照片")}
        for place, one in enumerate(request.annotations)
        if one.photo_id not in of_case
    ]
    if errors:
        raise Invalid(errors=errors)


def _confirmed_hints(
    session: Session, reference: Reference, actor: Actor, task: Task, request: MoveRequest
) -> list[dict[str, Any]]:
    """Return the hints of the screening 疑点 that a pass leaves standing, for the history: kind and
    texts, each text once. Raises `HintUnconfirmed`, with every hint that the request does not name.
    """
    evidence = photo_queries.of_tasks(session, [task.id])[task.id]
    observation = session.get_one(Observation, task.observation_id)
    loaded = screening.load(session, actor, evidence)
    hints = [
        {"kind": str(hint["kind"]), "text": hint["text"], "text_en": hint["text_en"]}
        for hint in screening.hints(reference, task, observation, evidence, loaded)
        if hint["to_confirm"]
    ]
    missing = [hint for hint in hints if HintKind(hint["kind"]) not in request.confirmed]
    if missing:
        raise HintUnconfirmed(hints=missing)
    return [hint for position, hint in enumerate(hints) if hint not in hints[:position]]


def _wait(
    session: Session,
    reference: Reference,
    task: Task,
    step: Step,
    move: TaskMove,
    evidence: Sequence[Photo],
    now: datetime,
) -> None:
    """Have a move wait for its photos; a unit has submitted as of now."""
    _supersede(session, task, now)
    task.pending_move_id = move.id
    if step.deadline is DeadlineEffect.STOP:
        deadlines.apply(task, DeadlineEffect.STOP, reference, now)
    pending = Event(
        SystemEvent.MOVE_PENDING,
        task.state,
        now,
        actor_id=move.person_id,
        reason=str(step.move),
        move_id=move.id,
        photo_ids=[photo.id for photo in evidence],
    )
    transitions.record_as_next_version(session, task, pending)
    move.task_version = task.version
    transitions.note_change(session, task)


def _take(
    session: Session,
    reference: Reference,
    task: Task,
    step: Step,
    request: MoveRequest,
    move: TaskMove,
    now: datetime,
) -> None:
    """Take a planned step: the task, its event, its notices."""
    if task.pending_move_id != move.id:
        _supersede(session, task, now)
    task.pending_move_id = None
    origin = task.state
    handed_back_by = task.unit_id if step.move is Move.HAND_BACK else None
    category_change = None
    if request.category not in (None, task.category_code):
        category_change = classifying.classify(session, reference, task, request, now)
    transitions.apply(task, step, reference, request, move.person_id, move.asked_at, now)
    if step.move is Move.MERGE:
        transitions.tell_target(session, task, move.person_id, now)
    if step.move is Move.ARBITRATE and request.as_rule:
        routing.set_precedent(session, reference, task, move.person_id, now)
    event = Event(
        step.move,
        origin,
        now,
        actor_id=move.person_id,
        reason=request.reason,
        note=request.note,
        move_id=move.id,
        photo_ids=move.request.get("photos") or (),
        annotations=move.request.get("annotations") or (),
        confirmed_hints=move.request.get("confirmed_hints") or (),
        category_change=category_change,
        unit_id=handed_back_by,
    )
    transitions.record(session, task, event)
    move.status = MoveStatus.APPLIED
    move.settled_at = now
    move.task_version = task.version
    if handed_back_by:
        # Another unit's business from now on; what this one did stays on its phones.
        audience = [access.unit_audience(handed_back_by)]
        change_log.note(session, Collection.TASKS, task.id, audience, deleted=True)
        change_log.note(session, Collection.PAST_TASKS, task.id, audience, version=task.version)
    recipients.notify(session, reference, task, step.move, now, move)
    if step.move is Move.PROCEED:
        observation = session.get_one(Observation, task.observation_id)
        joining.join(session, reference, task, observation, now)
    transitions.apply_rules(session, reference, task, now)
    transitions.note_change(session, task)


# --- pending moves -------------------------------------------------------------------------------


def settle_pending(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    """Take the pending move of a task once its photos are settled, or let it lapse."""
    assert task.pending_move_id is not None
    evidence = photos.of_op(session, task.pending_move_id)
    if not photos.is_settled(evidence):
        return
    move = session.get_one(TaskMove, task.pending_move_id)
    request = move_request.from_row(move)
    mover = session.get_one(Person, move.person_id)
    try:
        step = _plan(reference, task, mover, request, _stored_roles(evidence), now)
    except Problem as problem:
        _lapse(session, task, move, problem, now)
    else:
        _take(session, reference, task, step, request, move, now)


def lapse_overdue_moves(session: Session, now: datetime) -> int:
    """Let the moves lapse whose photos never came: a declared photo must not stop a limit for
    ever. Returns how many were looked at.
    """
    waiting = session.execute(
        sa.select(TaskMove.id, TaskMove.task_id).where(
            TaskMove.status == MoveStatus.PENDING, TaskMove.asked_at <= now - PHOTOS_AWAITED_FOR
        )
    ).all()
    for move_id, task_id in waiting:
        task = transitions.lock(session, task_id)
        move = session.get(TaskMove, move_id, populate_existing=True)
        if task is None or move is None or task.pending_move_id != move_id:
            continue
        _lapse(session, task, move, PhotosNeverCame(), now)
        transitions.note_change(session, task)
    return len(waiting)


def _lapse(session: Session, task: Task, move: TaskMove, problem: Problem, now: datetime) -> None:
    task.pending_move_id = None
    _end_waiting(session, task, move, problem, now)
    lapsed = Event(
        SystemEvent.MOVE_LAPSED,
        task.state,
        now,
        reason=problem.slug,
        note=problem.detail,
        move_id=move.id,
    )
    transitions.record_as_next_version(session, task, lapsed)


def _supersede(session: Session, task: Task, now: datetime) -> None:
    """Let a waiting move lapse because of a later step; it stays on record."""
    if task.pending_move_id is None:
        return
    waiting = session.get(TaskMove, task.pending_move_id)
    task.pending_move_id = None
    if waiting is not None and waiting.status is MoveStatus.PENDING:
        problem = StaleVersion(sentence("案件已有新的操作，本次提交未生效。"))
        _end_waiting(session, task, waiting, problem, now)


def _end_waiting(
    session: Session, task: Task, move: TaskMove, problem: Problem, now: datetime
) -> None:
    """Mark a waiting move as lapsed, let the unit's limit run on, and tell its author."""
    move.status = MoveStatus.LAPSED
    move.settled_at = now
    move.problem = problem.document()
    if flow_checks.stops_deadline(Move(move.move)):
        # A waiting verdict did not stop it.
        deadlines.resume(task)
    recipients.notify_lapsed(session, task, move, now)
