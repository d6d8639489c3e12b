"""The quarantine 隔离区: stores verbatim what could not be applied, until a person resolves it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import NotFound, Problem
from inspect_server.models import Quarantined
from inspect_server.notifications.rules import NoticeContent
from inspect_server.notifications.services import inbox
from inspect_server.sync.services.context import PushContext
from schemas.vocabulary import NoticeKind, QuarantineState


def keep_op(
    context: PushContext,
    raw: Any,
    digest: str,
    problem: Problem,
    *,
    op_id: UUID | None,
    kind: str | None,
    entity_id: UUID | None,
) -> None:
    """Store one op verbatim, with the ids and the kind that could be read."""
    item = Quarantined(
        device_id=context.device_id,
        op_id=op_id,
        kind=kind,
        entity_id=entity_id,
        digest=digest,
        body=storable(json.dumps(raw, ensure_ascii=False, indent=1)),
    )
    _keep(context.session, context.actor, item, problem, context.now)


def keep_body(session: Session, actor: Actor, body: str, problem: Problem, now: datetime) -> None:
    """Store a request that could not be read, once per content (PITFALLS 19)."""
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    item = Quarantined(device_id=actor.device_id, digest=digest, body=storable(body))
    _keep(session, actor, item, problem, now)


def resolve(session: Session, actor: Actor, item_id: UUID, note: str, now: datetime) -> Quarantined:
    """Mark an item as resolved; its content remains. Raises `NotFound`."""
    item = session.get(Quarantined, item_id, with_for_update=True)
    if item is None or not access.oversees(actor, item.district_code):
        raise NotFound()
    if item.state is QuarantineState.OPEN:
        item.state = QuarantineState.RESOLVED
        item.note = note
        item.resolved_by_id = actor.id
        item.resolved_at = now
    return item


def storable(text: str) -> str:
    """Return text that any database can store: NUL and lone surrogates are escaped."""
    return text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()


def _keep(
    session: Session, actor: Actor, item: Quarantined, problem: Problem, now: datetime
) -> None:
    """Store an item once per author and content, and notify its author (I7)."""
    existing_id = session.scalar(
        sa.select(Quarantined.id).where(
            Quarantined.person_id == actor.id, Quarantined.digest == item.digest
        )
    )
    if existing_id is not None:
        return
    item.id = uuid7()
    item.person_id = actor.id
    item.district_code = actor.district_code
    item.reason = problem.slug
    item.problem = problem.document()
    item.received_at = now
    item.state = QuarantineState.OPEN
    session.add(item)
    content = NoticeContent(NoticeKind.QUARANTINED, problem.title, problem.detail)
    inbox.notify(session, [actor.id], content, now)
    session.flush()
