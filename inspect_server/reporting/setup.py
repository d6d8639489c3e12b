"""How far a real city is set up 开城进度: each step with its number. Only reads."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.server_state import server_state
from inspect_server.models import District, Invitation, Person, Point, RoutingRule, Unit
from inspect_server.models import Session as DeviceSession
from schemas.vocabulary import Role, SetupStep

# Who has to be there beside the administrators.
_STAFF = (Person.disabled_at.is_(None), Person.role != Role.ADMIN)
# Somebody can come in: by an invitation, by a password, or somebody has been in.
_MAY_ENTER = sa.or_(
    Person.password_hash.is_not(None),
    sa.exists().where(Invitation.person_id == Person.id),
    sa.exists().where(DeviceSession.person_id == Person.id),
)
# Each step is done when it has at least one row; the order is that of the work.
_COUNTED: tuple[tuple[SetupStep, Any, tuple[Any, ...]], ...] = (
    (SetupStep.DISTRICTS, District, ()),
    (SetupStep.UNITS, Unit, (Unit.active,)),
    (SetupStep.PEOPLE, Person, _STAFF),
    (SetupStep.POINTS, Point, (Point.active,)),
    (SetupStep.ROUTING, RoutingRule, ()),
    (SetupStep.INVITATIONS, Person, (*_STAFF, _MAY_ENTER)),
)


def progress(session: Session) -> dict[str, Any]:
    """Return how far the city is set up, in the form of `SetupSchema`."""
    state = server_state(session)
    counts = [(step, _count(session, model, such)) for step, model, such in _COUNTED]
    return {
        "installation": state.installation,
        "city_name": state.city_name,
        "steps": [{"step": step, "count": count, "done": count > 0} for step, count in counts],
    }


def _count(session: Session, model: Any, conditions: tuple[Any, ...]) -> int:
    rows = sa.select(sa.func.count()).select_from(model).where(*conditions)
    return session.scalar(rows) or 0
