"""What a filter asks for outside the reader's scope 范围: a count of it would be 0 only because
the reader may not see it. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.tasks.queries.conditions import NO_DISTRICT
from schemas.vocabulary import Role


def districts_outside(actor: Actor, districts: Collection[str]) -> list[str]:
    """Return the districts that a supervisor of another district may not see.

    The scope of a unit and of a reporter has no districts: their 0 is a true one.
    """
    if actor.role not in access.OVERSEERS:
        return []
    return [
        code
        for code in districts
        if not access.oversees(actor, None if code == NO_DISTRICT else code)
    ]


def is_outside(actor: Actor, districts: Collection[str], unit_id: UUID | None) -> bool:
    """Say whether everything that a filter names is out of the reader's scope."""
    if actor.role is Role.HANDLER and unit_id is not None and unit_id != actor.unit_id:
        return True
    return bool(districts) and len(districts_outside(actor, districts)) == len(districts)
