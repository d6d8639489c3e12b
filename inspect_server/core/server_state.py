"""The server's generation 服务器代次 (epoch), and what a verified backup already covers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from inspect_server.models import ServerState


def server_state(session: Session) -> ServerState:
    """Return the only row of `server_state`."""
    return session.get_one(ServerState, ServerState.ONLY)


def note_backup(session: Session, covers_to: datetime) -> None:
    """Note that a verified backup covers all before `covers_to`; phones may delete it then (I1)."""
    state = server_state(session)
    if state.backed_up_to is None or state.backed_up_to < covers_to:
        state.backed_up_to = covers_to
