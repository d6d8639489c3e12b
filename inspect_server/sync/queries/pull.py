"""What a phone pulls: the change log of its audiences, entity by entity; SELECTs only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import CursorInvalid
from inspect_server.identity import queries
from inspect_server.models import Change, District, Notice, Observation, Person, Task
from inspect_server.registry.queries import places as place_queries
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import lists as task_queries
from inspect_server.tasks.queries import observations as observation_queries
from inspect_server.tasks.queries import visits as visit_queries
from schemas.fields import zulu
from schemas.observations import ObservationSchema
from schemas.people import PersonSchema
from schemas.places import (
    CalendarDaySchema,
    CategorySchema,
    PointSchema,
    ShopSchema,
    UnitSchema,
)
from schemas.tasks import TaskSchema
from schemas.visits import ErrandSchema
from schemas.vocabulary import Collection, Role, ScopeLevel


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull."""

    changes: list[dict[str, Any]]
    cursor: str
    more: bool
    reset: list[str]


def pull(
    session: Session,
    reference: Reference,
    actor: Actor,
    secret_key: str,
    epoch: str,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page:
    """Return what changed for this person since the cursor.

    A cursor is signed (epoch, seq, scope). Another scope than now reads everything afresh and
    says so in `reset`; the outbox of the phone is never concerned. Raises `CursorInvalid`.
    """
    signer = URLSafeSerializer(secret_key, salt="pull-cursor")
    audiences = audiences_of(session, actor)
    scope = _scope_mark(actor, audiences)
    since, reset = _read(signer, cursor, epoch, scope)
    found = session.scalars(
        sa.select(Change)
        .where(Change.audience.in_(audiences), Change.seq > since)
        .order_by(Change.seq)
        .limit(limit + 1)
    ).all()
    more, found = len(found) > limit, found[:limit]
    end = found[-1].seq if found else since
    return Page(
        changes=_load(session, reference, actor, found, now),
        cursor=str(signer.dumps([epoch, end, scope])),
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


# What belongs to who somebody is: read afresh when that changes.
PERSONAL = (Collection.TASKS, Collection.OBSERVATIONS, Collection.NOTICES, Collection.VISITS)


def _read(
    signer: URLSafeSerializer, cursor: str | None, epoch: str, scope: str
) -> tuple[int, list[str]]:
    if cursor is None:
        return 0, []
    try:
        of_epoch, since, of_scope = signer.loads(cursor)
    except (BadSignature, ValueError, TypeError):
        raise CursorInvalid() from None
    if of_epoch != epoch:
        raise CursorInvalid("服务器已恢复备份,请从头拉取。")
    if of_scope != scope:
        return 0, [str(personal) for personal in PERSONAL]
    return int(since), []


def _scope_mark(actor: Actor, audiences: Sequence[str]) -> str:
    told = "|".join([actor.role, *sorted(audiences)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


# --- loading, one query per collection and page ------------------------------------------------


def _load(
    session: Session,
    reference: Reference,
    actor: Actor,
    found: Sequence[Change],
    now: datetime,
) -> list[dict[str, Any]]:
    loaded: dict[tuple[Collection, str], dict[str, Any]] = {}
    for collection in {c.collection for c in found}:
        ids = [c.entity_id for c in found if c.collection is collection and not c.deleted]
        rows = _LOADERS[collection](session, reference, actor, ids, now) if ids else {}
        loaded |= {(collection, key): data for key, data in rows.items()}
    return [_change(c, loaded.get((c.collection, c.entity_id))) for c in found]


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


Loader = Callable[[Session, Reference, Actor, list[str], datetime], dict[str, dict[str, Any]]]

_task_schema = TaskSchema()
_observation_schema = ObservationSchema()
_person_schema = PersonSchema()
_errand_schema = ErrandSchema()


def _tasks(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    found = session.scalars(
        sa.select(Task).where(Task.id.in_([UUID(i) for i in ids]), task_queries.visible_to(actor))
    ).all()
    return {
        str(row["id"]): _task_schema.dump(row)
        for row in task_queries.whole(session, reference, actor, found, now)
    }


def _observations(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    found = session.scalars(
        sa.select(Observation).where(
            Observation.id.in_([UUID(i) for i in ids]), Observation.author_id == actor.id
        )
    ).all()
    return {
        str(row["id"]): _observation_schema.dump(row)
        for row in observation_queries.whole(session, found)
    }


def _notices(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    found = session.scalars(
        sa.select(Notice).where(Notice.id.in_([UUID(i) for i in ids]), Notice.person_id == actor.id)
    )
    return {
        str(n.id): {
            "id": str(n.id),
            "kind": str(n.kind),
            "title": n.title,
            "body": n.body,
            "task_id": str(n.task_id) if n.task_id else None,
            "observation_id": str(n.observation_id) if n.observation_id else None,
            "at": zulu(n.at),
            "read_at": zulu(n.read_at) if n.read_at else None,
        }
        for n in found
    }


def _visits(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    found = visit_queries.errands(session, reference, actor, [UUID(i) for i in ids])
    return {visit_id: _errand_schema.dump(row) for visit_id, row in found.items()}


def _people(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    me = session.get(Person, actor.id)
    if me is None or str(me.id) not in ids:
        return {}
    return {str(me.id): _person_schema.dump(queries.describe(session, me))}


def _points(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    return _register(ids, reference.points, place_queries.point, PointSchema())


def _shops(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    return _register(ids, reference.shops, place_queries.shop, ShopSchema())


def _units(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    return _register(ids, reference.units, place_queries.unit, UnitSchema())


def _register(ids: list[str], known: Any, present: Any, schema: Any) -> dict[str, dict[str, Any]]:
    rows = {i: known.get(UUID(i)) for i in ids}
    return {i: schema.dump(present(row)) for i, row in rows.items() if row is not None}


def _categories(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    schema = CategorySchema()
    return {i: schema.dump(reference.categories[i]) for i in ids if i in reference.categories}


def _calendar(
    session: Session, reference: Reference, actor: Actor, ids: list[str], now: datetime
) -> dict[str, dict[str, Any]]:
    schema = CalendarDaySchema()
    days = {str(d.day): d for d in place_queries.calendar_days(session)}
    return {i: schema.dump(days[i]) for i in ids if i in days}


_LOADERS: dict[Collection, Loader] = {
    Collection.TASKS: _tasks,
    Collection.OBSERVATIONS: _observations,
    Collection.NOTICES: _notices,
    Collection.VISITS: _visits,
    Collection.PEOPLE: _people,
    Collection.POINTS: _points,
    Collection.SHOPS: _shops,
    Collection.UNITS: _units,
    Collection.CATEGORIES: _categories,
    Collection.CALENDAR: _calendar,
}
