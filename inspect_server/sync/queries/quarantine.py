"""The quarantine 隔离区: lists of items for supervisors and admins. Only reads."""

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
from schemas.vocabulary import Role

# Who reads the quarantine at all; the route of its list names the same roles.
READERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that this person may see an item."""
    if actor.district_code is None:
        return sa.true()
    return sa.or_(
        Quarantined.district_code == actor.district_code, Quarantined.district_code.is_(None)
    )


def page(session: Session, actor: Actor, filters: QuarantineFilter) -> dict[str, Any]:
    """Return a page of quarantined items, newest first: `items`, `next`, first also `total`."""
    listed = (visible_to(actor), Quarantined.state == filters.state)
    query = sa.select(Quarantined).where(*listed)
    if filters.cursor:
        (before,) = read_cursor(filters.cursor, UUID)
        query = query.where(Quarantined.id < before)
    query = query.order_by(Quarantined.id.desc()).limit(filters.limit + 1)
    items = list(session.scalars(query))
    more, items = len(items) > filters.limit, items[: filters.limit]
    shown: dict[str, Any] = {
        "items": present(session, items),
        "next": write_cursor(str(items[-1].id)) if more else None,
    }
    if filters.cursor is None:
        total = sa.select(sa.func.count()).select_from(Quarantined).where(*listed)
        shown["total"] = session.scalar(total) or 0
    return shown


def present(session: Session, items: list[Quarantined]) -> list[dict[str, Any]]:
    """Return items in the form of the API, with their authors and photos."""
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
            "body": _parsed_or_text(i.body),
            "photos": [photo_queries.present(p) for p in _own(i, photos)],
            "received_at": i.received_at,
            "state": i.state,
            "note": i.note,
        }
        | rows.member(imported, i.id)
        for i in items
    ]


def _own(item: Quarantined, of_ops: dict[UUID, list[Photo]]) -> list[Photo]:
    """Return the photos this item declares; another item may have the same op id."""
    if item.op_id is None:
        return []
    body = _parsed_or_text(item.body)
    declarations = body.get("photos") if isinstance(body, dict) else None
    photo_ids = {
        str(raw.get("photo_id")).lower()
        for raw in (declarations if isinstance(declarations, list) else [])
        if isinstance(raw, dict)
    }
    return [
        photo
        for photo in of_ops.get(item.op_id, [])
        if photo.author_id == item.person_id and str(photo.id) in photo_ids
    ]


def _parsed_or_text(body: str) -> Any:
    """Return a body parsed as JSON, or as text if it is not JSON."""
    try:
        return read_json(body)
    except ValueError:
        return body
