"""Tasks 案件: opened by a record, moved step by step, each step with its event.

A task changes only here: its row is locked first, its version compared, and one `TaskEvent`
tells who did what. Services never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI, midnight
from inspect_server.core.problems import (
    Invalid,
    MoveIdReused,
    MoveIncomplete,
    NotFound,
    PhotosNeverCame,
    Problem,
    StaleVersion,
)
from inspect_server.models import Observation, Person, Photo, Task, TaskEvent, TaskMove, Visit
from inspect_server.photos.services import photos
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import routing as responsibility
from inspect_server.registry.services import routing
from inspect_server.registry.services.places import Whereabouts
from inspect_server.tasks.rules import evidence, flow_checks
from inspect_server.tasks.rules.flow import FLOW, DeadlineEffect, Step
from inspect_server.tasks.services import deadlines, move_request, recipients, search_index
from schemas.tasks import MoveRequest
from schemas.vocabulary import (
    ANNOTATED_MOVES,
    OPEN_STATES,
    AppealState,
    Collection,
    Decision,
    ExtensionState,
    Move,
    MoveStatus,
    ObservationState,
    PhotoState,
    SystemEvent,
    TaskState,
    VisitState,
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
# What was found on the spot has to be read before deciding; a unit's work goes on all the same.
QUIET_TO_UNITS = QUIET | {str(SystemEvent.VISIT_RECORDED)}
# How long a pending move may wait for its photos.
PHOTOS_AWAITED_FOR = timedelta(hours=48)


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
    search_index.index(session, task, observation)
    for photo in evidence_photos:
        photo.task_id = task.id
    _choose_thumb(task, evidence_photos)
    _record(
        session,
        task,
        SystemEvent.OPENED,
        None,
        observation.author_id,
        now,
        photo_ids=[p.id for p in evidence_photos],
    )
    by_rule(session, reference, task, now)
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
    state = flow_checks.opening_state(observation.outcome, settled)
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
        extensions=0,
        reopenings=0,
        alarms_rung=[],
        demo=observation.demo,
    )
    _place(task, reference, where, now)
    if settled:
        task.reported_at = now
    deadlines.set_clock(task, deadlines.opening_clock(state), reference, now)
    deadlines.wind(task)
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

    A new version: who was about to file what they saw before has to look again. It answers
    what a supervisor asked for 补充, and the limit to file begins anew.
    """
    before = access.district_audience(task.district_code)
    _place(task, reference, where, now)
    after = access.district_audience(task.district_code)
    if before != after:
        change_log.note(session, Collection.TASKS, task.id, [before], deleted=True)
    task.version += 1
    if task.asked_more_at is not None:
        task.asked_more_at = None
        deadlines.set_clock(task, DeadlineEffect.FILING, reference, now)
        deadlines.wind(task)
    _record(session, task, SystemEvent.AMENDED, task.state, actor_id, now, photo_ids=photo_ids)
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
    actor: Actor,
    task_id: UUID,
    request: MoveRequest,
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
    known = session.get(TaskMove, request.move_id)
    if task is not None and known is not None and known.person_id == actor.id:
        # Asked before sight is checked: a move may have taken the task out of sight.
        if known.digest != request.digest or known.task_id != task.id:
            raise MoveIdReused()
        return task, known
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    if known is not None:
        raise MoveIdReused()
    if _is_stale(session, actor, task, request.version):
        raise StaleVersion(
            f"您看到的是第 {request.version} 版,现在是第 {task.version} 版。",
            server={"id": str(task.id), "state": str(task.state), "version": task.version},
        )
    declaring = move_request.declared_photos(request)
    step = _plan(reference, task, actor, request, [photo.role for photo in declaring], now)
    if step.move is Move.MERGE:
        _target(session, actor, task, request)
    _check_annotations(session, task, request)
    declared = photos.declare(session, actor, request.move_id, declaring, now, task_id=task.id)
    move = TaskMove(
        id=request.move_id,
        task_id=task.id,
        person_id=actor.id,
        digest=request.digest,
        move=request.move,
        status=MoveStatus.PENDING,
        seen_version=request.version,
        request=move_request.to_json(request),
        asked_at=now,
    )
    session.add(move)
    if photos.is_settled(declared):
        _recheck(reference, task, actor, request, declared, now)
        _take(session, reference, task, step, move, actor.id, now)
    else:
        _wait(session, reference, task, step, move, declared, now)
    session.flush()
    return task, move


