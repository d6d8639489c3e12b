"""Who may see what 权限: an observer own records, a handler the unit's tasks, a supervisor the
district's. Pure. Whoever may not see a thing is told it does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.vocabulary import REPORTER_ROLES, Derivative, Role, ScopeLevel

# Audiences of the change log: whose phones and desks hear that something changed.
EVERYONE = "all"

OVERSEERS = frozenset({Role.SUPERVISOR, Role.ARBITER, Role.ADMIN})


def person_audience(person_id: UUID) -> str:
    """Name one person as an audience."""
    return f"person:{person_id}"


def unit_audience(unit_id: UUID) -> str:
    """Name a unit's handlers as an audience."""
    return f"unit:{unit_id}"


def district_audience(code: str | None) -> str:
    """Name a district's supervisors as an audience; None is what lies nowhere yet."""
    return f"district:{code or '-'}"


def scope_of(role: Role, district_code: str | None) -> ScopeLevel:
    """Say how far a role sees: reporters themselves, handlers their unit, others an area."""
    if role is Role.HANDLER:
        return ScopeLevel.UNIT
    if role in REPORTER_ROLES:
        return ScopeLevel.SELF
    return ScopeLevel.DISTRICT if district_code else ScopeLevel.CITY


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request, as far as rules need to know."""

    id: UUID
    name: str
    role: Role
    district_code: str | None
    unit_id: UUID | None
    device_id: str
    session_id: UUID

    @property
    def scope(self) -> ScopeLevel:
        """How far this person sees."""
        return scope_of(self.role, self.district_code)


class SeenTask(Protocol):
    """What access has to know of a task."""

    @property
    def reporter_id(self) -> UUID:
        """Who reported it."""

    @property
    def district_code(self) -> str | None:
        """Where it lies; None while unplaced."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit routed to."""

    @property
    def dispatched_at(self) -> datetime | None:
        """Since when a unit answers for it; a hand-back takes that away again."""


def oversees(actor: Actor, district_code: str | None) -> bool:
    """Say whether a supervisor's scope covers a district; the unplaced is everybody's."""
    if actor.role not in OVERSEERS:
        return False
    return actor.district_code is None or district_code in (None, actor.district_code)


def sees_task(actor: Actor, task: SeenTask) -> bool:
    """Say whether the task exists for this person."""
    if actor.role is Role.HANDLER:
        return task.dispatched_at is not None and task.unit_id == actor.unit_id
    if actor.role in OVERSEERS:
        return oversees(actor, task.district_code)
    return task.reporter_id == actor.id


def sees_copy(actor: Actor, author_id: UUID, copy: Derivative, task: SeenTask | None) -> bool:
    """Say whether this copy of a photo may be shown.

    Originals: the author, and supervisors in scope (logged). Handlers get review copies.
    """
    if author_id == actor.id:
        return True
    if task is None:
        return False
    if copy is Derivative.ORIGINAL and actor.role not in OVERSEERS:
        return False
    return sees_task(actor, task)
