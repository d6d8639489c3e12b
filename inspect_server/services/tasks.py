"""Tasks 案件: opened by a record, moved step by step, each step with its event.

A task changes only here: its row is locked first, its version compared, and one `TaskEvent`
tells who did what. Services never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.clock import SHANGHAI
from inspect_server.models import Observation, Person, Photo, Task, TaskEvent, TaskMove
from inspect_server.problems import MoveIdReused, NotFound, PhotosNeverCame, Problem, StaleVersion
from inspect_server.reference import Reference
from inspect_server.rules import access, deadlines, evidence, responsibility, task_flow
from inspect_server.rules.access import Viewer
from inspect_server.rules.task_flow import Clock, Step
from inspect_server.services import changes, notices, photos
from inspect_server.services.places import Whereabouts
from schemas.photos import DeclaredPhoto
from schemas.places import Place
from schemas.vocabulary import (
    OPEN_STATES,
    Collection,
    Happening,
    LimitUnit,
    Move,
    MoveStatus,
    NoticeKind,
    ObservationState,
    PhotoState,
    TaskState,
)

# What filing and dispatching may take (DOMAIN §4); the unit's own limit is the category's.
FILING_LIMIT = deadlines.Limit(2, LimitUnit.WORKING_HOURS)
# How long a pending move may wait for its photos.
PHOTOS_AWAITED_FOR = timedelta(hours=48)
DISPATCHING_LIMIT = deadlines.Limit(2, LimitUnit.WORKING_HOURS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A move somebody asks for, from the desk or from a phone's queue."""

    move_id: UUID
    move: Move
    seen_version: int
    digest: str
    reason: str | None = None
    note: str | None = None
    unit_id: UUID | None = None
    place: Place | None = None
    photos: Sequence[DeclaredPhoto] = field(default_factory=tuple)

    def document(self) -> dict[str, Any]:
        """Write what was asked the way a JSON column keeps it."""
        return {
            "reason": self.reason,
            "note": self.note,
            "unit_id": str(self.unit_id) if self.unit_id else None,
            "place": photos.place_document(self.place),
            "photos": [str(p.photo_id) for p in self.photos],
        }


# --- opening -------------------------------------------------------------------------------


def open_task(
    session: Session,
    reference: Reference,
    observation: Observation,
    where: Whereabouts,
    evidence_photos: Sequence[Photo],
    now: datetime,
) -> Task:
    """Open the task of an observation 上报, in the same transaction.

    It waits as `awaiting_evidence` until every declared photo is settled.
    """
    task = new_task(reference, observation, where, photos.is_settled(evidence_photos), now)
    session.add(task)
    session.flush()
    for photo in evidence_photos:
        photo.task_id = task.id
    _choose_thumb(task, evidence_photos)
    _record(
        session,
        task,
        Happening.OPENED,
        None,
        observation.author_id,
        now,
        photo_ids=[p.id for p in evidence_photos],
    )
    note_task(session, task)
    return task


def new_task(
    reference: Reference,
    observation: Observation,
    where: Whereabouts,
    settled: bool,
    now: datetime,
) -> Task:
    """Make the task of an observation in its opening state, routed, with its clock running."""
    category = reference.categories[observation.category_code]
    state = task_flow.opening_state(observation.outcome, settled)
    task = Task(
        id=uuid7(),
        observation_id=observation.id,
        reporter_id=observation.author_id,
        state=state,
        version=1,
        category_code=category.code,
        campaign=category.campaign,
        severity=observation.severity,
        outcome=observation.outcome,
        opened_at=now,
        reworks=0,
        hand_backs=0,
        demo=observation.demo,
    )
    _place(task, reference, where, now)
    if settled:
        task.reported_at = now
    _set_clock(task, _opening_clock(state), reference, now)
    return task


