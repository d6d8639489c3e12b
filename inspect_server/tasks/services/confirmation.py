"""Confirmation 疑点确认: a pass names the hints of the screening that it leaves standing."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import HintUnconfirmed
from inspect_server.models import Observation, Task
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.photos.queries import screening
from inspect_server.registry.reference import Reference
from schemas.tasks import MoveRequest
from schemas.vocabulary import HintKind, Move


def confirmed_hints(
    session: Session, reference: Reference, actor: Actor, task: Task, request: MoveRequest
) -> list[dict[str, Any]]:
    """Return the hints that a request to pass confirms, for the history; none for other moves.

    Raises `HintUnconfirmed`, with every hint that it does not name.
    """
    if request.move is not Move.PASS:
        return []
    hints = _hints_to_confirm(session, reference, actor, task)
    missing = [hint for hint in hints if HintKind(hint["kind"]) not in request.confirmed]
    if missing:
        raise HintUnconfirmed(hints=missing)
    return hints


def _hints_to_confirm(
    session: Session, reference: Reference, actor: Actor, task: Task
) -> list[dict[str, Any]]:
    """Return kind and texts of the hints that must be confirmed, each text once."""
    photos = photo_queries.of_tasks(session, [task.id])[task.id]
    observation = session.get_one(Observation, task.observation_id)
    loaded = screening.load(session, actor, photos)
    hints = [
        {"kind": str(hint["kind"]), "text": hint["text"], "text_en": hint["text_en"]}
        for hint in screening.hints(reference, task, observation, photos, loaded)
        if hint["to_confirm"]
    ]
    return [hint for position, hint in enumerate(hints) if hint not in hints[:position]]
