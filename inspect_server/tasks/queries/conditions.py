"""Conditions on tasks: scope of a person, district, state, category, and the use of indexes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.visitors import replacement_traverse

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from schemas.vocabulary import Role, TaskState

Condition = sa.ColumnElement[bool]
# The filter value for tasks without a district.
NO_DISTRICT = "-"


def visible_to(actor: Actor) -> Condition:
    """Return the condition under which a task exists for this person."""
    if actor.role is Role.HANDLER:
        return sa.and_(Task.unit_id == actor.unit_id, Task.dispatched_at.is_not(None))
    if actor.role in access.OVERSEERS:
        if actor.district_code is None:
            return sa.true()
        return sa.or_(Task.district_code == actor.district_code, Task.district_code.is_(None))
    return Task.reporter_id == actor.id


def in_districts(codes: Collection[str]) -> list[Condition]:
    """Return the condition of the districts a filter names; none where it names none."""
    if not codes:
        return []
    named = [code for code in codes if code != NO_DISTRICT]
    alternatives: list[Condition] = [Task.district_code.in_(named)]
    if NO_DISTRICT in codes:
        alternatives.append(Task.district_code.is_(None))
    return [sa.or_(*alternatives)]


def in_states(states: Collection[TaskState]) -> list[Condition]:
    """Return the condition of some states; none for all of them."""
    if len(states) == len(TaskState):
        return []
    return [Task.state.in_(sorted(states))]


def of_category(reference: Reference, code: str) -> Condition:
    """Return the condition of a category 类别, or of all whose code begins so."""
    if code in reference.categories:
        exactly_this: Condition = Task.category_code == code
        return exactly_this
    return Task.category_code.startswith(code, autoescape=True)


def row_by_row(*conditions: Condition) -> list[Condition]:
    """Return conditions that are compared row by row, without an index.

    SQLite would otherwise choose the index of unit or state over the one that gives the order of a
    list or the few cases of a period. PostgreSQL chooses by its statistics all the same.
    """

    def hide(element: Any, **_: Any) -> Any:
        return sa.func.coalesce(element, sa.null()) if isinstance(element, sa.Column) else None

    return [replacement_traverse(condition, {}, hide) for condition in conditions]