def amended(
    session: Session,
    reference: Reference,
    task: Task,
    where: Whereabouts,
    actor_id: UUID,
    photo_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Route a task again after its record was corrected before filing 更正.

    A new version: who was about to file what they saw before has to look again.
    """
    before = access.district_audience(task.district_code)
    _place(task, reference, where, now)
    after = access.district_audience(task.district_code)
    if before != after:
        changes.note(session, Collection.TASKS, task.id, [before], deleted=True)
    task.version += 1
    _record(session, task, Happening.AMENDED, task.state, actor_id, now, photo_ids=photo_ids)
    note_task(session, task)


def _place(task: Task, reference: Reference, where: Whereabouts, now: datetime) -> None:
    task.district_code = where.district_code
    task.street_code = where.street_code
    task.community_code = where.community_code
    task.point_id = where.point.id if where.point else None
    task.shop_id = where.shop.id if where.shop else None
    assignment = reference.routing.assign(
        responsibility.Situation(
            category_code=task.category_code,
            on=now.astimezone(SHANGHAI).date(),
            district_code=where.district_code,
            street_code=where.street_code,
            community_code=where.community_code,
            point_id=task.point_id,
            point_type=where.point.type if where.point else None,
            shop_unit_id=where.shop.unit_id if where.shop else None,
        )
    )
    # No match: the task is saved all the same and waits in the 待指派 list.
    task.unit_id = assignment.unit_id if assignment else None
    task.pairing_unit_id = assignment.pairing_unit_id if assignment else None
    task.routing_reason = assignment.reason_zh if assignment else None


# --- moves ---------------------------------------------------------------------------------


def ask(
    session: Session,
    reference: Reference,
    viewer: Viewer,
    task_id: UUID,
    asked: Asked,
    now: datetime,
) -> tuple[Task, TaskMove]:
    """Take one step of a task 案件操作, or have it wait for its photos.

    1. Lock the task; a move id asked again gets its first answer.
    2. Whoever may not see the task is told it does not exist.
    3. The version seen must be the task's version.
    4. The flow table must allow the step.
    5. Photos still to come: the move is pending, the unit's clock stands still from now.

    Raises `NotFound`, `MoveIdReused`, `StaleVersion`, and what `task_flow.plan` raises.
    """
    task = lock(session, task_id)
    known = session.get(TaskMove, asked.move_id)
    if task is not None and known is not None and known.person_id == viewer.id:
        # Asked before sight is checked: a move may have taken the task out of sight.
        if known.digest != asked.digest or known.task_id != task.id:
            raise MoveIdReused()
        return task, known
    if task is None or not access.sees_task(viewer, task):
        raise NotFound()
    if known is not None:
        raise MoveIdReused()
    if task.version != asked.seen_version:
        raise StaleVersion(
            f"您看到的是第 {asked.seen_version} 版,现在是第 {task.version} 版。",
            server={"id": str(task.id), "state": str(task.state), "version": task.version},
        )
    step = _plan(reference, task, viewer, asked, [p.role for p in asked.photos])
    declared = photos.declare(session, viewer, asked.move_id, asked.photos, now, task_id=task.id)
    move = TaskMove(
        id=asked.move_id,
        task_id=task.id,
        person_id=viewer.id,
        digest=asked.digest,
        move=asked.move,
        status=MoveStatus.PENDING,
        seen_version=asked.seen_version,
        wanted=asked.document(),
        asked_at=now,
    )
    session.add(move)
    if photos.is_settled(declared):
        _recheck(reference, task, viewer, asked, declared)
        _take(session, reference, task, step, move, viewer.id, now)
    else:
        _wait(session, task, step, move, declared, now)
    session.flush()
    return task, move


def _plan(
    reference: Reference,
    task: Task,
    mover: task_flow.Mover,
    asked: Asked,
    roles: Sequence[Any],
) -> Step:
    category = reference.categories[task.category_code]
    unit = asked.unit_id
    if unit is not None and unit not in reference.units:
        raise NotFound("没有这个责任单位。")
    return task_flow.plan(
        task,
        asked.move,
        mover,
        reason=asked.reason,
        unit_id=unit,
        has_close_evidence=evidence.closes(category.evidence_close, roles, asked.note),
    )


def _recheck(
    reference: Reference, task: Task, mover: task_flow.Mover, asked: Asked, sent: Sequence[Photo]
) -> None:
    """Look again with the photos that were really stored: a rejected one is no evidence."""
    stored = [p.role for p in sent if p.state is PhotoState.STORED]
    _plan(reference, task, mover, asked, stored)


def _wait(
    session: Session,
    task: Task,
    step: Step,
    move: TaskMove,
    declared: Sequence[Photo],
    now: datetime,
) -> None:
    """Have a move wait for its photos; the unit has handed over as of now."""
    _supersede(session, task, now)
    task.pending_move_id = move.id
    if step.clock is Clock.STOP:
        task.clock_stopped_at = now
    task.version += 1
    move.task_version = task.version
    _record(
        session,
        task,
        Happening.MOVE_PENDING,
        task.state,
        move.person_id,
        now,
        reason=str(step.move),
        move_id=move.id,
        photo_ids=[p.id for p in declared],
    )
    note_task(session, task)


def _take(
    session: Session,
    reference: Reference,
    task: Task,
    step: Step,
    move: TaskMove,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Take a planned step: state, clock, event, notices."""
    if task.pending_move_id != move.id:
        _supersede(session, task, now)
    task.pending_move_id = None
    origin = task.state
    former_unit = task.unit_id
    wanted_unit = move.wanted.get("unit_id")
    advance(task, step, reference, UUID(wanted_unit) if wanted_unit else None, move.asked_at, now)
    sent = photos.of_op(session, move.id)
    _record(
        session,
        task,
        step.move,
        origin,
        actor_id,
        now,
        reason=move.wanted.get("reason"),
        note=move.wanted.get("note"),
        move_id=move.id,
        photo_ids=[p.id for p in sent],
    )
    move.status = MoveStatus.APPLIED
    move.settled_at = now
    move.task_version = task.version
    if step.move is Move.HAND_BACK and former_unit:
        # Another unit's business from now on.
        changes.note(
            session,
            Collection.TASKS,
            task.id,
            [access.unit_audience(former_unit)],
            deleted=True,
        )
    note_task(session, task)
    _tell(session, reference, task, step, move, now)


def advance(
    task: Task,
    step: Step,
    reference: Reference,
    unit_id: UUID | None,
    asked_at: datetime,
    now: datetime,
) -> None:
    """Do to a task what a planned step does: state, version, unit, moments, clock."""
    task.state = step.reaches
    task.version += 1
    if step.move is Move.DISPATCH and unit_id:
        task.unit_id = unit_id
    _stamp(task, step, asked_at, now)
    _set_clock(task, step.clock, reference, asked_at if step.clock is Clock.STOP else now)


def _stamp(task: Task, step: Step, asked_at: datetime, now: datetime) -> None:
    """Keep the moments that lists and rates ask for."""
    match step.move:
        case Move.PROCEED:
            task.reported_at = now
        case Move.FILE:
            task.filed_at = now
        case Move.DISPATCH:
            task.dispatched_at, task.accepted_at, task.submitted_at = now, None, None
        case Move.ACCEPT:
            task.accepted_at = now
        case Move.HAND_BACK:
            task.hand_backs += 1
            task.unit_id = task.dispatched_at = task.accepted_at = None
        case Move.SUBMIT:
            # The unit handed over when it asked, not when the last photo came in.
            task.submitted_at = asked_at
        case Move.FAIL:
            task.reworks += task.was_dispatched
            if task.state is TaskState.FILED:
                task.filed_at = now
    if task.state not in OPEN_STATES:
        task.ended_at = now


def _supersede(session: Session, task: Task, now: datetime) -> None:
    """A later step makes a waiting move void; it stays on record, and its author is told."""
    if task.pending_move_id is None:
        return
    waiting = session.get(TaskMove, task.pending_move_id)
    task.pending_move_id = None
    if waiting is None or waiting.status is not MoveStatus.PENDING:
        return
    _start_clock_again(task, waiting)
    waiting.status = MoveStatus.LAPSED
    waiting.settled_at = now
    waiting.problem = StaleVersion("案件已有新的操作,本次提交未生效。").document()
    _tell_lapsed(session, task, waiting, now)


# --- what follows when photos settle ---------------------------------------------------------


def photo_settled(session: Session, reference: Reference, photo: Photo, now: datetime) -> None:
    """Go on with whatever waited for this photo: the record, its task, a pending move."""
    if photo.task_id is None:
        return
    task = lock(session, photo.task_id)
    if task is None:
        return
    if photo.observation_id is not None:
        _evidence_settled(session, reference, task, now)
    if photo.op_id is not None and photo.op_id == task.pending_move_id:
        _pending_settled(session, reference, task, now)
    _choose_thumb(task, [photo])
    note_task(session, task)


def _evidence_settled(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    states = session.scalars(
        sa.select(Photo.state).where(Photo.observation_id == task.observation_id)
    ).all()
    if all(state is PhotoState.STORED for state in states):
        # No new version: what its author may still correct or withdraw has not changed.
        session.execute(
            sa.update(Observation)
            .where(
                Observation.id == task.observation_id,
                Observation.state == ObservationState.INCOMPLETE,
            )
            .values(state=ObservationState.COMPLETE)
        )
    settled = all(state in photos.SETTLED for state in states)
    if task.state is not TaskState.AWAITING_EVIDENCE or not settled:
        return
    settle(task, reference, now)
    _record(session, task, Happening.EVIDENCE_SETTLED, TaskState.AWAITING_EVIDENCE, None, now)


def settle(task: Task, reference: Reference, now: datetime) -> None:
    """Let a task go on whose evidence is complete 证据已齐."""
    task.state = task_flow.opening_state(task.outcome, evidence_settled=True)
    task.version += 1
    task.reported_at = now
    _set_clock(task, _opening_clock(task.state), reference, now)


def _pending_settled(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    """Let a pending move take effect, or lapse when it no longer can."""
    assert task.pending_move_id is not None
    sent = photos.of_op(session, task.pending_move_id)
    if not photos.is_settled(sent):
        return
    move = session.get_one(TaskMove, task.pending_move_id)
    asked = Asked(
        move_id=move.id,
        move=Move(move.move),
        seen_version=move.seen_version,
        digest=move.digest,
        reason=move.wanted["reason"],
        note=move.wanted["note"],
        unit_id=UUID(move.wanted["unit_id"]) if move.wanted["unit_id"] else None,
    )
    mover = session.get_one(Person, move.person_id)
    stored = [p.role for p in sent if p.state is PhotoState.STORED]
    try:
        step = _plan(reference, task, mover, asked, stored)
    except Problem as problem:
        _lapse(session, task, move, problem, now)
    else:
        _take(session, reference, task, step, move, move.person_id, now)


def _lapse(session: Session, task: Task, move: TaskMove, problem: Problem, now: datetime) -> None:
    move.status = MoveStatus.LAPSED
    move.settled_at = now
    move.problem = problem.document()
    task.pending_move_id = None
    _start_clock_again(task, move)
    task.version += 1
    _record(
        session,
        task,
        Happening.MOVE_LAPSED,
        task.state,
        None,
        now,
        reason=problem.slug,
        note=problem.detail,
        move_id=move.id,
    )
    _tell_lapsed(session, task, move, now)


def _start_clock_again(task: Task, move: TaskMove) -> None:
    """Undo what a waiting hand-over did to the unit's clock; a waiting verdict did nothing."""
    if task_flow.stops_clock(Move(move.move)):
        task.clock_stopped_at = None


def lapse_overdue_moves(session: Session, now: datetime) -> int:
    """Lapse the moves whose photos never came: a declared photo must not stop a clock for ever."""
    waiting = session.execute(
        sa.select(TaskMove.id, TaskMove.task_id).where(
            TaskMove.status == MoveStatus.PENDING, TaskMove.asked_at <= now - PHOTOS_AWAITED_FOR
        )
    ).all()
    for move_id, task_id in waiting:
        task = lock(session, task_id)
        move = session.get(TaskMove, move_id, populate_existing=True)
        if task is None or move is None or task.pending_move_id != move_id:
            continue
        _lapse(session, task, move, PhotosNeverCame(), now)
        note_task(session, task)
    return len(waiting)


# --- withdrawing -----------------------------------------------------------------------------


def withdraw(
    session: Session,
    reference: Reference,
    task: Task,
    actor_id: UUID,
    reason: str | None,
    now: datetime,
) -> None:
    """An observer takes an own mistake back before filing 撤回."""
    origin = task.state
    task.state = TaskState.VOID
    task.version += 1
    task.ended_at = now
    _set_clock(task, Clock.END, reference, now)
    _record(session, task, Happening.WITHDRAWN, origin, actor_id, now, reason=reason)
    note_task(session, task)


def can_still_change(task: Task) -> bool:
    """Say whether the reporter may amend or withdraw: only before filing."""
    # What was fixed on the spot goes to verification without ever being filed.
    unfiled_check = task.state is TaskState.VERIFYING and task.filed_at is None
    return unfiled_check or task.state in (TaskState.AWAITING_EVIDENCE, TaskState.REPORTED)


# --- shared parts ----------------------------------------------------------------------------


def lock(session: Session, task_id: UUID) -> Task | None:
    """Read a task and lock its row until the transaction ends."""
    return session.scalar(
        sa.select(Task)
        .where(Task.id == task_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def of_observation(session: Session, observation_id: UUID) -> Task | None:
    """Lock and return the task an observation opened."""
    return session.scalar(
        sa.select(Task)
        .where(Task.observation_id == observation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def note_task(session: Session, task: Task) -> None:
    """Tell every audience of a task that it changed; its reporter's record changed with it."""
    reporter = access.person_audience(task.reporter_id)
    audiences = [reporter, access.district_audience(task.district_code)]
    if task.unit_id and task.was_dispatched:
        audiences.append(access.unit_audience(task.unit_id))
    changes.note(session, Collection.TASKS, task.id, audiences, version=task.version)
    changes.note(session, Collection.OBSERVATIONS, task.observation_id, [reporter])


def _opening_clock(state: TaskState) -> Clock:
    return Clock.FILING if state is TaskState.REPORTED else Clock.END


def _set_clock(task: Task, clock: Clock, reference: Reference, at: datetime) -> None:
    """Do to the deadline what the flow table says."""
    match clock:
        case Clock.KEEP:
            return
        case Clock.END:
            task.due_at = task.due_from = task.limit_minutes = task.limit_unit = None
            task.clock_stopped_at, task.provisional = None, False
        case Clock.STOP:
            task.clock_stopped_at = at
        case Clock.FILING:
            _start(task, FILING_LIMIT.minutes, FILING_LIMIT.unit, reference, at)
        case Clock.DISPATCHING:
            _start(task, DISPATCHING_LIMIT.minutes, DISPATCHING_LIMIT.unit, reference, at)
        case Clock.UNIT:
            category = reference.categories[task.category_code]
            limit = deadlines.Limit(category.limit_value, category.limit_unit)
            _start(task, limit.minutes, limit.unit, reference, at)
        case Clock.REST:
            _start(task, _minutes_left(task, reference), _unit(task), reference, at)


def _start(task: Task, minutes: float, unit: LimitUnit, reference: Reference, at: datetime) -> None:
    deadline = deadlines.due_after_minutes(at, minutes, unit, reference.calendar)
    task.due_at, task.provisional = deadline.due_at, deadline.provisional
    task.due_from, task.limit_minutes, task.limit_unit = at, minutes, unit
    task.clock_stopped_at = None


def _minutes_left(task: Task, reference: Reference) -> float:
    """What the unit has left of its limit: the time in verification is not the unit's."""
    if task.due_from is None or task.clock_stopped_at is None or task.limit_minutes is None:
        return 0.0
    used = deadlines.worked_between(
        task.due_from, task.clock_stopped_at, _unit(task), reference.calendar
    )
    return max(0.0, task.limit_minutes - used)


def _unit(task: Task) -> LimitUnit:
    return task.limit_unit or LimitUnit.WORKING_HOURS


def _choose_thumb(task: Task, candidates: Sequence[Photo]) -> None:
    for photo in candidates:
        if task.thumb_photo_id is None and photo.state is PhotoState.STORED:
            task.thumb_photo_id = photo.id


def _record(
    session: Session,
    task: Task,
    move: Move | Happening,
    origin: TaskState | None,
    actor_id: UUID | None,
    now: datetime,
    *,
    reason: str | None = None,
    note: str | None = None,
    move_id: UUID | None = None,
    photo_ids: Sequence[UUID] = (),
) -> None:
    session.add(
        TaskEvent(
            id=uuid7(),
            task_id=task.id,
            version=task.version,
            move=str(move),
            from_state=origin,
            to_state=task.state,
            actor_id=actor_id,
            unit_id=task.unit_id if task.was_dispatched else None,
            at=now,
            reason=reason,
            note=note,
            move_id=move_id,
            photo_ids=[str(p) for p in photo_ids] or None,
            due_at=task.due_at,
        )
    )


# Who hears of which step: (kind, title); reporters of the verdict, handlers of their work.
_REPORTER_HEARS = {
    Move.REJECT: (NoticeKind.TASK_REJECTED, "未予立案"),
    Move.VOID: (NoticeKind.TASK_VOID, "已作废"),
    Move.PASS: (NoticeKind.TASK_CLOSED, "已结案"),
}
_HANDLERS_HEAR = {
    Move.DISPATCH: (NoticeKind.TASK_DISPATCHED, "新派遣的案件"),
    Move.FAIL: (NoticeKind.TASK_REWORK, "核查未通过,请返工"),
}


def _tell(
    session: Session, reference: Reference, task: Task, step: Step, move: TaskMove, now: datetime
) -> None:
    name = reference.categories[task.category_code].name_zh
    said = move.wanted.get("note") or ""
    body = f"{task.number} {name}" + (f":{said}" if said else "")
    if step.move in _REPORTER_HEARS:
        kind, title = _REPORTER_HEARS[step.move]
        notices.tell(
            session,
            [task.reporter_id],
            kind,
            title,
            body,
            now,
            task_id=task.id,
            observation_id=task.observation_id,
        )
    if step.move in _HANDLERS_HEAR and task.unit_id and task.was_dispatched:
        kind, title = _HANDLERS_HEAR[step.move]
        people = notices.handlers_of(session, task.unit_id)
        notices.tell(session, people, kind, title, body, now, task_id=task.id)


def _tell_lapsed(session: Session, task: Task, move: TaskMove, now: datetime) -> None:
    detail = (move.problem or {}).get("detail", "")
    notices.tell(
        session,
        [move.person_id],
        NoticeKind.MOVE_LAPSED,
        f"“{Move(move.move).zh}”未生效",
        f"{task.number}:{detail}",
        now,
        task_id=task.id,
    )
