"""What a phone pulls: the change log of its audiences, entity by entity; SELECTs only."""

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
    """Who pulls, and what a page is made with."""

    session: Session
    reference: Reference
    actor: Actor
    # What the areas hand in, in the order in which resets are named.
    collections: Mapping[Collection, PullCollection]
    # Signs cursors; a phone cannot make one up.
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
    """Return what signs the cursors of this server."""
    return URLSafeSerializer(secret_key, salt="pull-cursor")


def pull(context: PullContext, cursor: str | None, limit: int) -> Page:
    """Return what changed for this person since the cursor.

    A cursor is signed (epoch, seq, scope). Another scope than now reads everything afresh and
    says so in `reset`; the outbox of the phone is never concerned. Raises `CursorInvalid`.
    """
    audiences = audiences_of(context.session, context.actor)
    scope = _scope_mark(context.actor, audiences)
    since, reset = _read(context, cursor, scope)
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
    """Name every audience this person belongs to."""
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


def _read(context: PullContext, cursor: str | None, scope: str) -> tuple[int, list[str]]:
    """Return the number to go on from, and the collections to read afresh."""
    if cursor is None:
        return 0, []
    try:
        of_epoch, since, of_scope = context.signer.loads(cursor)
    except (BadSignature, ValueError, TypeError):
        raise CursorInvalid() from None
    if of_epoch != context.epoch:
        raise CursorInvalid(sentence("服务器已恢复备份,请从头拉取。"))
    if of_scope != scope:
        # What belongs to who somebody is: read afresh when that changes.
        return 0, [str(one.collection) for one in context.collections.values() if one.personal]
    return int(since), []


def _scope_mark(actor: Actor, audiences: Sequence[str]) -> str:
    told = "|".join([actor.role, *sorted(audiences)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


# --- loading, one query per collection and page ------------------------------------------------


def _load(context: PullContext, changes: Sequence[Change]) -> list[dict[str, Any]]:
    loaded: dict[tuple[Collection, str], dict[str, Any]] = {}
    for collection in {change.collection for change in changes}:
        ids = [c.entity_id for c in changes if c.collection is collection and not c.deleted]
        if ids:
            load = context.collections[collection].load
            rows = load(context.session, context.reference, context.actor, ids, context.now)
            loaded |= {(collection, key): data for key, data in rows.items()}
    return [_change(c, loaded.get((c.collection, c.entity_id))) for c in changes]


def _change(change: Change, data: dict[str, Any] | None) -> dict[str, Any]:
    """A put whose entity is gone, or is no longer this person's, is told as a deletion."""
    gone = change.deleted or data is None
    return {
        "seq": change.seq,
        "collection": change.collection,
        "id": change.entity_id,
        "op": "del" if gone else "put",
        "version": (data or {}).get("version", change.version),
        "data": None if gone else data,
    }
