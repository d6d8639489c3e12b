"""The quarantine 隔离区 as supervisors and admins list it; SELECTs only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import read_cursor, write_cursor
from inspect_server.models import Person, Photo, Quarantined, RescuedKind
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.tasks.queries import rows
from schemas.fields import read_json
from schemas.pages import QuarantineFilter


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition under which an item is in this person's care."""
    if actor.district_code is None:
        return sa.true()
    return sa.or_(
        Quarantined.district_code == actor.district_code, Quarantined.district_code.is_(None)
    )


def page(session: Session, actor: Actor, wanted: QuarantineFilter) -> dict[str, Any]:
    """Return a page of quarantined items, the newest first."""
    query = sa.select(Quarantined).where(visible_to(actor), Quarantined.state == wanted.state)
    if wanted.cursor:
        (before,) = read_cursor(wanted.cursor, UUID)
        query = query.where(Quarantined.id < before)
    query = query.order_by(Quarantined.id.desc()).limit(wanted.limit + 1)
    found = list(session.scalars(query))
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    return {
        "items": present(session, found),
        "next": write_cursor(str(found[-1].id)) if more else None,
    }


def present(session: Session, items: list[Quarantined]) -> list[dict[str, Any]]:
    """Return items with who sent them and their photos."""
    people = {
        p.id: p.name
        for p in session.scalars(
            sa.select(Person).where(Person.id.in_({i.person_id for i in items}))
        )
    }
    photos = photo_queries.of_ops(session, [i.op_id for i in items if i.op_id])
    imported = rows.imports(session, RescuedKind.QUARANTINED, [i.id for i in items])
    return [
        {
            "id": i.id,
            "op_id": i.op_id,
            "kind": i.kind,
            "entity_id": i.entity_id,
            "person": {"id": str(i.person_id), "name": people[i.person_id]},
            "device": i.device_id,
            "reason": i.reason,
            "problem": i.problem,
            "body": _readable(i.body),
            "photos": [photo_queries.present(p) for p in _own(i, photos)],
            "received_at": i.received_at,
            "state": i.state,
            "note": i.note,
        }
        | rows.member(imported, i.id)
        for i in items
    ]


def _own(item: Quarantined, of_ops: dict[UUID, list[Photo]]) -> list[Photo]:
    """Return the photos this item itself named: another op may have come under the same id."""
    if item.op_id is None:
        return []
    body = _readable(item.body)
    listed = body.get("photos") if isinstance(body, dict) else None
    named = {
        str(raw.get("photo_id")).lower()
        for raw in (listed if isinstance(listed, list) else [])
        if isinstance(raw, dict)
    }
    return [
        photo
        for photo in of_ops.get(item.op_id, [])
        if photo.author_id == item.person_id and str(photo.id) in named
    ]


def _readable(body: str) -> Any:
    """Show JSON as JSON; what is none, as the text it was."""
    try:
        return read_json(body)
    except ValueError:
        return body