def _is_stale(session: Session, actor: Actor, task: Task, seen_version: int) -> bool:
    """Say whether something happened since that a mover had to know; reminders are no such thing,
    and a unit's work done offline must not founder on them.
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
    roles: Sequence[Any],
    now: datetime,
) -> Step:
    category = reference.categories[task.category_code]
    unit = request.unit_id
    if unit is not None and not (unit in reference.units and reference.units[unit].active):
        raise NotFound("没有这个责任单位。")
    return flow_checks.plan(task, mover, request, category.evidence_close, roles, now)


def _recheck(
    reference: Reference,
    task: Task,
    mover: flow_checks.Mover,
    request: MoveRequest,
    sent: Sequence[Photo],
    now: datetime,
) -> None:
    """Look again with the photos that were really stored: a rejected one is no evidence."""
    stored = [p.role for p in sent if p.state is PhotoState.STORED]
    _plan(reference, task, mover, request, stored, now)


def _target(session: Session, actor: Actor, task: Task, request: MoveRequest) -> Task:
    """Return the case this one goes into 并案. Raises `MoveIncomplete`."""
    target = session.scalar(sa.select(Task).where(Task.id == request.into))
    if target is None or not access.sees_task(actor, target):
        raise MoveIncomplete("没有要并入的案件。")
    if target.id == task.id:
        raise MoveIncomplete("案件不能并入自己。")
    if target.state not in OPEN_STATES and target.state is not TaskState.CLOSED:
        raise MoveIncomplete(f"案件 {target.number} 现为“{target.state.zh}”,不能并入。")
    return target


def _check_annotations(session: Session, task: Task, request: MoveRequest) -> None:
    """Drawn over is what everybody concerned can look at: stored photos of this very case.

    Raises `Invalid`.
    """
    if not request.annotations:
        return
    if request.move not in ANNOTATED_MOVES:
        raise Invalid(errors=[{"pointer": "/annotations", "detail": "这一步不带圈注"}])
    of_case = set(
        session.scalars(
            sa.select(Photo.id).where(Photo.task_id == task.id, Photo.state == PhotoState.STORED)
        )
    )
    strange = [
        {"pointer": f"/annotations/{place}/photo_id", "detail": "不是本案已收到的照片"}
        for place, one in enumerate(request.annotations)
        if one.photo_id not in of_case
    ]
    if strange:
        raise Invalid(errors=strange)


def _wait(
    session: Session,
    reference: Reference,
    task: Task,
    step: Step,
    move: TaskMove,
    declared: Sequence[Photo],
    now: datetime,
) -> None:
    """Have a move wait for its photos; the unit has handed over as of now."""
    _supersede(session, task, now)
    task.pending_move_id = move.id
    if step.deadline is DeadlineEffect.STOP:
        deadlines.set_clock(task, DeadlineEffect.STOP, reference, now)
        deadlines.wind(task)
    task.version += 1
    move.task_version = task.version
    _record(
        session,
        task,
        SystemEvent.MOVE_PENDING,
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
    request = move_request.from_row(move)
    advance(task, step, reference, request, actor_id, move.asked_at, now)
    if step.move is Move.MERGE:
        _taken_in(session, task, actor_id, now)
    if step.move is Move.ARBITRATE and request.as_rule:
        routing.set_precedent(session, reference, task, actor_id, now)
    sent = photos.of_op(session, move.id)
    _record(
        session,
        task,
        step.move,
        origin,
        actor_id,
        now,
        reason=move.request.get("reason"),
        note=move.request.get("note"),
        move_id=move.id,
        photo_ids=[p.id for p in sent],
        annotations=move.request.get("annotations") or (),
    )
    move.status = MoveStatus.APPLIED
    move.settled_at = now
    move.task_version = task.version
    if step.move is Move.HAND_BACK and former_unit:
        # Another unit's business from now on.
        change_log.note(
            session,
            Collection.TASKS,
            task.id,
            [access.unit_audience(former_unit)],
            deleted=True,
        )
    recipients.notify(session, reference, task, step.move, now, move)
    by_rule(session, reference, task, now)
    note_task(session, task)


def _taken_in(session: Session, task: Task, actor_id: UUID, now: datetime) -> None:
    """Tell the history of the other case that it took this one in."""
    target = lock(session, task.merged_into_id) if task.merged_into_id else None
    if target is None:
        return
    target.version += 1
    _record(session, target, SystemEvent.TOOK_IN, target.state, actor_id, now, note=task.number)
    note_task(session, target)


def advance(
    task: Task,
    step: Step,
    reference: Reference,
    request: MoveRequest | None,
    actor_id: UUID | None,
    asked_at: datetime,
    now: datetime,
) -> None:
    """Do to a task what a planned step does: state, version, unit, moments, clock, alarm."""
    task.state = step.reaches or task.state
    task.version += 1
    if request is not None:
        _keep(task, step, request, actor_id)
    _stamp(task, step, reference, asked_at, now)
    at = asked_at if step.deadline is DeadlineEffect.STOP else now
    deadlines.set_clock(task, step.deadline, reference, at)
    deadlines.wind(task)


def _keep(task: Task, step: Step, request: MoveRequest, actor_id: UUID | None) -> None:
    """Keep what a step said, beside its moments."""
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
        # What was asked of a unit at work is void once it is not.
        task.extension = task.endorsed_by_id = None


def _stamp(task: Task, step: Step, reference: Reference, asked_at: datetime, now: datetime) -> None:
    """Keep the moments that lists and rates ask for."""
    if step.move is not Move.ESCALATE:
        task.asked_more_at = now if step.move is Move.ASK_MORE else None
    match step.move:
        case Move.PROCEED:
            task.reported_at = now
        case Move.FILE:
            task.filed_at = now
        case Move.DISPATCH | Move.ARBITRATE:
            _send_out(task, reference, now)
        case Move.REOPEN:
            task.ended_at = None
            if task.state is TaskState.DISPATCHED:
                _send_out(task, reference, now)
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
            task.made_safe_at = asked_at
        case Move.SHELVE:
            task.shelved_at = now
        case Move.ESCALATE:
            task.escalated_at = now
        case Move.SUBMIT:
            # The unit handed over when it request, not when the last photo came in.
            task.submitted_at = asked_at
        case Move.FAIL:
            task.reworks += task.was_dispatched
            if task.state is TaskState.FILED:
                task.filed_at = now
    if task.state not in OPEN_STATES and step.reaches is not None:
        task.ended_at = now


def _send_out(task: Task, reference: Reference, now: datetime) -> None:
    """The task lies with a unit from now on."""
    task.dispatched_at, task.accepted_at, task.submitted_at = now, None, None
    deadlines.begin_make_safe(task, reference, now)


# --- what goes by rule -------------------------------------------------------------------------


def by_rule(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    """Let a case take the steps nobody has to look at: file, dispatch, or close what was settled
    on the spot, as the category and the reporter say.
    """
    category = reference.categories[task.category_code]
    if task.state is TaskState.REPORTED and (category.auto_file or _is_trusted(session, task)):
        _ruled(session, reference, task, Move.FILE, SystemEvent.FILED_BY_RULE, now)
    if task.state is TaskState.FILED and category.auto_dispatch and task.unit_id is not None:
        _ruled(session, reference, task, Move.DISPATCH, SystemEvent.DISPATCHED_BY_RULE, now)
    if task.state is TaskState.VERIFYING and not task.was_dispatched:
        proven = _shows_its_outcome(session, task, category.evidence_open)
        share = category.spot_check_percent / 100
        if flow_checks.closes_by_rule(task.id, task.outcome, proven, share):
            _ruled(session, reference, task, Move.PASS, SystemEvent.CLOSED_BY_RULE, now)


def _is_trusted(session: Session, task: Task) -> bool:
    return session.get_one(Person, task.reporter_id).trusted


def _shows_its_outcome(session: Session, task: Task, evidence_open: str) -> bool:
    found = session.execute(
        sa.select(Photo.role, Photo.state).where(Photo.observation_id == task.observation_id)
    ).all()
    if any(state is not PhotoState.STORED for _, state in found):
        return False
    return evidence.shows_outcome(evidence_open, task.outcome, [role for role, _ in found])


def _ruled(
    session: Session,
    reference: Reference,
    task: Task,
    move: Move,
    happening: SystemEvent,
    now: datetime,
) -> None:
    """Take a step of the table that a rule takes, not a person."""
    origin = task.state
    step = next(s for s in FLOW if s.move is move and flow_checks.applies(s, task, now))
    advance(task, step, reference, None, None, now, now)
    _record(session, task, happening, origin, None, now)
    recipients.notify(session, reference, task, happening, now)


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
    recipients.lapsed(session, task, waiting, now)


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
    if task.state is TaskState.AWAITING_EVIDENCE and settled:
        settle(task, reference, now)
        _record(session, task, SystemEvent.EVIDENCE_SETTLED, TaskState.AWAITING_EVIDENCE, None, now)
    if settled:
        by_rule(session, reference, task, now)


def settle(task: Task, reference: Reference, now: datetime) -> None:
    """Let a task go on whose evidence is complete 证据已齐."""
    task.state = flow_checks.opening_state(task.outcome, evidence_settled=True)
    task.version += 1
    task.reported_at = now
    deadlines.set_clock(task, deadlines.opening_clock(task.state), reference, now)
    deadlines.wind(task)


def _pending_settled(session: Session, reference: Reference, task: Task, now: datetime) -> None:
    """Let a pending move take effect, or lapse when it no longer can."""
    assert task.pending_move_id is not None
    sent = photos.of_op(session, task.pending_move_id)
    if not photos.is_settled(sent):
        return
    move = session.get_one(TaskMove, task.pending_move_id)
    request = move_request.from_row(move)
    mover = session.get_one(Person, move.person_id)
    stored = [p.role for p in sent if p.state is PhotoState.STORED]
    try:
        step = _plan(reference, task, mover, request, stored, now)
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
        SystemEvent.MOVE_LAPSED,
        task.state,
        None,
        now,
        reason=problem.slug,
        note=problem.detail,
        move_id=move.id,
    )
    recipients.lapsed(session, task, move, now)


def _start_clock_again(task: Task, move: TaskMove) -> None:
    """Undo what a waiting hand-over did to the unit's clock; a waiting verdict did nothing."""
    if flow_checks.stops_deadline(Move(move.move)):
        deadlines.run_on(task)
        deadlines.wind(task)


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


