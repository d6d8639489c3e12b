"""Pull 同步: the entities that changed for the audiences of a person. Only reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import CursorInvalid
from inspect_server.core.registration import PullCollection
from inspect_server.core.sentences import sentence
from inspect_server.models import Change, District
from inspect_server.registry.reference import Reference
from schemas.vocabulary import Collection, Role, ScopeLevel


@dataclass(frozen=True, slots=True)
class PullContext:
    """The context of a pull."""

    session: Session
    reference: Reference
    actor: Actor
    # The registered collections, in the order in which `reset` lists them.
    collections: Mapping[Collection, PullCollection]
    # Signs cursors, so that a phone cannot forge them.
    signer: URLSafeSerializer
    epoch: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull."""

    changes: list[dict[str, Any]]
    cursor: str
    more: bool
    reset: list[str]


def cursor_signer(secret_key: str) -> URLSafeSerializer:
    """Return the signer of the cursors of this server."""
    return URLSafeSerializer(secret_key, salt="pull-cursor")


def pull(context: PullContext, cursor: str | None, limit: int) -> Page:
    """Return a page of what changed for this person since the cursor.

    A cursor is a signed (epoch, seq, scope). If the scope has changed since, the pull starts again
    and `reset` names the collections the phone has to replace. Raises `CursorInvalid`.
    """
    audiences = audiences_of(context.session, context.actor)
    scope = _scope_digest(context.actor, audiences)
    since, reset = _start_of(context, cursor, scope)
    changes = context.session.scalars(
        sa.select(Change)
        .where(Change.audience.in_(audiences), Change.seq > since)
        .order_by(Change.seq)
        .limit(limit + 1)
    ).all()
    more, changes = len(changes) > limit, changes[:limit]
    end = changes[-1].seq if changes else since
    return Page(
        changes=_load(context, changes),
        cursor=str(context.signer.dumps([context.epoch, end, scope])),
        more=more,
        reset=reset,
    )


def audiences_of(session: Session, actor: Actor) -> list[str]:
    """Return all audiences this person belongs to."""
    audiences = [access.EVERYONE, access.person_audience(actor.id)]
    if actor.role is Role.HANDLER and actor.unit_id:
        audiences.append(access.unit_audience(actor.unit_id))
    if actor.scope is ScopeLevel.DISTRICT:
        audiences += [
            access.district_audience(actor.district_code),
            access.district_audience(None),
        ]
    if actor.scope is ScopeLevel.CITY:
        audiences.append(access.district_audience(None))
        audiences += [
            access.district_audience(code) for code in session.scalars(sa.select(District.code))
        ]
    return audiences


def _start_of(context: PullContext, cursor: str | None, scope: str) -> tuple[int, list[str]]:
    """Return the number after which to read, and the collections to replace."""
    if cursor is None:
        return 0, []
    try:
        of_epoch, since, of_scope = context.signer.loads(cursor)
    except (BadSignature, ValueError, TypeError):
        raise CursorInvalid() from None
    if of_epoch != context.epoch:
        raise CursorInvalid(sentence("服务器已恢复备份，请从头拉取。"))
    if of_scope != scope:
        # The contents of personal collections depend on the scope.
        return 0, [str(one.collection) for one in context.collections.values() if one.personal]
    return int(since), []


def _scope_digest(actor: Actor, audiences: Sequence[str]) -> str:
    text = "|".join([actor.role, *sorted(audiences)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- loading, one query per collection and page ------------------------------------------------


def _load(context: PullContext, changes: Sequence[Change]) -> list[dict[str, Any]]:
    data_of: dict[tuple[Collection, str], dict[str, Any]] = {}
    for collection in {change.collection for change in changes}:
        ids = [c.entity_id for c in changes if c.collection is collection and not c.deleted]
        if ids:
            load = context.collections[collection].load
            rows = load(context.session, context.reference, context.actor, ids, context.now)
            data_of |= {(collection, key): data for key, data in rows.items()}
    return [_change(c, data_of.get((c.collection, c.entity_id))) for c in changes]


def _change(change: Change, data: dict[str, Any] | None) -> dict[str, Any]:
    """Return a change; an entity that is gone or no longer visible is a deletion."""
    is_deletion = change.deleted or data is None
    return {
        "seq": change.seq,
        "collection": change.collection,
        "id": change.entity_id,
        "op": "del" if is_deletion else "put",
        "version": (data or {}).get("version", change.version),
        "data": None if is_deletion else data,
    }
