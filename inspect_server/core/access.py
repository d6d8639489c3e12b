"""Permissions 权限: observers see their own records, handlers the tasks of their unit, supervisors
those of their district. Pure. What a person may not see is answered as not found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.vocabulary import REPORTER_ROLES, Derivative, Role, ScopeLevel

# Audiences of the change log: the people whose devices are told of a change.
EVERYONE = "all"

OVERSEERS = frozenset({Role.SUPERVISOR, Role.ARBITER, Role.ADMIN})


def person_audience(person_id: UUID) -> str:
    """Return the audience of one person."""
    return f"person:{person_id}"


def unit_audience(unit_id: UUID) -> str:
    """Return the audience of the handlers of a unit."""
    return f"unit:{unit_id}"


def district_audience(code: str | None) -> str:
    """Return the audience of the supervisors of a district, or of what has no district yet."""
    return f"district:{code or '-'}"


def scope_of(role: Role, district_code: str | None) -> ScopeLevel:
    """Return the scope of a role: SELF for reporters, UNIT for handlers, else DISTRICT or CITY."""
    if role is Role.HANDLER:
        return ScopeLevel.UNIT
    if role in REPORTER_ROLES:
        return ScopeLevel.SELF
    return ScopeLevel.DISTRICT if district_code else ScopeLevel.CITY


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who makes a request, with what the rules need."""

    id: UUID
    name: str
    role: Role
    district_code: str | None
    unit_id: UUID | None
    device_id: str
    session_id: UUID

    @property
    def scope(self) -> ScopeLevel:
        """The scope of this person."""
        return scope_of(self.role, self.district_code)


def reader_of_unit(actor: Actor, unit_id: UUID | None) -> Actor:
    """Return who reads what a unit may read: no reporter, and roles instead of all names.

    For paper that goes to a unit 责任单位, whoever prints it.
    """
    return replace(actor, id=UUID(int=0), name="", role=Role.HANDLER, unit_id=unit_id)


class TaskScope(Protocol):
    """The fields of a task that decide who may see it."""

    @property
    def reporter_id(self) -> UUID:
        """The person who reported it."""

    @property
    def district_code(self) -> str | None:
        """The district it lies in; None while it is not located."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit it is routed to."""

    @property
    def dispatched_at(self) -> datetime | None:
        """When it was dispatched to its unit; None before that and after a hand-back 退回."""


def oversees(actor: Actor, district_code: str | None) -> bool:
    """Say whether a supervisor's scope covers a district; every scope covers None."""
    if actor.role not in OVERSEERS:
        return False
    return actor.district_code is None or district_code in (None, actor.district_code)


def sees_task(actor: Actor, task: TaskScope) -> bool:
    """Say whether this person may see the task."""
    if actor.role is Role.HANDLER:
        return task.dispatched_at is not None and task.unit_id == actor.unit_id
    if actor.role in OVERSEERS:
        return oversees(actor, task.district_code)
    return task.reporter_id == actor.id


def sees_copy(actor: Actor, author_id: UUID, copy: Derivative, task: TaskScope | None) -> bool:
    """Say whether this person may see this copy of a photo.

    Originals are for the author and for supervisors in scope; handlers see review copies 核查图.
    """
    if author_id == actor.id:
        return True
    if task is None:
        return False
    if copy is Derivative.ORIGINAL and actor.role not in OVERSEERS:
        return False
    return sees_task(actor, task)