# --- what comes with time ---------------------------------------------------------------------


def happen(
    session: Session,
    task: Task,
    happening: SystemEvent,
    origin: TaskState | None,
    now: datetime,
    *,
    actor_id: UUID | None = None,
    reason: str | None = None,
    note: str | None = None,
    move_id: UUID | None = None,
    photo_ids: Sequence[UUID] = (),
) -> None:
    """Write down what is no move as the next version of the case; without actor, the system's."""
    task.version += 1
    _record(
        session,
        task,
        happening,
        origin,
        actor_id,
        now,
        reason=reason,
        note=note or None,
        move_id=move_id,
        photo_ids=photo_ids,
    )


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
    deadlines.set_clock(task, DeadlineEffect.END, reference, now)
    deadlines.wind(task)
    _record(session, task, SystemEvent.WITHDRAWN, origin, actor_id, now, reason=reason)
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
    change_log.note(session, Collection.TASKS, task.id, audiences, version=task.version)
    change_log.note(session, Collection.OBSERVATIONS, task.observation_id, [reporter])


def _choose_thumb(task: Task, candidates: Sequence[Photo]) -> None:
    for photo in candidates:
        if task.thumb_photo_id is None and photo.state is PhotoState.STORED:
            task.thumb_photo_id = photo.id


def _record(
    session: Session,
    task: Task,
    move: Move | SystemEvent,
    origin: TaskState | None,
    actor_id: UUID | None,
    now: datetime,
    *,
    reason: str | None = None,
    note: str | None = None,
    move_id: UUID | None = None,
    photo_ids: Sequence[UUID] = (),
    annotations: Sequence[dict[str, Any]] = (),
) -> None:
    if origin is not task.state:
        _lapse_visit(session, task, now)
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
            annotations=list(annotations) or None,
            due_at=task.due_at,
        )
    )


def _lapse_visit(session: Session, task: Task, now: datetime) -> None:
    """The case goes on: nobody has to walk there any more; who did is heard all the same."""
    if task.visit_due_at is None:
        return
    task.visit_due_at = None
    deadlines.wind(task)
    visit = session.scalar(
        sa.select(Visit).where(Visit.task_id == task.id, Visit.state == VisitState.ASKED)
    )
    if visit is None:
        return
    visit.state = VisitState.LAPSED
    visit.version += 1
    observer = [access.person_audience(visit.observer_id)]
    change_log.note(session, Collection.VISITS, visit.id, observer, deleted=True)
    recipients.visit_called_off(session, task, visit, now)
