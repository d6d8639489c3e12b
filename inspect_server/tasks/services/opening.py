"""Opening a task 上报: made by a record, and changed with it until it is filed 立案."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log
from inspect_server.core.clock import SHANGHAI
from inspect_server.models import Observation, Photo, Task
from inspect_server.photos.services import photos
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import routing
from inspect_server.registry.rules.locate import Whereabouts
from inspect_server.tasks.rules import deadlines
from inspect_server.tasks.rules.flow import DeadlineEffect
from inspect_server.tasks.services import joining, search_index, transitions
from inspect_server.tasks.services.transitions import Event
from schemas.vocabulary import Collection, SystemEvent, TaskState


def open_task(
    session: Session,
    reference: Reference,
    observation: Observation,
    where: Whereabouts,
    evidence: Sequence[Photo],
    now: datetime,
) -> Task:
    """Open the task of an observation 上报, in the same transaction.

    It waits as `awaiting_evidence` until every declared photo is settled.
    """
    opened = Event(
        SystemEvent.OPENED,
        from_state=None,
        at=now,
        actor_id=observation.author_id,
        photo_ids=[photo.id for photo in evidence],
    )
    settled = all(photo.state in photos.SETTLED for photo in evidence)
    task = new_task(reference, observation, where, settled, now)
    session.add(task)
    session.flush()
    search_index.index(session, task, observation)
    for photo in evidence:
        photo.task_id = task.id
    transitions.choose_thumb(task, evidence)
    transitions.record(session, task, opened)
    if settled and observation.data.get("joins") is not None:
        joining.join(session, reference, task, observation, now)
    transitions.apply_rules(session, reference, task, now)
    transitions.note_change(session, task)
    return task


def new_task(
    reference: Reference,
    observation: Observation,
    where: Whereabouts,
    evidence_settled: bool,
    now: datetime,
) -> Task:
    """Make the task of an observation in its opening state, routed, with its limit running."""
    category = reference.categories[observation.category_code]
    state = transitions.opening_state(observation.outcome, evidence_settled)
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
    _place(task, where)
    route(task, reference, now)
    if evidence_settled:
        task.reported_at = now
    deadlines.apply(task, deadlines.opening_effect(state), reference, now)
    return task


def can_still_change(task: Task) -> bool:
    """Say whether the reporter may amend or withdraw: only before filing."""
    # What was fixed on the spot goes to verification without ever being filed.
    unfiled_check = task.state is TaskState.VERIFYING and task.filed_at is None
    return unfiled_check or task.state in (TaskState.AWAITING_EVIDENCE, TaskState.REPORTED)


def amend(
    session: Session,
    reference: Reference,
    task: Task,
    where: Whereabouts | None,
    actor_id: UUID,
    photo_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Route a task again after its record was corrected before filing 更正.

    `where` is None when nothing of its place was corrected. A new version: a supervisor who was
    about to file the earlier one has to look again. It answers what a supervisor asked for 补充,
    and the limit to file begins anew.
    """
    before = access.district_audience(task.district_code)
    if where is not None:
        _place(task, where)
    route(task, reference, now)
    after = access.district_audience(task.district_code)
    if before != after:
        change_log.note(session, Collection.TASKS, task.id, [before], deleted=True)
    if task.asked_more_at is not None:
        task.asked_more_at = None
        deadlines.apply(task, DeadlineEffect.FILING, reference, now)
    amended = Event(SystemEvent.AMENDED, task.state, now, actor_id=actor_id, photo_ids=photo_ids)
    transitions.record_as_next_version(session, task, amended)
    transitions.note_change(session, task)


def withdraw(
    session: Session,
    reference: Reference,
    task: Task,
    actor_id: UUID,
    reason: str | None,
    now: datetime,
) -> None:
    """Void a task whose observer takes an own mistake back before filing 撤回."""
    origin = task.state
    task.state = TaskState.VOID
    task.ended_at = now
    deadlines.apply(task, DeadlineEffect.END, reference, now)
    withdrawn = Event(SystemEvent.WITHDRAWN, origin, now, actor_id=actor_id, reason=reason)
    transitions.record_as_next_version(session, task, withdrawn)
    transitions.note_change(session, task)


def route(task: Task, reference: Reference, now: datetime) -> None:
    """Route a task to its unit and its pairing unit by its category and its place 派遣规则."""
    point = reference.points.get(task.point_id) if task.point_id else None
    shop = reference.shops.get(task.shop_id) if task.shop_id else None
    assignment = reference.routing.assign(
        routing.Situation(
            category_code=task.category_code,
            on=now.astimezone(SHANGHAI).date(),
            district_code=task.district_code,
            street_code=task.street_code,
            community_code=task.community_code,
            point_id=task.point_id,
            point_type=point.type if point else None,
            shop_unit_id=shop.unit_id if shop else None,
        )
    )
    # No match: the task is saved all the same and waits in the 待指派 list.
    task.unit_id = assignment.unit_id if assignment else None
    task.pairing_unit_id = assignment.pairing_unit_id if assignment else None
    task.routing_reason = assignment.reason_zh if assignment else None


def _place(task: Task, where: Whereabouts) -> None:
    task.district_code = where.locality.district_code
    task.street_code = where.locality.street_code
    task.community_code = where.locality.community_code
    task.locality_basis = where.locality.basis
    task.point_id = where.point.id if where.point else None
    task.shop_id = where.shop.id if where.shop else None
