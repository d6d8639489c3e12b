"""The locality of a case 属地 after its record came: set by a supervisor, or found again.

An edit of the registers changes no case by itself: what was decided stays until a person sets it,
or has the presumed and undecided ones found again. Either is an event of the case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid, MoveNotAllowed, NotAllowed, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules.locate import Locality
from inspect_server.tasks.services import moves, observations, opening, transitions
from inspect_server.tasks.services.transitions import Event
from schemas.localities import LocalityForm
from schemas.vocabulary import OPEN_STATES, Collection, LocalityBasis, SystemEvent, TaskState

# So many cases are looked at in one transaction.
AT_ONCE: Final = 100
FOUND_AGAIN: Final = (LocalityBasis.PRESUMED, LocalityBasis.UNDECIDED)


@dataclass(slots=True)
class LocalitiesFound:
    """What a part of the cases became: how many of each basis, and where to go on."""

    looked_at: int = 0
    changed: int = 0
    bases: Counter[LocalityBasis] = field(default_factory=Counter)
    next: int | None = None

    @property
    def confirmed(self) -> int:
        """How many are confirmed now."""
        return self.bases[LocalityBasis.CONFIRMED]

    @property
    def outline(self) -> int:
        """How many lie in an outline."""
        return self.bases[LocalityBasis.OUTLINE]

    @property
    def presumed(self) -> int:
        """How many are presumed."""
        return self.bases[LocalityBasis.PRESUMED]

    @property
    def undecided(self) -> int:
        """How many are still undecided."""
        return self.bases[LocalityBasis.UNDECIDED]


def confirm(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    form: LocalityForm,
    now: datetime,
) -> Task:
    """Set street and community of an open case 确定属地; the same again changes nothing.

    Raises `NotFound`, `Invalid`, `NotAllowed`, `MoveNotAllowed`, `StaleVersion`.
    """
    task = transitions.lock(session, task_id)
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    locality = _locality(reference, form)
    if _locality_of(task) == locality:
        return task
    if actor.district_code not in (None, locality.district_code):
        raise NotAllowed(sentence("所选街道不在您的城区，请交市级督查员确定。"))
    if task.state not in OPEN_STATES:
        raise MoveNotAllowed(sentence("案件已办结，不能再确定属地。"))
    moves.check_version(session, actor, task, form.version)
    observation = session.get_one(Observation, task.observation_id)
    _change(session, reference, task, observation, locality, actor.id, now)
    return task


def find_again(
    session: Session, reference: Reference, actor_id: UUID, after: int, now: datetime
) -> LocalitiesFound:
    """Locate open cases anew whose locality is presumed 推定 or undecided 未定, some at a time."""
    tasks = session.scalars(
        sa.select(Task)
        .where(
            Task.serial > after,
            Task.state.in_(sorted(OPEN_STATES)),
            Task.locality_basis.in_(FOUND_AGAIN),
        )
        .order_by(Task.serial)
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = LocalitiesFound(looked_at=len(tasks))
    records = {
        row.id: row
        for row in session.scalars(
            sa.select(Observation).where(Observation.id.in_([t.observation_id for t in tasks]))
        )
    }
    for task in tasks:
        observation = records[task.observation_id]
        where = observations.located_again(reference, observation)
        found.bases[where.locality.basis] += 1
        if where.locality == _locality_of(task):
            continue
        observations.put_place(observation, where)
        _change(session, reference, task, observation, where.locality, actor_id, now)
        found.changed += 1
    if len(tasks) == AT_ONCE:
        found.next = tasks[-1].serial
    return found


def _locality(reference: Reference, form: LocalityForm) -> Locality:
    """Return the locality that a form names. Raises `Invalid`."""
    if form.street not in reference.streets:
        raise Invalid(errors=[{"pointer": "/street", "detail": sentence("没有这个街道")}])
    if form.community is not None:
        community = reference.communities.get(form.community)
        if community is None or community.street_code != form.street:
            detail = sentence("该街道没有这个社区")
            raise Invalid(errors=[{"pointer": "/community", "detail": detail}])
    return reference.atlas.locality_of(form.street, form.community, LocalityBasis.CONFIRMED)


def _locality_of(task: Task) -> Locality:
    return Locality(task.district_code, task.street_code, task.community_code, task.locality_basis)


def _change(
    session: Session,
    reference: Reference,
    task: Task,
    observation: Observation,
    locality: Locality,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Write another locality to a case and its record; route it again if it is not dispatched."""
    former = reference.locality_words(task)
    audience = access.district_audience(task.district_code)
    for row in (task, observation):
        row.district_code = locality.district_code
        row.street_code = locality.street_code
        row.community_code = locality.community_code
        row.locality_basis = locality.basis
    if access.district_audience(task.district_code) != audience:
        change_log.note(session, Collection.TASKS, task.id, [audience], deleted=True)
    # A unit that was chosen by a person, or that handed the case back, is not chosen anew by rule.
    if task.dispatched_at is None and task.hand_backs == 0:
        opening.route(task, reference, now)
    note = f"{former} → {reference.locality_words(task)}"
    placed = Event(SystemEvent.PLACED, task.state, now, actor_id=actor_id, note=note)
    transitions.record_as_next_version(session, task, placed)
    if task.state is TaskState.FILED:
        transitions.apply_rules(session, reference, task, now)
    transitions.note_change(session, task)
