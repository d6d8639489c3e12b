"""The server's generation 服务器代次 (epoch), and what a verified backup already covers."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import ServerState
from schemas.vocabulary import Installation


def server_state(session: Session) -> ServerState:
    """Return the only row of `server_state`."""
    return session.get_one(ServerState, ServerState.ONLY)


def note_backup(session: Session, covers_to: datetime) -> None:
    """Note that a verified backup covers all before `covers_to`; phones may delete it then (I1)."""
    state = server_state(session)
    if state.backed_up_to is None or state.backed_up_to < covers_to:
        state.backed_up_to = covers_to


def installation(session: Session) -> Installation | None:
    """Return what this installation holds; None before anything was loaded."""
    return session.scalar(
        sa.select(ServerState.installation).where(ServerState.id == ServerState.ONLY)
    )


def declare_installation(
    session: Session, kind: Installation, city_name: str | None = None
) -> None:
    """Store what this installation holds from now on, and the city's name where it is known."""
    values: dict[str, object] = {"installation": kind}
    if city_name is not None:
        values["city_name"] = city_name
    session.execute(sa.update(ServerState).where(ServerState.id == ServerState.ONLY).values(values))
