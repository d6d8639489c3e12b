"""The cases a unit handed back 退回的案件: what it did itself, and nothing that came later; SELECTs
only. The unit sees no place, no photo and no record of a case that is another one's now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import moment, read_cursor, write_cursor
from inspect_server.models import Person, RescuedKind, Task, TaskEvent
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, rows
from inspect_server.tasks.rules.flow import FLOW
from schemas.pages import PageFrom
from schemas.vocabulary import Move, Role, SystemEvent

# The steps that a unit takes.
OWN_MOVES = frozenset(str(step.move) for step in FLOW if Role.HANDLER in step.who)
_DISPATCHES = frozenset(
    {str(Move.DISPATCH), str(Move.ARBITRATE), str(Move.REOPEN), str(SystemEvent.DISPATCHED_BY_RULE)}
)
# As the index has it, so that SQLite uses it.
_HAND_BACK: sa.ColumnElement[str] = sa.literal_column("'hand_back'")


def page(session: Session, reference: Reference, actor: Actor, start: PageFrom) -> dict[str, Any]:
    """Return a page of what the unit of this handler handed back: `items` and `next`.

    A case that is with the unit again is among its tasks, with its whole history.
    """
    last = sa.func.max(TaskEvent.at)
    query = (
        sa.select(TaskEvent.task_id, last)
        .join(Task, Task.id == TaskEvent.task_id)
        .where(
            TaskEvent.unit_id == actor.unit_id,
            TaskEvent.move == _HAND_BACK,
            sa.not_(sa.func.coalesce(conditions.visible_to(actor), sa.false())),
        )
        .group_by(TaskEvent.task_id)
    )
    if start.cursor:
        at, task_id = read_cursor(start.cursor, moment, UUID)
        later = sa.and_(last == at, TaskEvent.task_id < task_id)
        query = query.having(sa.or_(last < at, later))
    query = query.order_by(last.desc(), TaskEvent.task_id.desc()).limit(start.limit + 1)
    handed_back: list[tuple[UUID, datetime]] = [(i, at) for i, at in session.execute(query)]
    more, handed_back = len(handed_back) > start.limit, handed_back[: start.limit]
    items = of_tasks(session, reference, actor, [task_id for task_id, _ in handed_back])
    by_id = {item["id"]: item for item in items}
    cursor = None
    if more:
        task_id, at = handed_back[-1]
        cursor = write_cursor(at.isoformat(), str(task_id))
    return {"items": [by_id[task_id] for task_id, _ in handed_back], "next": cursor}


def of_tasks(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Return those of these tasks that the unit of this handler handed back."""
    if actor.role is not Role.HANDLER or actor.unit_id is None or not ids:
        return []
    events: dict[UUID, list[TaskEvent]] = {}
    query = sa.select(TaskEvent).where(
        TaskEvent.task_id.in_(ids),
        TaskEvent.unit_id == actor.unit_id,
        TaskEvent.move.in_(sorted(OWN_MOVES | _DISPATCHES)),
    )
    for event in session.scalars(query.order_by(TaskEvent.version)):
        events.setdefault(event.task_id, []).append(event)
    until_hand_back = {
        task_id: own for task_id, all_ in events.items() if (own := _until_hand_back(all_))
    }
    tasks = session.scalars(sa.select(Task).where(Task.id.in_(until_hand_back)))
    shown = [event for own in until_hand_back.values() for event in own]
    people = rows.by_id(session, Person, (one.actor_id for one in shown if one.actor_id))
    moves = (event.move_id for event in shown if event.move_id)
    imported = rows.imports(session, RescuedKind.OP, moves)
    return [
        _past_task(reference, actor, task, until_hand_back[task.id], people, imported)
        for task in tasks
    ]


def _until_hand_back(events: Sequence[TaskEvent]) -> list[TaskEvent]:
    """Return the events up to the unit's last hand-back; none where it never handed it back."""
    ends = [place for place, event in enumerate(events) if event.move == Move.HAND_BACK]
    return list(events[: ends[-1] + 1]) if ends else []


def _past_task(
    reference: Reference,
    actor: Actor,
    task: Task,
    events: Sequence[TaskEvent],
    people: dict[UUID, Person],
    imported: dict[UUID, rows.Imported],
) -> dict[str, Any]:
    own = [event for event in events if event.move in OWN_MOVES]
    dispatches = [event.at for event in events if event.move in _DISPATCHES]
    return {
        "id": task.id,
        "number": task.number,
        "version": own[-1].version,
        "category": task.category_code,
        "category_name": reference.categories[task.category_code].name_zh,
        "dispatched_at": dispatches[-1] if dispatches else None,
        "handed_back_at": own[-1].at,
        "events": rows.events_shown(own, actor, people, imported, {}),
    }
