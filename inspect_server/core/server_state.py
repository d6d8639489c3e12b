"""The server's generation 服务器代次 (epoch), and what a verified backup already covers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from inspect_server.models import ServerState


def server_state(session: Session) -> ServerState:
    """Return the row of this server."""
    return session.get_one(ServerState, 1)


def note_backup(session: Session, covers_to: datetime) -> None:
    """Note what a verified backup covers; phones may then free what they sent before (I1)."""
    state = server_state(session)
    if state.backed_up_to is None or state.backed_up_to < covers_to:
        state.backed_up_to = covers_to
